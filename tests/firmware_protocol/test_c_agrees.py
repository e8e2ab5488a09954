"""The Python and the C side of our wire format on whatever bytes and fields Hypothesis comes up with."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol import control, wire
from firmware_protocol.packet import ProtocolError
from imu.c_wire import PAYLOADS, CWire

KINDS = ("data", "backfill", "info", "request", "answer")

U8, U16, U32, U64 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32, 64))
SAMPLES = st.lists(st.tuples(*[st.integers(-32768, 32767)] * 6), min_size=1, max_size=42).map(tuple)
DATA = st.builds(wire.DataPacket, U16, U32, SAMPLES, st.booleans(), st.booleans())
BACKFILL = st.builds(wire.BackfillPacket, U32, SAMPLES)
INFO = st.builds(
    wire.Info, U8, U8, st.integers(1, 65535), U16, U16, st.integers(1, 2**32 - 1), st.integers(1, 2**32 - 1), U16, U16
)
REQUEST = st.one_of(
    st.builds(control.Start, U16, U16, U16, U16),
    st.just(control.Stop()),
    st.builds(control.Sync, U16),
    st.builds(control.Backfill, U32, st.integers(1, 65535)),
    st.builds(control.Identify, U8),
)
ANSWER = st.one_of(
    st.builds(control.Answer, U8, st.sampled_from([result for result in control.Result if result != 1])),
    st.builds(control.Answer, st.sampled_from([0, 2, 5, 6, 255]), st.just(control.Result.OK)),
    st.builds(
        lambda op, fields: control.Answer(op, control.Result.OK, struct.pack(PAYLOADS[op][0], *fields)),
        st.just(3),
        st.tuples(U16, U64, U16, U32),
    ),
    st.builds(lambda next_: control.Answer(1, control.Result.OK, struct.pack("<I", next_)), U32),
    st.builds(lambda *some: control.Answer(4, control.Result.OK, struct.pack("<IH", *some)), U32, U16),
)
PACKETS: dict[str, st.SearchStrategy[Any]] = {
    "data": DATA,
    "backfill": BACKFILL,
    "info": INFO,
    "request": REQUEST,
    "answer": ANSWER,
}


def in_c(built: CWire, kind: str, packet: Any) -> bytes:
    if kind == "data":
        return built.encode_data(packet.seq, packet.t_us, packet.samples, packet.overflow, packet.changed)
    if kind == "backfill":
        return built.encode_backfill(packet.index, packet.samples)
    encoded: bytes = getattr(built, f"encode_{kind}")(packet)
    return encoded


def in_python(kind: str) -> Callable[[bytes], Any]:
    decode: Callable[[bytes], Any] = getattr(wire, f"decode_{kind}", None) or getattr(control, f"decode_{kind}")
    return decode


def outcome(decode: Callable[[bytes], Any], data: bytes) -> Any:
    """What comes back, or the class of the error."""
    try:
        found = decode(data)
    except ProtocolError as error:
        return type(error).__name__
    if isinstance(found, control.Answer):  # the known part: Python keeps what a later version appended
        known = found.result is control.Result.OK and found.op in PAYLOADS
        length = struct.calcsize(PAYLOADS[found.op][0]) if known else 0
        return control.Answer(found.op, found.result, found.payload[:length])
    return found


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_one_encodes_what_the_other_encodes_and_each_decodes_it(built: CWire, kind: str, data: st.DataObject) -> None:
    packet = data.draw(PACKETS[kind])
    encoded = packet.encode()
    assert in_c(built, kind, packet) == encoded
    assert in_python(kind)(encoded) == packet
    assert getattr(built, f"decode_{kind}")(encoded) == packet


def damaged(kind: str) -> st.SearchStrategy[bytes]:
    """Packets of this kind with bytes changed, cut off and put on, and with the sum made right again."""

    def damage(packet: Any, flips: list[tuple[int, int]], cut: int, more: bytes, mend: bool) -> bytes:
        data = bytearray(packet.encode())
        for place, value in flips:
            data[place % len(data)] = value
        del data[len(data) - min(cut, len(data)) :]
        data += more
        if mend and kind == "backfill" and len(data) >= 8:
            data[6:8] = struct.pack("<H", wire.crc16(bytes(data[:6] + data[8:])))
        return bytes(data)

    flips = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 255)), max_size=2)
    cuts = st.one_of(st.just(0), st.integers(0, 30))
    return st.builds(damage, PACKETS[kind], flips, cuts, st.binary(max_size=2), st.booleans())


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_both_say_the_same_of_any_bytes(built: CWire, kind: str, data: st.DataObject) -> None:
    raw = data.draw(st.one_of(st.binary(max_size=40), damaged(kind)))
    assert outcome(getattr(built, f"decode_{kind}"), raw) == outcome(in_python(kind), raw)


@given(data=st.binary(max_size=300))
def test_both_have_the_same_sum(built: CWire, data: bytes) -> None:
    assert built.crc16(data) == wire.crc16(data)


@given(mtu=st.integers(0, 65535))
def test_both_have_the_same_packets_by_mtu(built: CWire, mtu: int) -> None:
    def count(samples_per_packet: Callable[[int], int]) -> int | str:
        try:
            return samples_per_packet(mtu)
        except ProtocolError as error:
            return type(error).__name__

    assert count(built.samples_per_packet) == count(wire.samples_per_packet)
