"""Movesense's packets, made here with nothing but struct: whole ones, halves, lost halves, answers."""

from __future__ import annotations

import struct
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from firmware_protocol.codecs import movesense
from firmware_protocol.packet import Message, OutOfRange, Packet, ProtocolError, Reply, Said, WrongKind, WrongLength
from firmware_protocol.registry import Advert, Wish
from imu.blocks import Header, Recording, SampleBlock
from imu.plausibility import examine
from imu.simulate import simulate
from imu.units import G0_MPS2

REF = movesense.IMU_REF


@cache
def simulated(kind: str) -> SampleBlock:
    """A simulated set, 104 samples a second."""
    return simulate(kind, seed=1, reps=6, rate_hz=104).recording().block


AT_REST = (0.0, 0.0, 9.81)


def body(ms: int, acc: np.ndarray, gyr: np.ndarray) -> bytes:
    """Clock of the first sample, all accelerations, all angular velocities."""
    return struct.pack("<I", ms) + acc.astype("<f4").tobytes() + gyr.astype("<f4").tobytes()


def packet_of(ms: int, size: int = 8, first: float = 0.0) -> bytes:
    """Samples that can be told apart: the first axis counts on."""
    number = first + np.arange(size)
    acc = np.column_stack([number, np.zeros(size), np.full(size, 9.75)])
    return body(ms, acc, np.column_stack([np.zeros(size), -number, np.full(size, 0.5)]))


def halves(data: bytes, cut: int) -> tuple[bytes, bytes]:
    return bytes([2, REF]) + data[:cut], bytes([3, REF]) + data[cut:]


def whole(data: bytes) -> bytes:
    return bytes([2, REF]) + data


def feed(decoder: movesense.MovesenseDecoder, *notifications: bytes) -> list[Packet]:
    """All packets; what is refused is left out."""
    found: list[Message] = []
    for data in notifications:
        try:
            found += decoder.feed(movesense.NOTIFY, data)
        except ProtocolError:
            continue
    return [each for each in found if isinstance(each, Packet)]


def clocks(packets: list[Packet]) -> list[int | None]:
    return [packet.ticks for packet in packets]


def in_turn(data: bytes) -> bytes:
    """The same packet with acceleration and angular velocity in turn."""
    numbers = np.frombuffer(data, "<f4", offset=4).reshape(2, -1, 3)
    return data[:4] + numbers.swapaxes(0, 1).tobytes()


vectors = arrays(np.float32, st.tuples(st.just(2), st.just(3)), elements=st.floats(-100, 100, width=32))


@given(vectors, st.integers(1, 16), st.integers(0, 2**32 - 1), st.booleans())
def test_packets_are_read_in_the_order_in_which_both_are_steady(
    both: np.ndarray, size: int, ms: int, turned: bool
) -> None:
    both[0, 2] += 1000  # so that the two are apart, as gravity keeps them
    acc, gyr = (np.repeat(each[np.newaxis], size, axis=0) for each in both)
    data = whole(in_turn(body(ms, acc, gyr)) if turned else body(ms, acc, gyr))
    for packet in feed(movesense.MovesenseDecoder(104), data, data):
        assert packet.acc is not None and packet.gyr is not None
        np.testing.assert_array_equal(packet.acc, acc)
        np.testing.assert_array_equal(packet.gyr, gyr)
        assert (packet.ticks, packet.ticks_of, packet.count) == (ms, "first", None)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("kind", ["clean", "fast"])
@pytest.mark.parametrize("begin_s", np.arange(0.0, 18.0, 0.7).tolist())
def test_the_order_is_told_wherever_in_a_set_the_stream_begins(kind: str, begin_s: float, turned: bool) -> None:
    block = simulated(kind)
    first = round(begin_s * 104)
    acc, gyr = block.acc_mps2[first : first + 400], np.degrees(block.gyr_radps[first : first + 400])
    bodies = [body(n, acc[n : n + 8], gyr[n : n + 8]) for n in range(0, 400, 8)]
    packets = feed(movesense.MovesenseDecoder(104), *(whole(in_turn(each) if turned else each) for each in bodies))
    assert len(packets) == 50
    np.testing.assert_allclose(np.concatenate([np.asarray(packet.acc) for packet in packets]), acc, rtol=1e-6)


