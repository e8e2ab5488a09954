"""A live sensor over bleak's front end and a radio in memory: what is injected is survived, and the samples are true.

Real time, all sessions at once. Simulated: the sensors, their radio and the movement.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import numpy as np
import pytest

from firmware_protocol.registry import codec
from imu.assembler import Assembler
from imu.blocks import FloatArray, Header, Recording, SampleBlock
from imu.client import LiveSensor, scan
from imu.link import Radio
from imu.records import Kind, Record

pytest.importorskip("bumble", reason="needs bumble (the extra virtual)")

from imu.virtual_backend import virtual_radio
from imu.virtual_sensor import Faults, VirtualSensor

RATE_HZ = 100.0
WITHIN_S = 30.0
"""Every session; they take some six seconds."""
FAULTS = {
    "plain": Faults(skew_ppm=100.0),
    "loss": Faults(loss=0.1, seed=1),
    "stall": Faults(stall=((2.5, 0.5),)),
    "drop": Faults(drop=((2.5, 0.5),)),
    "silent": Faults(silent_drop=(2.5,)),
    "reboot": Faults(reboot=(2.5,)),
    "low": Faults(battery_percent=9),
}
SAMPLES = 480


def swing() -> Recording:
    """A pendulum whose every sample is another one: 60 s."""
    t = np.arange(int(60 * RATE_HZ)) / RATE_HZ
    angle, rate = 0.5 * np.sin(2 * np.pi * 0.31 * t) + 0.01 * t, np.pi * 0.31 * np.cos(2 * np.pi * 0.31 * t) + 0.01
    none = np.zeros_like(t)
    acc = 9.80665 * np.column_stack([np.sin(angle), none, np.cos(angle)])
    return Recording(
        Header("swing", RATE_HZ, simulated=True),
        SampleBlock(0, RATE_HZ, acc, np.column_stack([none, -rate, none])),
    )


@dataclass
class Session:
    """One sensor and what came of it."""

    sensor: VirtualSensor
    live: LiveSensor
    blocks: list[SampleBlock] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    warned: tuple[str, ...] = ()

    @property
    def stop(self) -> int:
        return self.blocks[-1].stop if self.blocks else 0

    @property
    def reasons(self) -> list[str]:
        return [record.facts["reason"] for record in self.records if record.kind is Kind.DISCONNECTED]

    def off(self, first: int = 0, last: int = SAMPLES, shift: int = 0) -> float:
        """The largest error of a sample against the trace, as a share of a count; lost ones are left out."""
        device = self.sensor.device
        steps = np.repeat([device.acc_lsb_nmps2 * 1e-9, device.gyr_lsb_nradps * 1e-9], 3)
        worst = 0.0
        for block in self.blocks:
            at = np.arange(block.start, block.stop)
            got: FloatArray = np.hstack([block.acc_mps2, block.gyr_radps])
            error = np.abs(got / steps - device.counts[at + shift])[(at >= first) & (at < last)]
            worst = max(worst, float(np.nan_to_num(error).max(initial=0.0)))
        return worst


async def streamed(radio: Radio, sensor: VirtualSensor) -> Session:
    records: list[Record] = []
    session = Session(sensor, LiveSensor(radio, sensor.name, keep=records.append), records=records)
    session.warned = (await session.live.open()).warnings
    async for block in session.live:
        session.blocks.append(block)
        if session.stop >= SAMPLES:
            await session.live.stop()
    return session


async def alone(name: str) -> Session:
    sensor = VirtualSensor(swing(), name=f"Kickback {name}", serial=f"V-{name}", faults=FAULTS[name])
    async with virtual_radio(sensor) as radio:
        return await streamed(radio, sensor)


async def both() -> list[Session]:
    sensors = [
        VirtualSensor(swing(), name=f"Kickback {side}", serial=f"V-{side}", mtu=mtu)
        for side, mtu in (("left", 23), ("right", 185))
    ]
    async with virtual_radio(*sensors) as radio:
        seen = await scan(radio, 0.5)
        assert {(each.name, each.serial, each.battery_percent) for each in seen} == {
            ("Kickback left", "V-left", 90),
            ("Kickback right", "V-right", 90),
        }
        return await asyncio.gather(*(streamed(radio, sensor) for sensor in sensors))


@pytest.fixture(scope="module")
def sessions() -> dict[str, Session]:
    async def going() -> dict[str, Session]:
        async with asyncio.timeout(WITHIN_S):
            two, each = await asyncio.gather(both(), asyncio.gather(*map(alone, FAULTS)))
        return dict(zip((*FAULTS, "left", "right"), [*each, *two], strict=True))

    return asyncio.run(going())


NAMES = (*FAULTS, "left", "right")


@pytest.mark.parametrize("name", NAMES)
def test_blocks_follow_each_other_from_the_first_sample_on(sessions: dict[str, Session], name: str) -> None:
    blocks = sessions[name].blocks
    ends = [0, *(block.stop for block in blocks)]
    assert [block.start - block.missing_before for block in blocks] == ends[:-1]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "reboot"])
def test_every_sample_is_there_and_is_the_one_that_was_taken(sessions: dict[str, Session], name: str) -> None:
    session = sessions[name]
    assert session.live.assembler is not None
    assert session.live.assembler.tally.lost == 0
    assert sum(block.missing_before for block in session.blocks) == 0
    assert session.off() < 1e-6


@pytest.mark.parametrize("name", NAMES)
def test_the_kept_records_give_the_same_blocks_again(sessions: dict[str, Session], name: str) -> None:
    session = sessions[name]
    rate_hz = next(record.facts["rate_hz"] for record in session.records if record.kind is Kind.DECIDED)
    again = Assembler(codec("kickback"), rate_hz=rate_hz)
    blocks = [block for record in session.records for block in again.take(record)] + again.finish()
    assert sum(map(len, blocks)) == sum(map(len, session.blocks))
    for one in ("acc_mps2", "gyr_radps"):
        replayed, live = (np.concatenate([getattr(block, one) for block in each]) for each in (blocks, session.blocks))
        assert np.array_equal(replayed, live, equal_nan=True)


@pytest.mark.parametrize("name", NAMES)
def test_every_sensor_is_stopped_and_let_go(sessions: dict[str, Session], name: str) -> None:
    session = sessions[name]
    assert not session.sensor.device.sampling
    assert session.reasons[-1] == "stopped"
    assert session.records[-1].kind is Kind.ENDED
    assert session.live.status.state == "stopped"


def test_lost_packets_are_asked_for_again(sessions: dict[str, Session]) -> None:
    session = sessions["loss"]
    assert session.live.assembler is not None
    dropped = sum(life.dropped.total for life in session.sensor.lives)
    assert 0 < session.live.assembler.tally.backfilled <= dropped
    assert session.reasons == ["stopped"]


def test_a_stall_shorter_than_the_watchdog_is_waited_out(sessions: dict[str, Session]) -> None:
    assert sessions["stall"].reasons == ["stopped"]


@pytest.mark.parametrize(("name", "reason"), [("drop", "link lost"), ("silent", "no data")])
def test_a_link_that_goes_comes_back_and_is_filled_in(sessions: dict[str, Session], name: str, reason: str) -> None:
    session = sessions[name]
    assert session.reasons == [reason, "stopped"]
    assert session.live.status.reconnects == 1
    assert session.live.assembler is not None
    assert session.live.assembler.tally.backfilled > 20


def test_a_sensor_that_starts_anew_leaves_a_gap_and_goes_on_in_its_place(sessions: dict[str, Session]) -> None:
    session = sessions["reboot"]
    assert session.live.assembler is not None
    tally = session.live.assembler.tally
    assert (tally.reboots, len(tally.gaps)) == (1, 1)
    gap = tally.gaps[0]
    assert session.off(last=gap.start) < 1e-6
    assert min(session.off(gap.start + gap.length, shift=shift) for shift in range(-3, 4)) < 1e-6


def test_the_connection_is_described(sessions: dict[str, Session]) -> None:
    assert [sessions[name].live.status.mtu for name in ("plain", "left", "right")] == [247, 23, 185]
    status = sessions["plain"].live.status
    assert (status.serial, status.codec, status.battery_percent) == ("V-plain", "kickback", 90)
    assert sessions["plain"].live.header().rate_hz == pytest.approx(RATE_HZ, rel=1e-3)


def test_a_low_battery_is_said_before_the_set(sessions: dict[str, Session]) -> None:
    assert sessions["low"].warned == ("The battery of Kickback low is low (9 %): charge it before the set.",)
    assert sessions["plain"].warned == ()
