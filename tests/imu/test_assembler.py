"""The assembler: the same samples whatever the link did to them, and the same from a file as live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from firmware_protocol import control, wire
from firmware_protocol.registry import Wish, codec
from imu.assemble import join
from imu.assembler import Assembler
from imu.blocks import Header, Recording, SampleBlock
from imu.records import Kind, Record

RATE_HZ = 100
PERIOD_US = 10_000
BATCH = 5
CODEC = codec("kickback")


def sample(index: int) -> wire.Sample:
    """A sample that names its own number."""
    return (index % 30000, -(index % 30000), index % 7, index % 11, -(index % 13), 1)


class Sensor:
    """What a sensor would send, with the host's time at which it arrives."""

    def __init__(self, boot: int = 1, first: int = 0, began_s: float = 1000.0, skew: float = 0.0) -> None:
        self.boot, self.first, self.began_s, self.skew = boot, first, began_s, skew

    def host_s(self, index: int) -> float:
        return self.began_s + (index - self.first) / RATE_HZ * (1 + self.skew)

    def connected(self, at_s: float, following: int) -> list[Record]:
        info = wire.Info(0, 0, RATE_HZ, 16, 2000, 10**9, 10**9, 30, self.boot)
        answer = control.Answer(control.Op.START, control.Result.OK, following.to_bytes(4, "little"))
        return [
            Record.of_facts(Kind.CONNECTED, int(at_s * 1e9), name="Kickback"),
            Record.of_bytes(Kind.READ, int(at_s * 1e9), wire.INFO, info.encode()),
            Record.of_bytes(Kind.NOTIFIED, int(at_s * 1e9), wire.CONTROL, answer.encode()),
        ]

    def packets(self, first: int, stop: int, late_s: Iterable[float] | float = 0.02) -> list[Record]:
        starts = range(first, stop, BATCH)
        lates = [late_s] * len(starts) if isinstance(late_s, float) else list(late_s)
        out = []
        for start, late in zip(starts, lates, strict=True):
            end = min(start + BATCH, stop)
            t_us = (start * PERIOD_US) % 2**32
            packet = wire.DataPacket(start % 2**16, t_us, tuple(sample(i) for i in range(start, end)))
            at_ns = int((self.host_s(end - 1) + late) * 1e9)
            out.append(Record.of_bytes(Kind.NOTIFIED, at_ns, wire.DATA, packet.encode()))
        return out

    def backfill(self, first: int, stop: int, at_s: float) -> list[Record]:
        return [
            Record.of_bytes(
                Kind.NOTIFIED,
                int(at_s * 1e9),
                wire.BACKFILL,
                wire.BackfillPacket(start, tuple(sample(i) for i in range(start, min(start + 19, stop)))).encode(),
            )
            for start in range(first, stop, 19)
        ]


def asked(first: int, length: int, at_s: float) -> Record:
    return Record.of_bytes(Kind.WRITTEN, int(at_s * 1e9), wire.CONTROL, control.Backfill(first, length).encode())


def promised(first: int, length: int, at_s: float) -> Record:
    payload = first.to_bytes(4, "little") + length.to_bytes(2, "little")
    answer = control.Answer(control.Op.BACKFILL, control.Result.OK, payload)
    return Record.of_bytes(Kind.NOTIFIED, int(at_s * 1e9), wire.CONTROL, answer.encode())


def lost(at_s: float) -> Record:
    return Record.of_facts(Kind.DISCONNECTED, int(at_s * 1e9), reason="link lost")


def run(assembler: Assembler, records: Sequence[Record]) -> list[SampleBlock]:
    blocks = [block for record in records for block in assembler.take(record)]
    return blocks + assembler.finish()


def whole(blocks: list[SampleBlock]) -> Recording:
    return join(blocks, Header("test", blocks[0].rate_hz))


def indices(blocks: list[SampleBlock], first: int = 0) -> list[int | None]:
    """The samples' own numbers in the order of the grid; None where one is missing."""
    acc = whole(blocks).block.acc_mps2[:, 0]
    return [None if np.isnan(value) else round(float(value)) for value in acc]


def test_an_undisturbed_stream_comes_out_as_it_was() -> None:
    sensor = Sensor()
    assembler = Assembler(CODEC)
    blocks = run(assembler, [*sensor.connected(999.0, 0), *sensor.packets(0, 1000)])
    assert indices(blocks) == list(range(1000))
    assert assembler.rate_hz == pytest.approx(RATE_HZ, rel=1e-9)
    assert assembler.tally.received == 1000
    assert assembler.tally.lost == 0
    block = whole(blocks).block
    assert block.gyr_radps[1, 1] == pytest.approx(-1.0)


@pytest.mark.parametrize("first", [0, 65_500, 2**32 - 500])
def test_numbers_may_wrap(first: int) -> None:
    sensor = Sensor(first=first)
    records = [*sensor.connected(999.0, first), *sensor.packets(first, first + 500)]
    assembler = Assembler(CODEC)
    blocks = run(assembler, [*records, *sensor.packets(first + 510, first + 1000)])
    assert [len(block) for block in blocks if block.missing_before]
    assert assembler.tally.lost == 10
    assert len(whole(blocks)) == 1000