def test_without_any_sign_the_documented_order_is_taken() -> None:
    sent = [whole(body(number, np.zeros((8, 3)), np.zeros((8, 3)))) for number in range(20)]
    decoder = movesense.MovesenseDecoder(104)
    assert feed(decoder, *sent[: movesense.UNDECIDED - 1]) == []
    assert clocks(feed(decoder, *sent[movesense.UNDECIDED - 1 :])) == list(range(20))


def test_milligravities_are_noticed_at_rest() -> None:
    block = simulated("clean")
    sent = [
        whole(body(n, block.acc_mps2[n : n + 8] / G0_MPS2 * 1000, np.degrees(block.gyr_radps[n : n + 8])))
        for n in range(0, len(block) - 8, 8)
    ]
    packets = feed(movesense.MovesenseDecoder(104), *sent)
    acc, gyr = (np.concatenate([np.asarray(getattr(packet, part)) for packet in packets]) for part in ("acc", "gyr"))
    findings = examine(Recording(Header("simulated", 104.0), SampleBlock(0, 104.0, acc, np.radians(gyr)))).findings
    assert any("it is in mg, not in m/s²" in each for each in findings)


@pytest.mark.parametrize("cut", [1, 100, 155, 4 + 24 * 4, 4 + 24 * 7, 4 + 24 * 8 - 1])
def test_halves_are_joined_wherever_the_cut_is(cut: int) -> None:
    sent = [half for number in range(4) for half in halves(packet_of(77 * number, first=8 * number), cut)]
    packets = feed(movesense.MovesenseDecoder(104), *sent)
    assert clocks(packets) == [0, 77, 154, 231]
    numbers = np.concatenate([np.column_stack([packet.acc[:, 0], -packet.gyr[:, 1]]) for packet in packets])  # type: ignore[index]  # both are there
    np.testing.assert_array_equal(numbers, np.repeat(np.arange(32.0)[:, np.newaxis], 2, axis=1))


@pytest.mark.parametrize("cut", [155, 4 + 24 * 4])
@pytest.mark.parametrize("lost", range(8))
def test_a_lost_half_costs_its_packet_and_no_other(cut: int, lost: int) -> None:
    sent = [half for number in range(4) for half in halves(packet_of(77 * number), cut)]
    del sent[lost]
    sent += [half for number in range(4, 7) for half in halves(packet_of(77 * number), cut)]
    kept = clocks(feed(movesense.MovesenseDecoder(104), *sent))
    whole_looking_at_first = (lost, cut) == (1, 100)  # nobody can tell, and two false packets come of it
    assert kept == [77 * number for number in range(7) if number != lost // 2 or whole_looking_at_first]


@pytest.mark.parametrize("stray", range(8))
def test_a_stray_half_among_whole_packets_costs_a_packet_or_two(stray: int) -> None:
    sent = [whole(packet_of(77 * number)) for number in range(12)]
    sent.insert(stray, halves(packet_of(0), 100)[1])
    kept = clocks(feed(movesense.MovesenseDecoder(104), *sent))
    assert kept == sorted(set(kept) & set(range(0, 12 * 77, 77)), key=lambda ms: ms or 0)
    assert len(kept) >= 10


def test_the_first_packet_waits_for_the_second_notification() -> None:
    decoder = movesense.MovesenseDecoder(104)
    assert feed(decoder, whole(packet_of(0))) == []
    assert clocks(feed(decoder, whole(packet_of(77)))) == [0, 77]
    assert clocks(feed(decoder, whole(packet_of(154)))) == [154]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", WrongLength),
        (bytes([2, REF]), WrongLength),
        (bytes([4, REF, 0]), WrongKind),
        (bytes([2, 7]) + packet_of(0), WrongKind),
        (bytes([3, REF]) + packet_of(0), WrongKind),
        (whole(body(0, np.array([[0, 0, np.nan]]), np.zeros((1, 3)))), OutOfRange),
        (whole(body(0, np.array([[0, 0, np.inf]]), np.zeros((1, 3)))), OutOfRange),
        (whole(bytes(4) + b"\x01\x00\x80\x7f" * 6), OutOfRange),  # signalling NaN
        (whole(body(0, np.array([[0, 0, 1e9]]), np.zeros((1, 3)))), OutOfRange),
        (whole(body(0, np.array([AT_REST]), np.full((1, 3), -40001.0))), OutOfRange),
        (bytes([1, REF, 200]), WrongLength),
        (bytes([1, REF, 0xFF, 0xFF]), OutOfRange),
    ],
)
def test_what_is_no_packet_is_refused(data: bytes, error: type[ProtocolError]) -> None:
    with pytest.raises(error):
        movesense.MovesenseDecoder(104).feed(movesense.NOTIFY, data)


