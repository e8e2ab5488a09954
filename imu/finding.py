"""Which sensor is meant: by its advertised name or its serial number, never by its address (macOS tells none)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from firmware_protocol.registry import BATTERY_LEVEL, CODECS, SERIAL_NUMBER, Codec, codec, codec_for
from imu.link import Found, Link, LinkError, Radio


class NotFound(LinkError):
    """No sensor, or more than one, is what was asked for. The text lists what is there and says what to do.

    Attributes:
        nobody: no sensor that Kickback knows was heard at all.
    """

    def __init__(self, text: str, nobody: bool = False) -> None:
        super().__init__(text)
        self.nobody = nobody


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device that advertises, as ``kickback scan`` shows it; None is "unknown" everywhere.

    Attributes:
        name, serial: to choose it by. codec, title, doubts: the kind of sensor; codec is None when nobody knows it.
        rssi_dbm, battery_percent: signal and charge.
        trouble: why it could not be asked for its serial and its battery, "" when it could or was not.
    """

    name: str | None
    serial: str | None
    codec: str | None
    title: str | None
    rssi_dbm: int | None
    battery_percent: int | None = None
    doubts: tuple[str, ...] = ()
    trouble: str = ""


async def scan(radio: Radio, seconds: float = 5.0, *, ask: bool = True) -> list[Sighting]:
    """What is around, the strongest signal first and sensors that Kickback knows before others.

    Args:
        radio: to look with. seconds: to look for.
        ask: connect to each known sensor for a moment, to read its serial number and its battery.

    Raises:
        NoAdapter: there is nothing to scan with.
        LinkError: the scan failed.
    """
    seen = [await _sighting(radio, found, ask) for found in await radio.scan(seconds)]
    return sorted(seen, key=lambda each: each.codec is None)


async def _sighting(radio: Radio, found: Found, ask: bool) -> Sighting:
    kind = codec_for(found.advert)
    if kind is None:
        return Sighting(found.advert.name, None, None, None, found.rssi_dbm)
    serial = battery = None
    trouble = ""
    if ask:
        try:
            link = await radio.connect(found, lambda: None)
            try:
                serial, battery = await text_of(link, SERIAL_NUMBER), await battery_of(link)
            finally:
                await link.close()
        except LinkError as error:
            trouble = str(error)
    return Sighting(found.advert.name, serial, kind.name, kind.title, found.rssi_dbm, battery, kind.doubts, trouble)


async def text_of(link: Link, uuid: str) -> str | None:
    """A characteristic of the Device Information service, None when the sensor has none or will not tell."""
    try:
        return (await link.read(uuid)).decode("utf-8", "replace").strip("\0 ") or None
    except LinkError:
        return None


async def battery_of(link: Link) -> int | None:
    """The charge in per cent, None when the sensor does not tell (0 to 100: Battery Service 1.1, 3.1)."""
    try:
        value = await link.read(BATTERY_LEVEL)
    except LinkError:
        return None
    return value[0] if len(value) == 1 and value[0] <= 100 else None


def known(found: Sequence[Found]) -> list[tuple[Found, Codec]]:
    """Those that are a kind of sensor that Kickback knows."""
    pairs = ((each, codec_for(each.advert)) for each in found)
    return [(each, kind) for each, kind in pairs if kind is not None]


def is_named(found: Found, wanted: str) -> bool:
    """Whether it advertises exactly this name, in capitals or not."""
    return (found.advert.name or "").casefold() == wanted.casefold()


def by_name(found: Sequence[Found], wanted: str) -> list[tuple[Found, Codec]]:
    """The sensors with this name; if there are none, those whose name begins so. The signal keeps its order."""
    sensors = known(found)
    exact = [pair for pair in sensors if is_named(pair[0], wanted)]
    beginning = wanted.casefold()
    return exact or [pair for pair in sensors if (pair[0].advert.name or "").casefold().startswith(beginning)]


def listed(found: Sequence[Found]) -> str:
    """Names and signals, for error lines."""
    return ", ".join(_one(each) for each in found)


def _one(found: Found) -> str:
    signal = f" ({found.rssi_dbm} dBm)" if found.rssi_dbm is not None else ""
    return f"{found.advert.name or 'one without a name'}{signal}"


def none_found(found: Sequence[Found], wanted: str | None, seconds: float) -> NotFound:
    """The line for "it is not there"."""
    sensors = [each for each, _ in known(found)]
    if wanted is not None and (stranger := next((each for each in found if is_named(each, wanted)), None)):
        kinds = ", ".join(codec(name).title for name in CODECS)
        return NotFound(f"{stranger.advert.name} is there, but it is no sensor that Kickback knows. It knows: {kinds}.")
    what = "No sensor" if wanted is None else f'No sensor with the name or serial "{wanted}"'
    there = f" There is: {listed(sensors)}." if sensors else ""
    others = len(found) - len(sensors)
    heard = f" ({others} other Bluetooth device{'s' if others != 1 else ''} heard)" if others else ""
    return NotFound(
        f"{what} found in {seconds:g} s{heard}.{there} Switch the sensor on, bring it near, "
        "and end other programs and phones that are connected to it.",
        nobody=not sensors,
    )


def several_found(sensors: Sequence[Found], wanted: str | None) -> NotFound:
    """The line for "which one?"."""
    what = "Several sensors found" if wanted is None else f'Several sensors begin with "{wanted}"'
    same = len({each.advert.name for each in sensors}) < len(sensors)
    how = "by its serial number, which `kickback scan` shows" if same else "by its name"
    return NotFound(f"{what}: {listed(sensors)}. Say which one, {how}.")
