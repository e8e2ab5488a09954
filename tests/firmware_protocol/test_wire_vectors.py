"""Our wire format, bytes and fields: the Python and the C side against the same vectors/kickback.json."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, Protocol

import pytest

import firmware_protocol.packet
from firmware_protocol import control, wire
from firmware_protocol.codecs.kickback import CODEC
from firmware_protocol.packet import ProtocolError
from firmware_protocol.registry import Wish
from imu.c_wire import PAYLOADS, CWire

VECTORS = json.loads(
    (Path(firmware_protocol.packet.__file__).parent / "vectors" / "kickback.json").read_text(encoding="utf-8")
)
KINDS = ("data", "backfill", "info", "request", "answer")


class Side(Protocol):
    """One of the two implementations."""

    def encode(self, kind: str, fields: dict[str, Any]) -> bytes: ...

    def decode(self, kind: str, data: bytes) -> Any: ...

    def samples_per_packet(self, mtu: int) -> int: ...

    def crc16(self, data: bytes) -> int: ...


def made(kind: str, fields: dict[str, Any]) -> Any:
    """The dataclass with these fields of the vectors."""
    if kind in ("data", "backfill"):
        fields = {**fields, "samples": tuple(tuple(sample) for sample in fields["samples"])}
        return wire.DataPacket(**fields) if kind == "data" else wire.BackfillPacket(**fields)
    if kind == "info":
        return wire.Info(**fields)
    if kind == "request":
        request: Any = getattr(control, fields["op"].capitalize())
        return request(**{name: value for name, value in fields.items() if name != "op"})
    payload = b""
    if fields["result"] == "OK" and fields["op"] in PAYLOADS:
        form, names = PAYLOADS[fields["op"]]
        payload = struct.pack(form, *(fields[name] for name in names))
    return control.Answer(fields["op"], control.Result[fields["result"]], payload)


class PythonSide:
    samples_per_packet = staticmethod(wire.samples_per_packet)
    crc16 = staticmethod(wire.crc16)

    def encode(self, kind: str, fields: dict[str, Any]) -> bytes:
        encoded: bytes = made(kind, fields).encode()
        return encoded

    def decode(self, kind: str, data: bytes) -> Any:
        return getattr(wire if hasattr(wire, f"decode_{kind}") else control, f"decode_{kind}")(data)


class CSide:
    def __init__(self, built: CWire) -> None:
        self.built = built
        self.samples_per_packet = built.samples_per_packet
        self.crc16 = built.crc16

    def encode(self, kind: str, fields: dict[str, Any]) -> bytes:
        encode = getattr(self.built, f"encode_{kind}")
        encoded: bytes = encode(**fields) if kind in ("data", "backfill") else encode(made(kind, fields))
        return encoded

    def decode(self, kind: str, data: bytes) -> Any:
        return getattr(self.built, f"decode_{kind}")(data)


@pytest.fixture(params=["python", "c"])
def side(request: pytest.FixtureRequest) -> Side:
    return PythonSide() if request.param == "python" else CSide(request.getfixturevalue("built"))


def cases(part: str, *kinds: str) -> list[Any]:
    return [
        pytest.param(kind, case, id=f"{kind}: {case['what']}")
        for kind in kinds or KINDS
        for case in VECTORS[kind][part]
    ]


@pytest.mark.parametrize(("kind", "case"), cases("good"))
def test_bytes_become_fields_and_fields_become_bytes(side: Side, kind: str, case: dict[str, Any]) -> None:
    data = bytes.fromhex(case["hex"])
    found, expected = side.decode(kind, data), made(kind, case["fields"])
    if case.get("decode_only"):
        if kind == "answer":  # Python keeps what a later version appended, C leaves it
            found = control.Answer(found.op, found.result, found.payload[: len(expected.payload)])
        assert side.encode(kind, case["fields"]) != data
    else:
        assert side.encode(kind, case["fields"]) == data
    assert found == expected


@pytest.mark.parametrize(("kind", "case"), cases("bad"))
def test_bad_bytes_are_told_by_kind(side: Side, kind: str, case: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as caught:
        side.decode(kind, bytes.fromhex(case["hex"]))
    assert type(caught.value).__name__ == case["error"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["what"])
def test_fields_that_no_packet_can_carry_are_refused(side: Side, case: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as caught:
        side.encode(case["kind"], case["fields"])
    assert type(caught.value).__name__ == case["error"]


def test_the_vectors_have_every_error_and_every_kind() -> None:
    errors = {case["error"] for kind in KINDS for case in VECTORS[kind]["bad"]}
    assert errors == {"WrongLength", "WrongKind", "WrongVersion", "WrongSum", "OutOfRange"}
    assert {case["kind"] for case in VECTORS["refused"]} == set(KINDS) - {"answer"}


def test_packets_by_mtu(side: Side) -> None:
    assert {mtu: side.samples_per_packet(int(mtu)) for mtu in VECTORS["samples_per_packet"]} == VECTORS[
        "samples_per_packet"
    ]
    for mtu in VECTORS["no_mtu"]:
        with pytest.raises(ProtocolError):
            side.samples_per_packet(mtu)


def test_the_sum(side: Side) -> None:
    assert {data: f"{side.crc16(bytes.fromhex(data)):04x}" for data in VECTORS["crc16"]} == VECTORS["crc16"]


def test_uuids(built: CWire) -> None:
    uuids = VECTORS["uuids"]
    assert (uuids["service"], uuids["data"], uuids["backfill"]) == (wire.SERVICE, wire.DATA, wire.BACKFILL)
    assert (uuids["control"], uuids["info"]) == (wire.CONTROL, wire.INFO)
    assert [built.uuid(number) for number in range(5)] == list(uuids.values())


def test_the_codec_writes_what_the_vectors_say() -> None:
    requests = {case["what"]: case["hex"] for case in VECTORS["request"]["good"]}
    wish = Wish(rate_hz=100, acc_range_g=16, gyr_range_dps=2000, latency_ms=50)
    assert [command.data.hex() for command in CODEC.start(wish)] == [requests["start: 100 Hz, 16 g, 2000 deg/s, 50 ms"]]
    assert [command.data.hex() for command in CODEC.stop()] == [requests["stop"]]
    assert CODEC.sync(0xBEEF).data.hex() == requests["sync with token 0xbeef"]
    assert CODEC.backfill(66049, 300).data.hex() == requests["back-fill: 300 samples from 66049 on"]
