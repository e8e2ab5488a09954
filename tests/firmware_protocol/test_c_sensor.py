"""The sensor's side in C: what it sends, when, and what it answers (bench.c runs it)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol import control, wire

Run = Callable[[Iterable[str]], list[str]]
START = control.Start().encode().hex()


def parts(number: int) -> tuple[int, int, int]:
    """A number as bench.c spreads it over three axes."""
    return number & 0x7FFF, number >> 15 & 0x7FFF, number >> 30


def value(number: int, t_us: int) -> wire.Sample:
    """The sample that bench.c makes."""
    return (*parts(number), *parts(t_us))


def number_of(sample: wire.Sample) -> int:
    return sample[0] | sample[1] << 15 | sample[2] << 30


def packets(answers: Iterable[str], channel: str) -> list[bytes]:
    return [bytes.fromhex(line.split()[1]) for line in answers if line.startswith(f"{channel} ")]


def live(answers: Iterable[str]) -> list[wire.DataPacket]:
    return [wire.decode_data(data) for data in packets(answers, "data")]


def again(answers: Iterable[str]) -> list[wire.BackfillPacket]:
    return [wire.decode_backfill(data) for data in packets(answers, "backfill")]


def said(answers: Iterable[str]) -> list[control.Answer]:
    return [control.decode_answer(data) for data in packets(answers, "control")]


@pytest.mark.parametrize(("mtu", "most"), [(23, 1), (185, 14), (247, 19), (517, 42)])
def test_a_packet_goes_when_it_is_full_or_its_first_sample_has_waited(run: Run, mtu: int, most: int) -> None:
    begin = ["init 1000 0", "connected", f"mtu {mtu}", f"write 1 0 {START}", "next 0 600", "sent"]
    full = run([*begin, f"add {most} 0 100", "next 100 600"])
    assert [len(packet.samples) for packet in live(full)] == [most]
    if most == 1:
        return
    early = run([*begin, "add 1 1000 0", "next 50999 600"])
    assert live(early) == []
    assert live(run([*begin, "add 1 1000 0", "next 999 600"])) == []  # stamped a little ahead
    late = live(run([*begin, "add 1 1000 0", "next 51000 600"]))
    assert late == [wire.DataPacket(0, 1000, (value(0, 1000),))]
    soon = control.Start(latency_ms=20).encode().hex()
    assert len(live(run([*begin, f"write 1 0 {soon}", "next 0 600", "sent", "add 1 0 0", "next 20000 600"]))) == 1


def test_a_packet_is_offered_until_it_is_sent(run: Run) -> None:
    begin = ["init 100 65530", "connected", f"write 1 0 {START}", "next 0 20", "sent", "add 8 4294967290 1"]
    answers = run([*begin, "next 0 20", "next 0 20", "sent", *["next 0 20", "sent"] * 7, "next 0 20"])
    assert [packet.seq for packet in live(answers)] == [65530, *range(65530, 65536), 0, 1]
    assert [packet.t_us for packet in live(answers)][:8] == [4294967290, *range(4294967290, 2**32), 0]
    assert answers[-1].split() == ["none"]


def test_samples_that_the_radio_cannot_take_are_left_to_the_back_fill(run: Run) -> None:
    begin = ["init 1000 0", "connected", "mtu 247", f"write 1 0 {START}", "next 0 244", "sent", "add 300 0 1"]
    ask = control.Backfill(0, 44).encode().hex()
    answers = run(
        [
            *begin,
            *["next 999 244", "sent"] * 13,
            "next 999999 244",
            "sent",
            f"write 1 0 {ask}",
            *["next 999 244", "sent"] * 4,
        ]
    )
    stream = live(answers)
    assert (stream[0].seq, stream[0].overflow, stream[1].overflow) == (44, True, False)
    assert sum(len(packet.samples) for packet in stream) == 256
    filled = again(answers)
    assert [packet.index for packet in filled] == [0, 19, 38]
    assert [sample for packet in filled for sample in packet.samples] == [value(number, number) for number in range(44)]


def test_it_samples_on_without_a_link_and_stops_when_told(run: Run) -> None:
    ask = control.Backfill(0, 1000).encode().hex()
    stop = control.Stop().encode().hex()
    answers = run([
        "init 1000 0", "add 5 0 1", "connected", "mtu 247", f"write 1 0 {START}", "next 0 244", "sent",
        "add 19 0 1", "next 0 244", "sent", "add 3 0 1", "disconnected", "add 100 0 1", "next 999999 244",
        "connected", "mtu 247", f"write 1 0 {START}", "next 0 244", "sent",
        f"write 1 0 {ask}", "next 0 244", "sent", *["next 0 244", "sent"] * 8,
        "add 4 0 1", f"write 1 5 {stop}", f"write 1 5 {stop}", "add 1 0 1", *["next 0 244", "sent"] * 3,
    ])  # fmt: skip
    assert [answer.op for answer in said(answers)] == [1, 1, 4, 2]
    assert [struct.unpack("<I", answer.payload)[0] for answer in said(answers)[:2]] == [0, 122]
    assert said(answers)[2].payload == struct.pack("<IH", 0, 122)
    assert sum(len(packet.samples) for packet in again(answers)) == 122
    assert [(packet.seq, len(packet.samples)) for packet in live(answers)] == [(0, 19), (122, 4)]
    assert str(0xFE) in answers  # the second stop came while the first was not answered
    order = [line.split()[0] for line in answers if line.split()[0] in ("data", "control")]
    assert order[-2:] == ["data", "control"]  # the last samples go before the answer to stop


def test_what_is_asked_for_is_changed_and_said(run: Run) -> None:
    broken = control.Start(rate_hz=13).encode().hex()
    faster = control.Start(rate_hz=1000, gyr_range_dps=500).encode().hex()
    answers = run([
        "init 6000 0", "info", "connected", "mtu 247", f"write 1 0 {START}", "next 0 244", "sent", "add 19 0 1",
        "next 0 244", "sent", "add 2 0 1", f"write 1 0 {faster}", "info", "next 0 244", "sent", "add 38 0 1",
        *["next 0 244", "sent"] * 2, f"write 1 0 {broken}", "next 0 244", "sent", "info",
    ])  # fmt: skip
    before, after, failed = (wire.decode_info(data) for data in packets(answers, "info"))
    assert (before.rate_hz, before.gyr_range_dps, before.buffer_s) == (100, 2000, 60)
    assert (after.rate_hz, after.gyr_range_dps, after.buffer_s) == (400, 500, 15)
    assert failed == after
    assert [(packet.changed, packet.overflow) for packet in live(answers)] == [
        (False, False),
        (True, True),  # two samples of the old scale were left out
        (False, False),
    ]
    assert [answer.result.name for answer in said(answers)] == ["OK", "OK", "FAILED"]


def test_sync_tells_when_it_heard_and_when_it_answers(run: Run) -> None:
    ask = control.Sync(0xBEEF).encode().hex()
    begin = ["init 10 7", f"write 1 0 {START}", "next 0 20", "sent", "add 3 0 0"]
    answers = run(
        [*begin, f"write 1 5000000000 {ask}", "next 5000000450 20", "sent", f"write 1 0 {ask}", "next 65536 20"]
    )
    heard, late = said(answers)[1:]
    assert struct.unpack(control.Answer.SYNC, heard.payload) == (0xBEEF, 5_000_000_000, 450, 10)
    assert late.result is control.Result.FAILED


@pytest.mark.parametrize(
    ("data", "result"),
    [
        ("", "NOT_SUPPORTED"),
        ("09", "NOT_SUPPORTED"),
        ("0200", "INVALID_PARAMETER"),
        ("04000000000000", "INVALID_PARAMETER"),
        ("04000000000100", "FAILED"),  # nothing is kept
        ("0503", "OK"),
    ],
)
def test_results(run: Run, data: str, result: str) -> None:
    answers = run(["init 10 0", f"write 1 0 {data}", "next 0 20"])
    assert [answer.result.name for answer in said(answers)] == [result]


def test_it_refuses_without_indications(run: Run) -> None:
    assert run(["init 10 0", f"write 0 0 {START}"]) == [str(0xFD)]


def test_lost_samples_keep_their_numbers(run: Run) -> None:
    ask = control.Backfill(0, 100).encode().hex()
    answers = run([
        "init 50 0", "connected", "mtu 247", f"write 1 0 {START}", "next 0 244", "sent", "add 2 0 0", "lost 3",
        "add 2 0 0", "next 0 244", "sent", "next 99999 244", "sent", f"write 1 0 {ask}", *["next 0 244", "sent"] * 3,
        "lost 70000", "add 1 0 0", "next 99999 244", "sent", f"write 1 0 {ask}", "next 0 244",
    ])  # fmt: skip
    assert [(packet.seq, len(packet.samples), packet.overflow) for packet in live(answers)] == [
        (0, 2, True),
        (5, 2, False),
        (70007 % 65536, 1, True),
    ]
    assert [(packet.index, len(packet.samples)) for packet in again(answers)] == [(0, 2), (5, 2)]
    assert said(answers)[-1].result is control.Result.FAILED


def test_the_ring_keeps_the_newest(run: Run) -> None:
    begin = ["init 10 0", "connected", "mtu 247", f"write 1 0 {START}", "next 0 244", "sent", "add 25 0 1"]
    ask = control.Backfill(0, 24).encode().hex()
    answers = run([*begin, f"write 1 0 {ask}", "next 0 244", "sent", *["next 0 244", "sent"] * 2])
    assert said(answers)[-1].payload == struct.pack("<IH", 15, 9)
    (filled,) = again(answers)
    assert filled == wire.BackfillPacket(15, tuple(value(number, number) for number in range(15, 24)))


def test_a_back_fill_that_the_ring_has_overtaken_gives_what_is_left(run: Run) -> None:
    begin = ["init 30 0", f"write 1 0 {START}", "next 0 244", "sent", "disconnected", "connected", "mtu 247"]
    ask = control.Backfill(0, 30).encode().hex()
    answers = run(
        [*begin, "add 30 0 1", f"write 1 0 {ask}", "next 0 244", "sent", "add 25 30 1", *["next 0 244", "sent"] * 2]
    )
    assert said(answers)[-1].payload == struct.pack("<IH", 0, 30)
    assert again(answers) == [wire.BackfillPacket(25, tuple(value(number, number) for number in range(25, 30)))]


def test_eight_back_fills_may_wait(run: Run) -> None:
    begin = [
        "init 30 0",
        f"write 1 0 {START}",
        "next 0 244",
        "sent",
        "add 30 0 1",
        "disconnected",
        "connected",
        "mtu 247",
    ]
    asks = [f"write 1 0 {control.Backfill(3 * number, 2).encode().hex()}" for number in range(9)]
    answers = run(
        [*begin, *(line for ask in asks for line in (ask, "next 0 244", "sent")), *["next 0 244", "sent"] * 9]
    )
    assert [answer.result.name for answer in said(answers)[1:]] == [*["OK"] * 8, "FAILED"]
    assert [packet.index for packet in again(answers)] == [0, 3, 6, 9, 12, 15, 18, 21]


def test_samples_may_come_while_a_packet_is_with_the_radio(run: Run) -> None:
    begin = [
        "init 1000 0",
        "connected",
        "mtu 247",
        f"write 1 0 {START}",
        "next 0 244",
        "sent",
        "add 19 0 1",
        "next 0 244",
    ]
    taken = live(run([*begin, "add 250 19 1", "sent", "next 0 244"]))
    assert [(packet.seq, packet.overflow) for packet in taken] == [(0, False), (19, False)]
    lost = live(run([*begin, "add 300 19 1", "sent", "next 0 244"]))
    assert [(packet.seq, packet.overflow) for packet in lost] == [(0, False), (63, True)]


def test_a_sample_that_looks_like_a_hole_is_moved_by_one_count(run: Run) -> None:
    begin = ["init 10 0", "connected", f"write 1 0 {START}", "next 0 244", "sent", "lowest", "next 0 244"]
    assert live(run(begin)) == [wire.DataPacket(0, 0, ((-32767, -32768, -32768, -32768, -32768, -32768),))]


COMMANDS = st.one_of(
    st.builds("add {} {} {}".format, st.integers(1, 60), st.integers(0, 2**32 - 1), st.integers(0, 20000)),
    st.builds("lost {}".format, st.integers(0, 80)),
    st.builds("mtu {}".format, st.sampled_from([22, 23, 185, 247, 517])),
    st.builds("next {} {}".format, st.integers(0, 2**33), st.sampled_from([0, 19, 20, 44, 182, 244, 514])),
    st.just("sent"),
    st.just("connected"),
    st.just("disconnected"),
    st.builds("write 1 {} {}".format, st.integers(0, 2**33), st.binary(max_size=9).map(bytes.hex)),
    st.just(f"write 1 0 {START}"),
    st.builds(lambda back, count: ("backfill", back, count), st.integers(-90, 20), st.integers(1, 65535)),
)


@given(
    capacity=st.integers(1, 70),
    first=st.sampled_from([0, 65500, 2**31 - 30, 2**32 - 30]),
    commands=st.lists(COMMANDS, min_size=10, max_size=60),
)
def test_whatever_happens_every_packet_is_true(
    run: Run, capacity: int, first: int, commands: list[str | tuple[str, int, int]]
) -> None:
    lines = [f"init {capacity} {first}", f"write 1 0 {START}", "next 0 244", "sent"]
    for command in commands:
        if isinstance(command, tuple):
            lines.append(f"write 1 0 {control.Backfill((first + command[1]) % 2**32, command[2]).encode().hex()}")
        else:
            lines.append(command)
    answers = run(lines)
    for filled in again(answers):
        numbers = [number_of(sample) for sample in filled.samples]
        assert numbers == [(filled.index + i) % 2**32 for i in range(len(numbers))]
    for packet in live(answers):
        numbers = [number_of(sample) for sample in packet.samples]
        assert numbers == [(numbers[0] + i) % 2**32 for i in range(len(numbers))]
        assert packet.seq == numbers[0] % 65536
        assert packet.samples[0][3:] == parts(packet.t_us)
    for answer in said(answers):
        if answer.op == control.Op.BACKFILL and answer.result is control.Result.OK:
            assert 1 <= struct.unpack(control.Answer.BACKFILL, answer.payload)[1] <= capacity


def test_data_goes_before_back_fill(run: Run) -> None:
    begin = ["init 100 0", "connected", "mtu 247", f"write 1 0 {START}", "next 0 244", "sent", "add 19 0 1"]
    ask = control.Backfill(0, 19).encode().hex()
    answers = run([*begin, f"write 1 0 {ask}", *["next 0 244", "sent"] * 4])
    assert [line.split()[0] for line in answers[-4:]] == ["control", "data", "backfill", "none"]