def test_a_lost_packet_is_asked_for_and_put_in_its_place() -> None:
    sensor = Sensor()
    assembler = Assembler(CODEC)
    before = [*sensor.connected(999.0, 0), *sensor.packets(0, 500), *sensor.packets(510, 600)]
    blocks = [block for record in before for block in assembler.take(record)]
    assert assembler.holding
    assert blocks[-1].stop == 500
    assert assembler.wanted() == [(500, 10)]
    assert assembler.wanted() == []
    after = [asked(500, 10, 1006.0), promised(500, 10, 1006.03), *sensor.backfill(500, 510, 1006.05)]
    for record in [*after, *sensor.packets(600, 700)]:
        blocks += assembler.take(record)
        assert assembler.wanted() == []
    blocks += assembler.finish()
    assert indices(blocks) == list(range(700))
    assert assembler.tally.backfilled == 10
    assert assembler.tally.lost == 0
    assert [(gap.start, gap.length, gap.filled) for gap in assembler.tally.gaps] == [(500, 10, 10)]


def test_a_dropped_link_is_filled_from_the_sensors_memory() -> None:
    sensor = Sensor()
    assembler = Assembler(CODEC)
    records = [*sensor.connected(999.0, 0), *sensor.packets(0, 500), lost(1005.1)]
    records += [*sensor.connected(1012.0, 1200), *sensor.packets(1200, 1250)]
    records += [asked(500, 700, 1012.6), promised(500, 700, 1012.63), *sensor.backfill(500, 1200, 1013.0)]
    blocks = run(assembler, [*records, *sensor.packets(1250, 1400)])
    assert indices(blocks) == list(range(1400))
    assert assembler.tally.gaps[0].why == "link lost"
    assert assembler.tally.backfilled == 700


def test_what_the_sensor_no_longer_has_is_a_gap() -> None:
    sensor = Sensor()
    assembler = Assembler(CODEC)
    records = [*sensor.connected(999.0, 0), *sensor.packets(0, 500), lost(1005.1)]
    records += [*sensor.connected(1012.0, 1200), *sensor.packets(1200, 1250)]
    records += [asked(500, 700, 1012.6), promised(900, 300, 1012.63), *sensor.backfill(900, 1200, 1013.0)]
    blocks = run(assembler, [*records, *sensor.packets(1250, 1400)])
    assert indices(blocks) == [*range(500), *[None] * 400, *range(900, 1400)]
    assert assembler.tally.lost == 400


def test_a_sensor_that_does_not_answer_is_not_waited_for_for_ever() -> None:
    sensor = Sensor()
    assembler = Assembler(CODEC)
    records = [*sensor.connected(999.0, 0), *sensor.packets(0, 500), *sensor.packets(510, 700)]
    blocks = [block for record in records for block in assembler.take(record)]
    assert blocks[-1].stop == 500
    for record in sensor.packets(700, 900):
        blocks += assembler.take(record)
    assert not assembler.holding
    assert blocks[-1].stop > 800
    assert assembler.tally.lost == 10


def test_losses_that_go_on_make_no_wait_longer() -> None:
    sensor, assembler, stop = Sensor(), Assembler(CODEC), 0
    records = [*sensor.connected(999.0, 0), *sensor.packets(0, 500)]
    for first in range(510, 4500, 100):  # a hole each second, none is filled
        records += sensor.packets(first, first + 90)
    for record in records:
        stop = max([stop, *(block.stop for block in assembler.take(record))])
        assert record.time_ns * 1e-9 - 1000 - stop / RATE_HZ < 4.5


def test_a_refusal_ends_the_waiting() -> None:
    sensor = Sensor()
    assembler = Assembler(CODEC)
    no = control.Answer(control.Op.BACKFILL, control.Result.NOT_SUPPORTED).encode()
    records = [*sensor.connected(999.0, 0), *sensor.packets(0, 500), *sensor.packets(510, 520), asked(500, 10, 1005.3)]
    records += [Record.of_bytes(Kind.NOTIFIED, int(1005.31e9), wire.CONTROL, no)]
    for record in records:
        assembler.take(record)
    assert not assembler.holding


@pytest.mark.parametrize("told_s", [1008.8, 1012.9])  # a disconnection may be told late
def test_a_second_drop_while_waiting_asks_again_for_what_is_still_missing(told_s: float) -> None:
    sensor = Sensor()
    assembler = Assembler(CODEC)
    records = [*sensor.connected(999.0, 0), *sensor.packets(0, 500), lost(1005.1)]
    records += [*sensor.connected(1008.0, 800), *sensor.packets(800, 850)]
    records += [asked(500, 300, 1008.6), promised(500, 300, 1008.63), *sensor.backfill(500, 600, 1008.7), lost(told_s)]
    records += [*sensor.connected(told_s + 0.1, 1100), *sensor.packets(1100, 1150)]
    blocks = [block for record in records for block in assembler.take(record)]
    assert assembler.wanted() == [(600, 200), (850, 250)]
    more = [asked(600, 200, 1011.6), asked(850, 250, 1011.6), promised(600, 200, 1011.7), promised(850, 250, 1011.7)]
    more += [*sensor.backfill(600, 800, 1011.8), *sensor.backfill(850, 1100, 1011.9), *sensor.packets(1150, 1200)]
    blocks += [block for record in more for block in assembler.take(record)]
    blocks += assembler.finish()
    assert indices(blocks) == list(range(1200))


