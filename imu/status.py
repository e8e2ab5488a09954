"""What a face shows of a live sensor: the state, the link's figures, and what to be told before a set begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

State: TypeAlias = Literal["looking", "connecting", "streaming", "lost", "catching up", "stopped"]

LOW_BATTERY_PERCENT = 20
"""Below this a sensor may not last a session (the brief of this client; sensors differ)."""
WEAK_DBM = -85
"""Below this a link is near the end of its range: receivers of Bluetooth LE need -70 dBm or better by the standard
(Core 5.4, vol. 6, part A, 4.1), chips of today about -95 dBm, and a leg in between costs some 10 to 20 dB."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long the client waits for what. Seconds, but for the counts.

    Attributes:
        look_s: longest search of one scan. look_again_s: the same for a lost sensor: several adverts a second are
            usual, and while one is looked for no other can be found or connected.
        alone_s: how much longer it looks for a second sensor when nobody said which one.
        answer_s: for a sensor's answer to a command.
        first_data_s: from the start command to the first packets; until ten have come the watchdog waits so long.
        quiet_s, quiet_batches: without a packet for longer than both, the link counts as dead.
        back_off_s: first and longest pause between two attempts to reconnect.
        deadline_s: from the last packet on; then the client gives up.
        tries: attempts to connect at the beginning.
        sync_burst, sync_gap_s, sync_every_s: questions for the sensor's clock: so many at the start, so far apart,
            then one every so often: with 150 in five minutes the skew is told to 2 ppm (benchmarks/clock.py).
        fit_every_s: between two FITTED records.
        check_first_s, check_every_s: signal before the first comparison with gravity, and between two.
        glance_s: between two looks of the watchdog.
    """

    look_s: float = 10.0
    look_again_s: float = 3.0
    alone_s: float = 3.0
    answer_s: float = 3.0
    first_data_s: float = 5.0
    quiet_s: float = 1.0
    quiet_batches: float = 5.0
    back_off_s: tuple[float, float] = (0.25, 4.0)
    deadline_s: float = 120.0
    tries: int = 3
    sync_burst: int = 8
    sync_gap_s: float = 0.1
    sync_every_s: float = 2.0
    fit_every_s: float = 60.0
    check_first_s: float = 10.0
    check_every_s: float = 30.0
    glance_s: float = 0.1


@dataclass(slots=True)
class Status:
    """A live sensor now; the client changes it as things happen.

    Attributes:
        state: what it is doing. name, serial: of the sensor, None when it tells none.
        codec, title: its kind, as in ``firmware_protocol.registry`` and for people.
        doubts: what is not certain about this kind of sensor.
        battery_percent, rssi_dbm: charge, and signal when it was last found; None when unknown.
        mtu, firmware, model: of the connection and of the sensor, None when unknown.
        rate_hz: samples a second: what the sensor says, then what was decided on.
        last_packet_ns: arrival of the latest packet on the host's monotonic clock.
        reconnects: how often the link was lost and came back.
        queue_dropped, queue_most: packets dropped because nobody took them, and the longest that the queue has been.
        findings: what does not fit gravity, one sentence each.
        unrecorded: why the recording ended while the session goes on, "" while all is well.
        text: the latest trouble, "" for none.
    """

    state: State = "looking"
    name: str | None = None
    serial: str | None = None
    codec: str | None = None
    title: str | None = None
    doubts: tuple[str, ...] = ()
    battery_percent: int | None = None
    rssi_dbm: int | None = None
    mtu: int | None = None
    firmware: str | None = None
    model: str | None = None
    rate_hz: float | None = None
    last_packet_ns: int | None = None
    reconnects: int = 0
    queue_dropped: int = 0
    queue_most: int = 0
    findings: tuple[str, ...] = ()
    unrecorded: str = ""
    text: str = ""

    @property
    def label(self) -> str:
        """The sensor in a word or two."""
        return self.name or self.serial or "the sensor"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to be told before a set begins: a low battery, a weak signal, what does not fit gravity."""
        said = [self.unrecorded] if self.unrecorded else []
        if self.battery_percent is not None and self.battery_percent < LOW_BATTERY_PERCENT:
            said.append(f"The battery of {self.label} is low ({self.battery_percent} %): charge it before the set.")
        if self.rssi_dbm is not None and self.rssi_dbm < WEAK_DBM:
            said.append(
                f"The signal of {self.label} is weak ({self.rssi_dbm} dBm): bring it nearer, and keep the body "
                "out of the way."
            )
        return (*said, *self.findings)