def test_halves_that_do_not_make_a_packet_are_refused() -> None:
    decoder = movesense.MovesenseDecoder(104)
    assert decoder.feed(movesense.NOTIFY, halves(packet_of(0), 100)[0][:-1]) == []
    with pytest.raises(WrongLength):
        decoder.feed(movesense.NOTIFY, halves(packet_of(0), 100)[1])


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        ("c800", Reply(REF, 200, "ok", True)),
        ("9401", Reply(REF, 404, "status 404", False)),
        ("01fb", Reply(REF, 507, "status 507", False)),
        ("c900aa", Reply(REF, 201, "ok", True, b"\xaa")),
    ],
)
def test_a_status_is_read_in_the_order_that_makes_sense(data: str, reply: Reply) -> None:
    assert movesense.MovesenseDecoder(104).feed(movesense.NOTIFY, bytes([1, REF]) + bytes.fromhex(data)) == [reply]


def test_hello_tells_who_it_is_and_has_no_status() -> None:
    data = bytes([1, movesense.HELLO_REF, 1]) + b"204030000123\0Movesense\0\0gsp\x001.2\0"
    reply, *said = movesense.MovesenseDecoder(104).feed(movesense.NOTIFY, data)
    assert isinstance(reply, Reply) and reply.ok and reply.op == movesense.HELLO_REF
    assert said == [
        Said("serial", "204030000123"),
        Said("model", "Movesense"),
        Said("app", "gsp"),
        Said("firmware", "1.2"),
    ]


@pytest.mark.parametrize(("wish_hz", "rate_hz"), [(10, 52), (52, 52), (77, 52), (79, 104), (100, 104), (200, 208)])
def test_the_rate_is_the_nearest_to_the_wish(wish_hz: int, rate_hz: int) -> None:
    hello, subscribe = movesense.CODEC.start(Wish(rate_hz=wish_hz))
    assert hello.optional and not subscribe.optional
    assert subscribe.data == bytes([1, REF]) + b"/Meas/IMU6/%d" % rate_hz
    layout = movesense.CODEC.decoder(Wish(rate_hz=wish_hz)).layout
    assert layout is not None
    assert (layout.rate_hz, layout.tick_s, layout.tick_bits, layout.apart) == (rate_hz, 1e-3, 32, False)


@pytest.mark.parametrize(
    ("advert", "fits"),
    [
        (Advert("Movesense 204030000123"), True),
        (Advert(None, frozenset({movesense.ADVERTISED})), True),
        (Advert(None, frozenset({movesense.SERVICE})), True),
        (Advert("Polar Sense 1"), False),
        (Advert(), False),
    ],
)
def test_it_is_known_by_name_or_service(advert: Advert, fits: bool) -> None:
    assert movesense.CODEC.fits(advert) is fits
