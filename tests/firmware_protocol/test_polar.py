"""Polar's frames, made here by an encoder of our own from what their differences mean, and read by the codec."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from firmware_protocol.codecs import polar
from firmware_protocol.packet import FloatArray, OutOfRange, Packet, ProtocolError, Reply, Said, WrongKind, WrongLength
from firmware_protocol.registry import Advert, Wish

ACC_TYPE_0, ACC_TYPE_1, GYR_TYPE_0, GYR_TYPE_1 = 0x80, 0x81, 0x80, 0x81
STEP_G, STEP_DPS = 0.000244, 0.07


def header(kind: int, ticks: int, form: int) -> bytes:
    return struct.pack("<BQB", kind, ticks, form)


def packed(values: Sequence[int], bits: int) -> bytes:
    """Two's complement numbers of so many bits, the lowest first."""
    joined = sum((value & (1 << bits) - 1) << bits * number for number, value in enumerate(values))
    return joined.to_bytes((bits * len(values) + 7) // 8, "little")


def compressed(samples: list[list[int]], sizes: Sequence[int] = (255,), form: str = "<3h") -> bytes:
    """The first sample in full, then blocks of so many differences, each with as many bits as its largest needs."""
    content = struct.pack(form, *samples[0])
    at, turn = 1, 0
    while at < len(samples):
        count = min(sizes[turn % len(sizes)], len(samples) - at)
        steps = [b - a for n in range(at, at + count) for a, b in zip(samples[n - 1], samples[n], strict=True)]
        bits = max(max(step.bit_length() if step >= 0 else (~step).bit_length() for step in steps) + 1, 1)
        content += bytes([bits, count]) + packed(steps, bits)
        at, turn = at + count, turn + 1
    return content


def started(kind: int, factor: float | None) -> bytes:
    """The answer to a start."""
    setting = b"" if factor is None else struct.pack("<BBf", polar.FACTOR, 1, factor)
    return bytes([0xF0, polar.START, kind, 0, 0]) + setting


def ready() -> polar.PolarDecoder:
    decoder = polar.PolarDecoder()
    decoder.feed(polar.CONTROL, started(polar.ACC, STEP_G))
    decoder.feed(polar.CONTROL, started(polar.GYRO, STEP_DPS))
    return decoder


def only(decoder: polar.PolarDecoder, data: bytes) -> Packet:
    (packet,) = decoder.feed(polar.DATA, data)
    assert isinstance(packet, Packet)
    return packet


def values(packet: Packet) -> FloatArray:
    found = packet.acc if packet.gyr is None else packet.gyr
    assert found is not None
    return found


counts = arrays(np.int64, st.tuples(st.integers(1, 70), st.just(3)), elements=st.integers(-32768, 32767))
block_sizes = st.lists(st.integers(1, 255), min_size=1, max_size=4)


@given(counts, block_sizes)
def test_differences_add_up_to_the_samples(samples: np.ndarray, sizes: list[int]) -> None:
    np.testing.assert_array_equal(polar.deltas(compressed(samples.tolist(), sizes), 2), samples)


@given(counts, block_sizes, st.integers(0, 2**64 - 1))
def test_compressed_acceleration_is_in_mg(samples: np.ndarray, sizes: list[int], ticks: int) -> None:
    content = compressed(samples.tolist(), sizes)
    packet = only(ready(), header(polar.ACC, ticks, ACC_TYPE_0) + content)
    np.testing.assert_allclose(values(packet), samples * STEP_G * 1000, rtol=1e-6)
    assert (packet.ticks, packet.ticks_of, packet.count, packet.gyr) == (ticks, "last", None, None)


@given(counts)
def test_compressed_angular_velocity_is_in_degrees(samples: np.ndarray) -> None:
    packet = only(ready(), header(polar.GYRO, 1, GYR_TYPE_0) + compressed(samples.tolist(), [9]))
    assert packet.acc is None
    np.testing.assert_allclose(values(packet), samples * STEP_DPS, rtol=1e-6)


@given(arrays(np.float32, st.tuples(st.integers(1, 20), st.just(3)), elements=st.floats(-2000, 2000, width=32)))
def test_angular_velocity_as_floats_goes_by_their_bit_patterns(samples: np.ndarray) -> None:
    patterns = samples.view(np.uint32).astype(np.int64)
    steps = np.diff(patterns, axis=0)
    wrapped = (steps + 2**31) % 2**32 - 2**31  # 32 bits are enough for any difference modulo 2^32
    content = patterns[0].astype("<u4").tobytes()
    for step in wrapped:
        content += bytes([32, 1]) + packed(step.tolist(), 32)
    packet = only(polar.PolarDecoder(), header(polar.GYRO, 7, GYR_TYPE_1) + content)
    np.testing.assert_array_equal(values(packet), samples.astype(np.float64))


@pytest.mark.parametrize(("form", "wide"), [(0, 1), (1, 2), (2, 3)])
def test_raw_acceleration_is_in_mg_whatever_the_factor(form: int, wide: int) -> None:
    edge = min(1 << 8 * wide - 1, 8000)
    rows = [[-edge, edge - 1, 0], [1, -1, 100]]
    content = b"".join(value.to_bytes(wide, "little", signed=True) for row in rows for value in row)
    np.testing.assert_array_equal(values(only(ready(), header(polar.ACC, 5, form) + content)), rows)


def test_acceleration_of_compressed_type_1_is_in_mg() -> None:
    packet = only(polar.PolarDecoder(), header(polar.ACC, 5, ACC_TYPE_1) + compressed([[-15, 20, 1008], [3, 2, 1000]]))
    np.testing.assert_array_equal(values(packet), [[-15, 20, 1008], [3, 2, 1000]])


def test_the_factor_is_that_of_the_latest_start() -> None:
    decoder = ready()
    frame = header(polar.ACC, 5, ACC_TYPE_0) + compressed([[0, 0, 1000]])
    before = values(only(decoder, frame))
    decoder.feed(polar.CONTROL, started(polar.ACC, 2 * STEP_G))
    np.testing.assert_allclose(values(only(decoder, frame)), 2 * before, rtol=1e-6)
    decoder.feed(polar.CONTROL, started(polar.ACC, None))
    decoder.feed(polar.CONTROL, bytes([0xF0, polar.START, polar.ACC, 6, 0]))
    with pytest.raises(OutOfRange, match="range ends at 8000"):
        decoder.feed(polar.DATA, frame)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", WrongLength),
        (bytes(5), WrongLength),
        (bytes(6) + b"\x03", WrongLength),
        (bytes(6) + b"\x03\x02" + bytes(2), WrongLength),
        (bytes(6) + b"\x21\x01" + bytes(13), OutOfRange),
        (bytes(6) + b"\x00\x05", OutOfRange),
        (bytes(6) + b"\x10\x02" + struct.pack("<6h", *[32767, 0, 0] * 2), OutOfRange),
    ],
)
def test_a_broken_compressed_frame_is_refused_and_the_next_is_read(content: bytes, error: type[ProtocolError]) -> None:
    decoder = ready()
    with pytest.raises(error):
        decoder.feed(polar.DATA, header(polar.ACC, 5, ACC_TYPE_0) + content)
    assert len(only(decoder, header(polar.ACC, 5, ACC_TYPE_0) + compressed([[1, 2, 3]]))) == 1


