"""The virtual sensor's inside, on a clock that the test turns: what it samples, sends, keeps and forgets."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_protocol import wire
from firmware_protocol.control import Answer, Backfill, Identify, Op, Result, Start, Stop, Sync, decode_answer
from imu.blocks import Header, Recording, SampleBlock
from imu.virtual_control import carry_out
from imu.virtual_device import WAITING, VirtualDevice
from imu.virtual_truth import Faults, Spans

SECOND = 1_000_000_000
BOOTED = 7 * SECOND


def recording(seconds: float = 60.0, rate_hz: float = 200.0, lost: tuple[int, ...] = ()) -> Recording:
    n = round(seconds * rate_hz)
    rng = np.random.default_rng(4)
    acc, gyr = rng.normal(0, 5, (n, 3)), rng.normal(0, 3, (n, 3))
    acc[list(lost)] = np.nan
    return Recording(Header("noise", rate_hz, simulated=True), SampleBlock(0, rate_hz, acc, gyr))


def device(made: Recording | None = None, faults: Faults | None = None, *, loop: bool = False) -> VirtualDevice:
    found = VirtualDevice(made or recording(), None, faults or Faults(), 30, loop)
    found.boot(BOOTED)
    return found


def drain(sensor: VirtualDevice, now_ns: int, most: int = 19) -> list[wire.DataPacket]:
    packets = []
    while (packet := sensor.packet(now_ns, most)) is not None:
        packets.append(packet)
    return packets


def again(sensor: VirtualDevice, most: int = 19) -> list[wire.BackfillPacket]:
    packets = []
    while (packet := sensor.again(most)) is not None:
        packets.append(packet)
    return packets


def test_a_sample_is_taken_at_start_and_then_one_a_period() -> None:
    sensor = device()
    assert sensor.start(Start(), BOOTED + SECOND) == 0
    sensor.take(BOOTED + SECOND)
    assert sensor.now.taken == 1
    sensor.take(BOOTED + 2 * SECOND)
    assert sensor.now.taken == 201
    assert sensor.now.at_us(200) == 2_000_000
    assert sensor.now.at_ns(200) == BOOTED + 2 * SECOND


@pytest.mark.parametrize(("mtu", "most"), [(23, 1), (185, 11), (247, 11)])
def test_a_packet_goes_when_it_is_full_or_when_its_first_sample_has_waited(mtu: int, most: int) -> None:
    sensor = device()
    sensor.start(Start(), BOOTED)
    now_ns, sizes = BOOTED, []
    for _ in range(50):
        now_ns = sensor.due_ns(wire.samples_per_packet(mtu))
        assert sensor.packet(now_ns - 1000, wire.samples_per_packet(mtu)) is None
        packet = sensor.packet(now_ns, wire.samples_per_packet(mtu))
        assert packet is not None
        sizes.append(len(packet.samples))
        assert now_ns - sensor.now.at_ns(sensor.last_first) <= 50_000_000
    assert set(sizes) == {most}


def test_the_values_are_the_trace_within_half_a_count() -> None:
    made = recording()
    sensor = device(made)
    sensor.start(Start(), BOOTED)
    packets = drain(sensor, BOOTED + SECOND)
    counts = np.array([sample for packet in packets for sample in packet.samples])
    steps = np.repeat([sensor.info().acc_lsb_nmps2 * 1e-9, sensor.info().gyr_lsb_nradps * 1e-9], 3)
    trace = np.hstack([made.block.acc_mps2, made.block.gyr_radps])[: len(counts)]
    assert len(counts) == 201
    assert (np.abs(counts * steps - trace) <= steps * 0.5 + 1e-12).all()


def test_a_range_that_is_too_small_clips_and_is_told() -> None:
    sensor = device()
    before = sensor.info()
    sensor.start(Start(acc_range_g=16), BOOTED)
    sensor.start(Start(acc_range_g=2, gyr_range_dps=130), BOOTED)
    assert (sensor.info().acc_range_g, sensor.info().gyr_range_dps) == (2, 250)
    assert sensor.info().acc_lsb_nmps2 < before.acc_lsb_nmps2
    packets = drain(sensor, BOOTED + SECOND // 2)
    assert [packet.changed for packet in packets[:2]] == [True, False]
    assert packets[0].seq == 1  # what was sampled with the other range is gone
    values = np.array([sample for packet in packets for sample in packet.samples])
    assert values.max() == 32767
    assert values.min() == -32768


def test_the_rate_is_that_of_the_trace_whatever_was_asked() -> None:
    sensor = device(recording(rate_hz=99.7))
    sensor.start(Start(rate_hz=400), BOOTED)
    assert sensor.info().rate_hz == 100
    assert sensor.now.at_us(997) == 10_000_000


def test_another_rate_is_interpolated() -> None:
    made = recording(2.0)
    sensor = VirtualDevice(made, 100, Faults(), 30, False)
    assert sensor.rows[50] == pytest.approx(np.hstack([made.block.acc_mps2[100], made.block.gyr_radps[100]]))
    assert sensor.rate_hz == 100


def test_a_clock_that_runs_fast_tells_more_microseconds() -> None:
    sensor = device(faults=Faults(skew_ppm=200))
    sensor.start(Start(), BOOTED)
    assert sensor.now.clock_us(BOOTED + 100 * SECOND) == 100_020_000
    sensor.take(BOOTED + 100 * SECOND)
    assert sensor.now.taken == 20_005
    assert sensor.now.at_ns(20_004) == pytest.approx(BOOTED + 100 * SECOND, abs=1000)


def test_what_waits_too_long_is_left_to_the_back_fill_and_said() -> None:
    sensor = device()
    sensor.start(Start(), BOOTED)
    packets = drain(sensor, BOOTED + 2 * SECOND)
    lost = 401 - WAITING
    assert packets[0].overflow
    assert not packets[1].overflow
    assert packets[0].seq == lost
    assert sensor.now.missed == [(0, lost)]
    assert sensor.promise(Backfill(0, lost), BOOTED + 2 * SECOND) == (0, lost)
    assert sum(len(packet.samples) for packet in again(sensor)) == lost


def test_a_hole_of_the_trace_is_never_sent_and_said() -> None:
    sensor = device(recording(lost=(5, 6)))
    sensor.start(Start(), BOOTED)
    packets = drain(sensor, BOOTED + SECOND // 10)
    assert [(packet.seq, len(packet.samples), packet.overflow) for packet in packets] == [(0, 5, False), (7, 14, True)]
    assert sensor.promise(Backfill(4, 4), BOOTED + SECOND // 10) == (4, 4)
    assert [(packet.index, len(packet.samples)) for packet in again(sensor)] == [(4, 1), (7, 1)]


def test_sampling_goes_on_without_a_link_and_30_s_are_kept() -> None:
    sensor = device()
    sensor.start(Start(), BOOTED)
    drain(sensor, BOOTED + SECOND)
    sensor.hang_up()
    now_ns = BOOTED + 41 * SECOND
    assert drain(sensor, now_ns) == []
    assert sensor.start(Start(), now_ns) == 8201
    assert sensor.promise(Backfill(201, 8000), now_ns) == (2201, 6000)
    assert sum(len(packet.samples) for packet in again(sensor)) == 6000
    assert sensor.promise(Backfill(0, 2201), now_ns) is None
    assert not drain(sensor, now_ns)


def test_stop_sends_what_waits_and_ends_the_sampling() -> None:
    sensor = device()
    sensor.start(Start(), BOOTED)
    assert drain(sensor, BOOTED + 12_000_000) == []
    sensor.stop(BOOTED + 12_000_000)
    assert [len(packet.samples) for packet in drain(sensor, BOOTED + 12_000_000)] == [3]
    assert not sensor.streaming
    sensor.take(BOOTED + SECOND)
    assert sensor.now.taken == 3
    assert sensor.promise(Backfill(0, 9), BOOTED + SECOND) == (0, 3)
    assert sensor.start(Start(), BOOTED + 2 * SECOND) == 3
    assert sensor.now.at_us(3) == 2_000_000
    assert sensor.row(3) == 400
    assert sensor.promise(Backfill(0, 3), BOOTED + 2 * SECOND) is None


def test_a_new_start_forgets_all_but_the_trace_goes_on() -> None:
    sensor = device()
    sensor.start(Start(), BOOTED)
    sensor.take(BOOTED + SECOND)
    sensor.boot(BOOTED + 2 * SECOND)
    assert sensor.lives[0].missed == [(0, 401)]
    assert sensor.info().boot == sensor.lives[0].boot + 1
    assert sensor.start(Start(), BOOTED + 3 * SECOND) == 0
    assert sensor.now.at_us(0) == SECOND // 1000
    assert sensor.row(0) == 600


def test_the_last_sample_is_held_or_the_trace_goes_round() -> None:
    held, round_ = device(recording(1.0)), device(recording(1.0), loop=True)
    for sensor in (held, round_):
        sensor.start(Start(), BOOTED)
        assert not sensor.played_out(BOOTED + SECOND - 1)
    assert held.sample(250) == held.sample(199)
    assert round_.sample(250) == round_.sample(50)
    assert held.played_out(BOOTED + SECOND)
    assert not round_.played_out(BOOTED + SECOND)


def test_the_control_point_answers_as_the_specification_says() -> None:
    sensor = device()
    shown: list[int] = []

    def ask(data: bytes, received_us: int = 0) -> Answer:
        return decode_answer(carry_out(sensor, data, received_us, BOOTED + SECOND, shown.append).encode())

    assert ask(Start().encode()).payload == bytes(4)
    synced = ask(Sync(513).encode(), 999_000)
    assert synced.payload == bytes.fromhex("0102 583e0f0000000000 e803 01000000")
    assert ask(Sync(1).encode(), 100).result is Result.FAILED
    assert ask(Backfill(0, 9).encode()).payload == bytes.fromhex("00000000 0100")
    assert ask(Backfill(1, 9).encode()) == Answer(Op.BACKFILL, Result.FAILED)
    assert [ask(Backfill(0, 1).encode()).result for _ in range(4)] == [Result.OK] * 3 + [Result.FAILED]
    assert ask(Identify(3).encode()).result is Result.OK
    assert shown == [3]
    assert ask(bytes([99])) == Answer(99, Result.NOT_SUPPORTED)
    assert ask(bytes([Op.SYNC])) == Answer(Op.SYNC, Result.INVALID_PARAMETER)
    assert ask(Stop().encode()).result is Result.OK
    assert not sensor.sampling


def test_faults_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="share"):
        Faults(loss=1.5)
    with pytest.raises(ValueError, match="percent"):
        Faults(battery_percent=101)
    with pytest.raises(ValueError, match="not negative"):
        Faults(drop=((1.0, -1.0),))
    with pytest.raises(ValueError, match="samples"):
        VirtualDevice(recording(0.0), None, Faults(), 30, False)


def test_faults_come_in_order_and_a_stall_has_an_end() -> None:
    faults = Faults(drop=((3.0, 1.0),), reboot=(1.0,), silent_drop=(2.0,), stall=((1.0, 0.5),))
    assert [what for _, what, _ in faults.plan()] == ["reboot", "silence", "drop"]
    assert faults.stalled_until_ns(BOOTED + SECOND // 2, BOOTED) == BOOTED + SECOND // 2
    ends_ns = faults.stalled_until_ns(BOOTED + SECOND, BOOTED)
    assert ends_ns >= BOOTED + 3 * SECOND // 2
    assert faults.stalled_until_ns(ends_ns, BOOTED) == ends_ns


def test_stretches_that_follow_each_other_are_one() -> None:
    spans = Spans()
    for first, length in ((0, 3), (3, 2), (5, 0), (9, 1)):
        spans.add(first, length)
    assert spans == [(0, 5), (9, 1)]
    assert spans.total == 6
    assert spans.indices() == {0, 1, 2, 3, 4, 9}
