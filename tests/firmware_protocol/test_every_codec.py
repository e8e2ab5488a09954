"""What every kind of sensor must keep to. A new codec is tested the moment that it stands in ``registry.CODECS``."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import firmware_protocol
from firmware_protocol.packet import Layout, Message, Packet, Promised, ProtocolError, Reply, Said, Synced
from firmware_protocol.registry import (
    BATTERY_LEVEL,
    CODECS,
    Advert,
    Codec,
    Command,
    Decoder,
    Wish,
    codec,
    codec_for,
    codecs,
)
from imu import units

VECTORS = Path(firmware_protocol.__path__[0]) / "vectors"
FILES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(VECTORS.glob("*.json"))
}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WISHES = (Wish(), Wish(52, 8, 1000, 20), Wish(200, 4, 500, 100), Wish(1, 1, 1, 1), Wish(60_000, 60_000, 60_000, 60_000))
every = pytest.mark.parametrize("name", CODECS)


def listening(each: Codec) -> tuple[str, ...]:
    """Characteristics whose bytes come to a decoder, and one that it does not know."""
    return (*each.subscribes, *each.reads, BATTERY_LEVEL)


def seeds(name: str) -> list[tuple[str, bytes]]:
    """The bytes of the vectors, right and wrong."""
    file = FILES[name]
    feeds = [pair for case in file.get("decode", ()) for pair in case["feed"]]
    feeds += [case["feed"] for case in file.get("errors", ())]
    for part, uuid in (("answer", "control"), *((each, each) for each in ("data", "backfill", "info"))):
        cases = [
            case for kind in file.get(part, {}).values() for case in kind
        ]  # of kickback.json, parts of a connection
        feeds += [[file["uuids"][uuid], case["hex"]] for case in cases]
    return [(uuid, bytes.fromhex(data)) for uuid, data in feeds]


def streams(name: str) -> list[list[list[str]]]:
    """Feeds of the vectors that give packets."""
    file = FILES[name]
    found = [case["feed"] for case in file.get("decode", ()) if case["packets"]]
    return found + [[[file["uuids"]["data"], case["hex"]]] for case in file.get("data", {}).get("good", ())]


def heard(decoder: Decoder, uuid: str, data: bytes) -> tuple[list[Message], str]:
    """What came of it, and what was refused. Anything but ProtocolError is a failure of the codec."""
    try:
        found = decoder.feed(uuid, data)
    except ProtocolError as error:
        assert str(error), f"{type(error).__name__} without a word"
        return [], f"{type(error).__name__}: {error}"
    assert isinstance(found, list)
    assert all(isinstance(each, Packet | Layout | Reply | Synced | Promised | Said) for each in found)
    return found, ""


def plain(messages: Iterable[Message]) -> list[str]:
    """Messages as text that is the same for the same messages, arrays included."""
    rows = []
    for each in messages:
        arrays = [getattr(each, part).tolist() for part in ("acc", "gyr") if getattr(each, part, None) is not None]
        rows.append(f"{each!r} {arrays}")
    return rows


def sound(layout: Layout | None, messages: Iterable[Message]) -> Iterator[Packet]:
    """The packets, each checked against what the layout promises, where there is one already."""
    for each in messages:
        if not isinstance(each, Packet):
            continue
        yield each
        if layout is None:
            continue
        assert layout.apart is (each.acc is None or each.gyr is None)
        assert each.backfill or (layout.count_bits is None) is (each.count is None)
        assert each.count is None or each.count < 1 << (32 if each.backfill else layout.count_bits or 0)
        assert (layout.tick_s is not None) or each.ticks is None
        assert each.ticks is None or each.ticks < 1 << layout.tick_bits


# --- what it says of itself --------------------------------------------------------------------------------------


@every
def test_it_says_who_it_is(name: str) -> None:
    each = codec(name)
    assert each.name == name
    assert each.title
    assert all(sentence.endswith(".") for sentence in each.doubts)
    assert each.subscribes, "nothing would ever be heard"
    assert len(set(each.subscribes)) == len(each.subscribes)
    for uuid in (*each.subscribes, *each.reads):
        assert UUID.fullmatch(uuid), uuid


@every
@pytest.mark.parametrize("wish", WISHES)
def test_its_commands_can_be_written(name: str, wish: Wish) -> None:
    each = codec(name)
    more = [command for command in (each.sync(7), each.sync(65535), each.backfill(2**32 - 1, 99)) if command]
    for command in (*each.start(wish), *each.stop(), *more):
        assert isinstance(command, Command)
        assert UUID.fullmatch(command.uuid), command.uuid
        assert 1 <= len(command.data) <= 244, command.why  # at MTU 247; longer writes are not for every stack
        assert command.why and command.why[0].islower(), "for the line 'could not ...'"
    assert all(command.optional for command in each.stop()), "ending must never hang"
    assert each.start(wish) == each.start(wish)


@every
@pytest.mark.parametrize("wish", WISHES)
def test_its_units_are_known(name: str, wish: Wish) -> None:
    decoder = codec(name).decoder(wish)
    layouts = [decoder.layout] if decoder.layout else []
    for uuid, data in seeds(name):
        heard(decoder, uuid, data)
        if decoder.layout is not None:
            layouts.append(decoder.layout)
    assert layouts, "no byte of the vectors makes the stream known"
    for layout in layouts:
        assert units.factor("acceleration", layout.acc_unit) * layout.acc_lsb > 0
        assert units.factor("angular velocity", layout.gyr_unit) * layout.gyr_lsb > 0
        assert math.isfinite(layout.rate_hz)


@every
def test_nobody_takes_a_stranger(name: str) -> None:
    each = codec(name)
    assert not each.fits(Advert())
    assert not each.fits(Advert("Headphones", frozenset({BATTERY_LEVEL}), frozenset({0xFFFF})))
    assert codec_for(Advert("Headphones")) is None


@every
def test_it_has_its_page(name: str, root: Path) -> None:
    page = root / "docs" / "sensors" / f"{name}.md"
    assert page.is_file(), f"write {page.relative_to(root)}: what it is, how it is started, what is uncertain"
    assert page.read_text(encoding="utf-8").startswith("# ")


def test_the_registry_is_what_lies_in_the_folder() -> None:
    folder = Path(firmware_protocol.__path__[0]) / "codecs"
    assert {path.stem for path in folder.glob("[a-z]*.py")} == set(CODECS) == set(codecs())
    assert set(FILES) == set(CODECS)
    with pytest.raises(ValueError, match=r"no sensor kind 'shoe'.*polar"):
        codec("shoe")


# --- what its bytes mean -----------------------------------------------------------------------------------------


def cases(part: str) -> list[Any]:
    return [
        pytest.param(name, case, id=f"{name}: {case.get('what', number)}")
        for name, file in FILES.items()
        for number, case in enumerate(file.get(part, ()))
    ]


def in_units(packet: Packet, layout: Layout | None) -> dict[str, Any]:
    assert layout is not None
    return {
        "acc": None if packet.acc is None else packet.acc * layout.acc_lsb,
        "gyr": None if packet.gyr is None else packet.gyr * layout.gyr_lsb,
    }


@pytest.mark.parametrize(("name", "case"), cases("decode"))
def test_bytes_mean_what_the_vectors_say(name: str, case: dict[str, Any]) -> None:
    decoder = codec(name).decoder(Wish(**case.get("wish", {})))
    found = [message for uuid, data in case["feed"] for message in decoder.feed(uuid, bytes.fromhex(data))]
    packets = list(sound(decoder.layout, found))
    assert len(packets) == len(case["packets"])
    for packet, expected in zip(packets, case["packets"], strict=True):
        for part, values in in_units(packet, decoder.layout).items():
            assert (values is None) == (expected.get(part) is None)
            if values is not None:
                np.testing.assert_allclose(values, expected[part], rtol=1e-12)
        rest = {key: value for key, value in expected.items() if key not in ("acc", "gyr")}
        assert {key: getattr(packet, key) for key in rest} == rest
    assert [[each.what, each.value] for each in found if isinstance(each, Said)] == case["said"]
    if "replies" in case:
        replies = [[each.op, each.status, each.ok] for each in found if isinstance(each, Reply)]
        assert replies == case["replies"]


@pytest.mark.parametrize(("name", "case"), cases("errors"))
def test_what_is_no_packet_gives_the_error_of_the_vectors(name: str, case: dict[str, Any]) -> None:
    decoder = codec(name).decoder(Wish())
    for uuid, data in case.get("before", ()):
        decoder.feed(uuid, bytes.fromhex(data))
    uuid, data = case["feed"]
    with pytest.raises(ProtocolError) as caught:
        decoder.feed(uuid, bytes.fromhex(data))
    assert type(caught.value).__name__ == case["error"]


@pytest.mark.parametrize(("name", "case"), cases("start"))
def test_a_start_is_the_bytes_of_the_vectors(name: str, case: dict[str, Any]) -> None:
    wish = Wish(**{key: case[key] for key in ("rate_hz", "acc_range_g", "gyr_range_dps") if key in case})
    assert written(codec(name).start(wish), case.get("chip")) == case["writes"]


@pytest.mark.parametrize("name", [name for name, file in FILES.items() if "stop" in file])
def test_a_stop_is_the_bytes_of_the_vectors(name: str) -> None:
    stops = FILES[name]["stop"]
    for case in stops if stops and isinstance(stops[0], dict) else [{"writes": stops}]:
        assert written(codec(name).stop(), case.get("chip")) == case["writes"]


def written(commands: Iterable[Command], chip: str | None) -> list[list[str]]:
    """What a client writes to a sensor that said it has this chip."""
    said = None if chip is None else Said("chip", chip)
    return [[command.uuid, command.data.hex()] for command in commands if command.when in (None, said)]


# --- bytes that no sensor sends ----------------------------------------------------------------------------------


@st.composite
def damaged(draw: st.DrawFn, name: str) -> tuple[str, bytes]:
    """Bytes of the vectors cut, lengthened, with bits flipped; or bytes out of nowhere."""
    where = st.sampled_from(listening(codec(name)))
    if draw(st.booleans()):
        return draw(where), draw(st.binary(max_size=600))
    uuid, data = draw(st.sampled_from(seeds(name)))
    way = draw(st.sampled_from(["whole", "cut", "longer", "flipped", "elsewhere"]))
    if way == "cut":
        data = data[: draw(st.integers(0, len(data)))]
    elif way == "longer":
        data += draw(st.binary(min_size=1, max_size=300))
    elif way == "flipped" and data:
        flipped = bytearray(data)
        for bit in draw(st.lists(st.integers(0, 8 * len(data) - 1), min_size=1, max_size=4)):
            flipped[bit // 8] ^= 1 << bit % 8
        data = bytes(flipped)
    elif way == "elsewhere":
        uuid = draw(where)
    return uuid, data


@every
@settings(max_examples=150)
@given(data=st.data())
def test_any_bytes_give_messages_or_a_protocol_error(name: str, data: st.DataObject) -> None:
    each = codec(name)
    wish = data.draw(st.sampled_from(WISHES))
    first, second = each.decoder(wish), each.decoder(wish)
    for uuid, bites in data.draw(st.lists(damaged(name), min_size=1, max_size=12)):
        given_bytes = bytes(bites)
        messages, refused = heard(first, uuid, bites)
        assert bites == given_bytes
        list(sound(first.layout, messages))
        again, refused_again = heard(second, uuid, bytearray(bites))  # type: ignore[arg-type]  # stacks give these, too
        assert (plain(messages), refused) == (plain(again), refused_again)
        assert first.layout == second.layout


@every
@settings(max_examples=30)
@given(data=st.data())
def test_it_decodes_on_after_any_bytes(name: str, data: st.DataObject) -> None:
    decoder = codec(name).decoder(Wish())
    for uuid, bites in data.draw(st.lists(damaged(name), max_size=6)):
        heard(decoder, uuid, bites)
    for feed in streams(name):
        # Once to be through with whatever the damage began, once to be heard.
        packets = [
            message
            for uuid, text in (*feed, *feed)
            for message in heard(decoder, uuid, bytes.fromhex(text))[0]
            if isinstance(message, Packet)
        ]
        assert packets, "it says nothing any more"