def test_a_reboot_counts_on_by_the_hosts_clock() -> None:
    first, second = Sensor(), Sensor(boot=2, began_s=1008.0)
    assembler = Assembler(CODEC)
    records = [*first.connected(999.0, 0), *first.packets(0, 500), lost(1005.1), *second.connected(1008.0, 0)]
    blocks = run(assembler, [*records, *second.packets(0, 300)])
    acc = indices(blocks)
    missing = [number for number, value in enumerate(acc) if value is None]
    assert missing[0] == 500
    assert len(missing) == pytest.approx(300, abs=2)
    assert acc[500 + len(missing) :] == list(range(300))
    assert assembler.tally.reboots == 1
    assert assembler.fit.offset_s == pytest.approx(1008.02)


def test_a_reboot_before_the_rate_is_known_loses_nothing_that_came() -> None:
    first, second = Sensor(), Sensor(boot=2, began_s=1002.0)
    assembler = Assembler(CODEC)
    records = [*first.connected(999.0, 0), *first.packets(0, 100), lost(1001.1), *second.connected(1002.0, 0)]
    blocks = run(assembler, [*records, *second.packets(0, 300)])
    acc = indices(blocks)
    assert acc[:100] == list(range(100))
    assert acc[-300:] == list(range(300))
    assert len(acc) == pytest.approx(500, abs=2)
    assert assembler.tally.reboots == 1


def test_a_sensor_that_paused_leaves_a_gap_of_that_length_and_what_was_lost_before_is_not_asked_for() -> None:
    sensor = Sensor()
    assembler = Assembler(CODEC)
    records = [*sensor.connected(999.0, 0), *sensor.packets(0, 400), *sensor.packets(410, 500)]
    later = wire.DataPacket(500, 700 * PERIOD_US, tuple(sample(i) for i in range(500, 505)))
    records.append(Record.of_bytes(Kind.NOTIFIED, int(1007.1e9), wire.DATA, later.encode()))
    blocks = [block for record in records for block in assembler.take(record)]
    assert assembler.wanted() == []
    assert len(whole(blocks + assembler.finish())) == 705
    assert [gap.why for gap in assembler.tally.gaps] == ["lost", "sensor paused"]


def test_repeated_packets_and_rubbish_are_counted_and_change_nothing() -> None:
    sensor = Sensor()
    assembler = Assembler(CODEC)
    packets = sensor.packets(0, 600)
    rubbish = Record.of_bytes(Kind.NOTIFIED, packets[40].time_ns, wire.DATA, b"\x10\x05abc")
    records = [*sensor.connected(999.0, 0), *packets[:80], *packets[70:80], rubbish, *packets[80:]]
    blocks = run(assembler, records)
    assert indices(blocks) == list(range(600))
    assert assembler.tally.repeated == 50
    assert assembler.tally.bad_packets == 1
    assert "5 bytes" in assembler.tally.trouble


def test_records_cut_anywhere_and_the_decided_rate_of_a_file_give_the_same() -> None:
    sensor = Sensor()
    records = [*sensor.connected(999.0, 0), *sensor.packets(0, 500), lost(1005.1), *sensor.connected(1008.0, 800)]
    records += [*sensor.packets(800, 850), asked(500, 300, 1008.6), promised(500, 300, 1008.63)]
    records += [*sensor.backfill(500, 800, 1008.7), *sensor.packets(850, 900)]
    live = Assembler(CODEC)
    found = whole(run(live, records)).block
    again = Assembler(CODEC, Wish(), rate_hz=live.rate_hz)
    replayed = whole(run(again, records)).block
    assert np.array_equal(found.acc_mps2, replayed.acc_mps2, equal_nan=True)
    assert found.rate_hz == replayed.rate_hz
    for cut in range(0, len(records), 37):
        part = run(Assembler(CODEC), records[:cut])
        total = whole(part).block if part else None
        if total is not None and cut < 110:
            assert np.array_equal(total.acc_mps2, found.acc_mps2[: len(total)])


def test_single_samples_are_gathered_into_blocks_of_some_length() -> None:
    sensor = Sensor()
    singles = []
    for index in range(400):
        packet = wire.DataPacket(index, index * PERIOD_US, (sample(index),))
        at_ns = int((sensor.host_s(index) + 0.01) * 1e9)
        singles.append(Record.of_bytes(Kind.NOTIFIED, at_ns, wire.DATA, packet.encode()))
    blocks = run(Assembler(CODEC), [*sensor.connected(999.0, 0), *singles])
    assert indices(blocks) == list(range(400))
    assert min(len(block) for block in blocks[:-1]) >= 4