@pytest.mark.parametrize("pattern", ["0000c07f", "0100807f", "0000807f"])
def test_floats_that_are_no_numbers_are_refused(pattern: str) -> None:
    with pytest.raises(OutOfRange):
        ready().feed(polar.DATA, header(polar.GYRO, 5, GYR_TYPE_1) + bytes.fromhex(pattern) * 3)


def test_an_empty_block_adds_nothing() -> None:
    assert len(polar.deltas(bytes(6) + b"\x00\x00\x05\x00", 2)) == 1


@pytest.mark.parametrize(("kind", "form"), [(polar.ACC, 3), (polar.ACC, 0x82), (polar.GYRO, 0), (7, 0), (63, 0x80)])
def test_unknown_frames_are_refused(kind: int, form: int) -> None:
    with pytest.raises(WrongKind):
        polar.PolarDecoder().feed(polar.DATA, header(kind, 5, form) + bytes(6))


def test_other_measurements_say_nothing() -> None:
    assert polar.PolarDecoder().feed(polar.DATA, header(1, 5, 0x80) + bytes(40)) == []


@pytest.mark.parametrize(("status", "text"), [(0, "ok"), (8, "invalid sample rate"), (13, "it is in the charger")])
def test_answers_tell_their_status(status: int, text: str) -> None:
    replies = polar.PolarDecoder().feed(polar.CONTROL, bytes([0xF0, polar.STOP, polar.GYRO, status, 0]))
    assert replies == [Reply(polar.op(polar.STOP, polar.GYRO), status, text, status == 0, b"")]
    assert polar.PolarDecoder().feed(polar.CONTROL, bytes([0xF0, 3, 2, 99]))[0] == Reply(770, 99, "status 99", False)


def test_settings_that_come_in_pieces_do_no_harm() -> None:
    whole = bytes([0xF0, polar.SETTINGS, polar.ACC, 0, 1]) + struct.pack("<BBHBBH", 0, 1, 52, 1, 1, 16)
    _, said = polar.PolarDecoder().feed(polar.CONTROL, whole)
    assert said == Said("acceleration settings", "52 Hz, 16 bit")
    assert polar.PolarDecoder().feed(polar.CONTROL, whole[:-1])[0] == Reply(258, 0, "ok", True, whole[5:-1])
    with pytest.raises(WrongLength):
        polar.PolarDecoder().feed(polar.CONTROL, started(polar.ACC, 1.0)[:-1])


@pytest.mark.parametrize("factor", [float("nan"), float("inf"), 0.0, -1.0, 1e-7, 1.5])
def test_a_factor_that_is_none_is_refused(factor: float) -> None:
    with pytest.raises(OutOfRange):
        polar.PolarDecoder().feed(polar.CONTROL, started(polar.ACC, factor))


def test_what_it_says_by_itself() -> None:
    decoder = polar.PolarDecoder()
    assert decoder.feed(polar.CONTROL, bytes([0x0F, 0b0010_0110, 0])) == [
        Said("measures", "PPG, acceleration, angular velocity")
    ]
    assert decoder.feed(polar.CONTROL, b"\x01\x02") == [Said("stopped by itself", "acceleration")]


def test_starting_is_awaited_and_all_else_may_fail() -> None:
    start = polar.CODEC.start(Wish(rate_hz=200))
    assert [command.data[:2].hex() for command in start] == ["0102", "0302", "0105", "0305", "0202", "0205"]
    assert [command.optional for command in start] == [True] * 4 + [False] * 2
    assert all(command.answer == polar.op(command.data[0], command.data[1]) for command in start)
    assert all(command.optional for command in polar.CODEC.stop())


@pytest.mark.parametrize(
    ("name", "fits"), [("Polar Sense 8C4E2A2D", True), ("Polar H10 8C4E2A2D", False), (None, False)]
)
def test_it_is_known_by_its_name(name: str | None, fits: bool) -> None:
    assert polar.CODEC.fits(Advert(name, frozenset({polar.SERVICE}))) is fits
