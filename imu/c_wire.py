"""The C side of our wire format, called from Python: what a sensor's firmware runs, for tests and the virtual sensor.

``build`` compiles ``firmware_protocol/c``; ``library`` loads what was built. A :class:`CWire` has a counterpart of
every function of ``firmware_protocol.wire`` and ``.control``: same arguments, same answers, same errors.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import struct
import subprocess
import uuid
from collections.abc import Sequence
from ctypes import POINTER, Structure, byref, c_bool, c_int, c_int16, c_size_t, c_uint8, c_uint16, c_uint32, c_uint64
from functools import lru_cache
from pathlib import Path
from typing import Any

import firmware_protocol
from firmware_protocol import control, wire
from firmware_protocol.packet import OutOfRange, ProtocolError, WrongKind, WrongLength, WrongSum, WrongVersion

SOURCES = Path(firmware_protocol.__file__).parent / "c"
FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror", "-ffreestanding")
"""Warnings are errors, and only the headers that every compiler has are there."""
ERRORS: dict[int, type[ProtocolError]] = {
    -1: WrongLength,
    -2: WrongKind,
    -3: WrongVersion,
    -4: WrongSum,
    -5: OutOfRange,
}
"""``enum kb_error`` of kb_wire.h; -6, no room, cannot happen here."""
LONGEST = wire.HEADER_BYTES + 255 * wire.SAMPLE_BYTES


class CannotBuild(RuntimeError):
    """There is no compiler, or it refused. The text is what it said."""


class KbSample(Structure):
    """``struct kb_sample``."""

    _fields_ = [("acc", c_int16 * 3), ("gyr", c_int16 * 3)]


class KbData(Structure):
    """``struct kb_data``."""

    _fields_ = [
        ("t_us", c_uint32),
        ("seq", c_uint16),
        ("count", c_uint8),
        ("overflow", c_bool),
        ("changed", c_bool),
    ]


class KbInfo(Structure):
    """``struct kb_info``."""

    _fields_ = [
        *((name, c_uint32) for name in ("acc_lsb_nmps2", "gyr_lsb_nradps")),
        *((name, c_uint16) for name in ("rate_hz", "acc_range_g", "gyr_range_dps", "buffer_s", "boot")),
        *((name, c_uint8) for name in ("minor", "sensor", "axes")),
    ]


class KbRequest(Structure):
    """``struct kb_request``."""

    _fields_ = [
        ("first", c_uint32),
        *((name, c_uint16) for name in ("count", "token", "rate_hz", "acc_range_g", "gyr_range_dps", "latency_ms")),
        *((name, c_uint8) for name in ("seconds", "op")),
    ]


class KbAnswer(Structure):
    """``struct kb_answer``."""

    _fields_ = [
        ("received_us", c_uint64),
        *((name, c_uint32) for name in ("next", "first")),
        *((name, c_uint16) for name in ("count", "token", "took_us")),
        *((name, c_uint8) for name in ("op", "result")),
    ]


def _checkout() -> Path | None:
    root = SOURCES.parent.parent
    return root if (root / "pyproject.toml").is_file() else None


def _name() -> str:
    """Of the library: another one whenever the sources change, so that nothing old is ever loaded."""
    digest = hashlib.sha256()
    for path in sorted(SOURCES.glob("kb_*.[ch]")):
        digest.update(path.read_bytes())
    return f"libkickback-{digest.hexdigest()[:12]}.so"


def build(cc: str = "cc", folder: Path | None = None, flags: Sequence[str] = ()) -> Path:
    """Compile the C side to a shared library, unless that was done.

    Args:
        cc: the compiler.
        folder: where to; ``build/native`` of the checkout unless given.
        flags: more of them, such as ``-fsanitize=undefined``.

    Raises:
        CannotBuild: no compiler, no checkout to build in, or a warning.
    """
    if folder is None:
        root = _checkout()
        if root is None:
            raise CannotBuild("this is not a checkout: say which folder the C side is to be built in")
        folder = root / "build" / "native"
    path = folder / _name()
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / f"{path.name}.{os.getpid()}"
    sources = [str(source) for source in sorted(SOURCES.glob("kb_*.c"))]
    command = [cc, *FLAGS, *flags, "-O2", "-shared", "-fPIC", "-o", str(scratch), *sources]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CannotBuild(f"cannot run the C compiler {cc!r}: {error}") from error
    if done.returncode:
        raise CannotBuild(f"{cc} refused the C side:\n{done.stderr}")
    scratch.replace(path)
    return path


def library() -> CWire | None:
    """The C side where it is built (``make native``), or where KICKBACK_WIRE_LIB points; None elsewhere.

    Raises:
        OSError: KICKBACK_WIRE_LIB names a file that cannot be loaded.
    """
    named = os.environ.get("KICKBACK_WIRE_LIB")
    if named:
        return _load(Path(named))
    root = _checkout()
    path = root / "build" / "native" / _name() if root else None
    return _load(path) if path and path.exists() else None


@lru_cache(maxsize=4)
def _load(path: Path) -> CWire:
    return CWire(path)


def _check(number: int) -> int:
    """A length or a count as it is, an error as an exception."""
    if number < 0:
        raise ERRORS.get(number, ProtocolError)(f"the C side refuses: error {number} of kb_wire.h")
    return number


def _ours(packets: Sequence[wire.Sample]) -> Any:
    flat = [value for sample in packets for value in sample]
    return ctypes.cast((c_int16 * len(flat))(*flat), POINTER(KbSample))


def _theirs(samples: Any, count: int) -> tuple[wire.Sample, ...]:
    return tuple(struct.iter_unpack("=6h", ctypes.string_at(samples, count * ctypes.sizeof(KbSample))))


class CWire:
    """A built library. Everything raises ProtocolError for what the Python side refuses, with the same class."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.c = ctypes.CDLL(str(path))
        buffer, size, samples = ctypes.c_char_p, c_size_t, POINTER(KbSample)
        forms: dict[str, list[Any]] = {
            "samples_per_packet": [c_uint16],
            "encode_data": [buffer, size, POINTER(KbData), samples],
            "encode_backfill": [buffer, size, c_uint32, samples, c_uint8],
            "encode_info": [buffer, size, POINTER(KbInfo)],
            "encode_request": [buffer, size, POINTER(KbRequest)],
            "encode_answer": [buffer, size, POINTER(KbAnswer)],
            "decode_data": [buffer, size, POINTER(KbData), samples, size],
            "decode_backfill": [buffer, size, POINTER(c_uint32), samples, size],
            "decode_info": [buffer, size, POINTER(KbInfo)],
            "decode_request": [buffer, size, POINTER(KbRequest)],
            "decode_answer": [buffer, size, POINTER(KbAnswer)],
        }
        for name, form in forms.items():
            function = getattr(self.c, f"kb_{name}")
            function.argtypes, function.restype = form, c_int
        self.c.kb_crc16.argtypes, self.c.kb_crc16.restype = [c_uint16, buffer, size], c_uint16
        self.c.kb_uuid.argtypes, self.c.kb_uuid.restype = [buffer, c_int], None

    def _encode(self, name: str, *fields: Any) -> bytes:
        out = ctypes.create_string_buffer(LONGEST)
        size = _check(getattr(self.c, f"kb_{name}")(out, LONGEST, *fields))
        return out.raw[:size]

    def samples_per_packet(self, mtu: int) -> int:
        """See :func:`firmware_protocol.wire.samples_per_packet`."""
        wire.within(mtu, 16, "mtu")
        return _check(self.c.kb_samples_per_packet(mtu))

    def crc16(self, data: bytes) -> int:
        """See :func:`firmware_protocol.wire.crc16`."""
        return int(self.c.kb_crc16(0xFFFF, data, len(data)))

    def uuid(self, number: int) -> str:
        """Of the service (0), data (1), back-fill (2), control (3) or info (4), as a firmware hands it to its radio."""
        out = ctypes.create_string_buffer(16)
        self.c.kb_uuid(out, number)
        return str(uuid.UUID(bytes=out.raw[::-1]))

    def encode_data(
        self, seq: int, t_us: int, samples: Sequence[wire.Sample], overflow: bool = False, changed: bool = False
    ) -> bytes:
        """See :class:`firmware_protocol.wire.DataPacket`, which checks the fields."""
        wire.DataPacket(seq, t_us, tuple(samples), overflow, changed)
        return self._encode("encode_data", KbData(t_us, seq, len(samples), overflow, changed), _ours(samples))

    def encode_backfill(self, index: int, samples: Sequence[wire.Sample]) -> bytes:
        """See :class:`firmware_protocol.wire.BackfillPacket`, which checks the fields."""
        wire.BackfillPacket(index, tuple(samples))
        return self._encode("encode_backfill", index, _ours(samples), len(samples))

    def encode_info(self, info: wire.Info) -> bytes:
        """See :class:`firmware_protocol.wire.Info`."""
        return self._encode("encode_info", KbInfo(**{str(name): getattr(info, name) for name, *_ in KbInfo._fields_}))

    def encode_request(self, request: control.Request) -> bytes:
        """See the requests of :mod:`firmware_protocol.control`."""
        fields = {str(name): getattr(request, name) for name, *_ in KbRequest._fields_ if hasattr(request, name)}
        return self._encode("encode_request", KbRequest(op=control.Op[type(request).__name__.upper()], **fields))

    def encode_answer(self, answer: control.Answer) -> bytes:
        """See :class:`firmware_protocol.control.Answer`; the payload is taken apart here and put together in C."""
        decoded = control.decode_answer(answer.encode())
        fields: dict[str, int] = {}
        if decoded.result is control.Result.OK and decoded.op in PAYLOADS:
            form, names = PAYLOADS[decoded.op]
            fields = dict(zip(names, struct.unpack_from(form, decoded.payload), strict=True))
        return self._encode("encode_answer", KbAnswer(op=decoded.op, result=decoded.result, **fields))

    def decode_data(self, data: bytes) -> wire.DataPacket:
        """See :func:`firmware_protocol.wire.decode_data`."""
        head, samples = KbData(), (KbSample * 255)()
        count = _check(self.c.kb_decode_data(data, len(data), byref(head), samples, 255))
        return wire.DataPacket(head.seq, head.t_us, _theirs(samples, count), head.overflow, head.changed)

    def decode_backfill(self, data: bytes) -> wire.BackfillPacket:
        """See :func:`firmware_protocol.wire.decode_backfill`."""
        index, samples = c_uint32(), (KbSample * 255)()
        count = _check(self.c.kb_decode_backfill(data, len(data), byref(index), samples, 255))
        return wire.BackfillPacket(index.value, _theirs(samples, count))

    def decode_info(self, data: bytes) -> wire.Info:
        """See :func:`firmware_protocol.wire.decode_info`."""
        info = KbInfo()
        _check(self.c.kb_decode_info(data, len(data), byref(info)))
        return wire.Info(**{str(name): getattr(info, name) for name, *_ in KbInfo._fields_})

    def decode_request(self, data: bytes) -> control.Request:
        """See :func:`firmware_protocol.control.decode_request`."""
        found = KbRequest()
        _check(self.c.kb_decode_request(data, len(data), byref(found)))
        kind: Any = getattr(control, control.Op(found.op).name.capitalize())
        return kind(**{name: getattr(found, name) for name in kind.__dataclass_fields__})  # type: ignore[no-any-return]  # one of the five

    def decode_answer(self, data: bytes) -> control.Answer:
        """See :func:`firmware_protocol.control.decode_answer`; of the payload the known fields come back."""
        found = KbAnswer()
        _check(self.c.kb_decode_answer(data, len(data), byref(found)))
        payload = b""
        if found.result == control.Result.OK and found.op in PAYLOADS:
            form, names = PAYLOADS[found.op]
            payload = struct.pack(form, *(getattr(found, name) for name in names))
        return control.Answer(found.op, control.Result(found.result), payload)


PAYLOADS: dict[int, tuple[str, tuple[str, ...]]] = {
    control.Op.START: (control.Answer.START, ("next",)),
    control.Op.SYNC: (control.Answer.SYNC, ("token", "received_us", "took_us", "next")),
    control.Op.BACKFILL: (control.Answer.BACKFILL, ("first", "count")),
}
"""Layout and fields of the payloads of ``struct kb_answer``."""
