"""Blows to a file's bytes, each told by four numbers so that it can be dealt again."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

JUNK = (
    b"", b"nan", b"inf", b"-inf", b"1e300", b"-1e308", b"1e-300", b"x", b'"', b'""', b"null", b"None", b"--", b"1,5",
    b"1.2.3", b"0x10", b"1_000", b"9" * 400, b"\x00", b"\xff\xfe", b"\xe2\x82\xac", b"2026-13-45T99:99:99",
    b"18446744073709551616", b"-1", b"0", b"\r", b"\n\n", b"sep=;", b"\x1b[2J", b"\xd9\xa3", b"=1+1", b"1e", b"T",
)  # fmt: skip
"""What a cell may hold after an accident."""
SEPARATORS = (b",", b";", b"\t", b" ", b"|", b".", b":", b"T", b"\n", b"\r\n")


@dataclass(frozen=True, slots=True)
class Blow:
    """What happens (one of ``KINDS``), where (0 to 1 of the file), how much of it (0 to 1), and chance itself."""

    kind: str
    where: float
    much: float
    salt: int


def damaged(data: bytes, blows: Iterable[Blow]) -> bytes:
    """The bytes after these blows."""
    for blow in blows:
        data = _KINDS[blow.kind](data, blow)
    return data


def _span(size: int, blow: Blow) -> tuple[int, int]:
    first = int(blow.where * size)
    return first, min(size, first + 1 + int(blow.much * size))


def _cut_end(data: bytes, blow: Blow) -> bytes:
    return data[: int(blow.where * len(data))]


def _cut_start(data: bytes, blow: Blow) -> bytes:
    return data[int(blow.where * blow.much * len(data)) :]


def _cut_out(data: bytes, blow: Blow) -> bytes:
    first, last = _span(len(data), blow)
    return data[:first] + data[last:]


def _splice(data: bytes, blow: Blow) -> bytes:
    first, last = _span(len(data), blow)
    at = blow.salt % (len(data) + 1)
    return data[:at] + data[first:last] + data[at:]


def _flip(data: bytes, blow: Blow) -> bytes:
    if not data:
        return data
    changed, chance = bytearray(data), random.Random(blow.salt)
    first, last = _span(len(data), blow)
    for _ in range(1 + int(blow.much * 20)):
        changed[chance.randrange(first, max(last, first + 1)) % len(data)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _noise(data: bytes, blow: Blow) -> bytes:
    at = int(blow.where * len(data))
    return data[:at] + random.Random(blow.salt).randbytes(1 + int(blow.much * 200)) + data[at:]


def _zeros(data: bytes, blow: Blow) -> bytes:
    first, last = _span(len(data), blow)
    return data[:first] + bytes(last - first) + data[last:]


def _drop_lines(data: bytes, blow: Blow) -> bytes:
    lines = data.splitlines(keepends=True)
    first, last = _span(len(lines), blow)
    return b"".join(lines[:first] + lines[last:])


def _repeat_lines(data: bytes, blow: Blow) -> bytes:
    lines = data.splitlines(keepends=True)
    first, last = _span(len(lines), blow)
    return b"".join(lines[:last] + lines[first:last] * (1 + blow.salt % 3) + lines[last:])


def _move_lines(data: bytes, blow: Blow) -> bytes:
    lines = data.splitlines(keepends=True)
    first, last = _span(len(lines), blow)
    at = blow.salt % (len(lines) + 1)
    return b"".join(lines[:at] + lines[first:last] + lines[at:first] + lines[last:])


def _shuffle_lines(data: bytes, blow: Blow) -> bytes:
    lines = data.splitlines(keepends=True)
    first, last = _span(len(lines), blow)
    some = lines[first:last]
    random.Random(blow.salt).shuffle(some)
    return b"".join(lines[:first] + some + lines[last:])


def _header_again(data: bytes, blow: Blow) -> bytes:
    lines = data.splitlines(keepends=True)
    at = int(blow.where * len(lines))
    return b"".join(lines[:at] + lines[: 1 + blow.salt % 12] + lines[at:])


def _separators(data: bytes, blow: Blow) -> bytes:
    first, last = _span(len(data), blow)
    old, new = SEPARATORS[blow.salt % len(SEPARATORS)], SEPARATORS[blow.salt // 11 % len(SEPARATORS)]
    return data[:first] + data[first:last].replace(old, new) + data[last:]


def _cells(data: bytes, blow: Blow) -> bytes:
    """A cell, or as many below each other as ``much`` says, become junk."""
    lines = data.splitlines(keepends=True)
    separator = max((b",", b";", b"\t"), key=data.count)
    junk = JUNK[blow.salt % len(JUNK)]
    first, last = _span(len(lines), blow)
    for at in range(first, min(last, len(lines))):
        row = lines[at].split(separator)
        row[blow.salt // 37 % len(row)] = junk
        lines[at] = separator.join(row)
    return b"".join(lines)


def _encoding(data: bytes, blow: Blow) -> bytes:
    text = data.decode("utf-8", errors="replace")
    return text.encode(("utf-16", "utf-16-le", "utf-8-sig", "cp1252")[blow.salt % 4], errors="replace")


_KINDS: dict[str, Callable[[bytes, Blow], bytes]] = {
    "end cut off": _cut_end,
    "start cut off": _cut_start,
    "cut out": _cut_out,
    "spliced": _splice,
    "bits flipped": _flip,
    "noise": _noise,
    "zeros": _zeros,
    "lines dropped": _drop_lines,
    "lines repeated": _repeat_lines,
    "lines moved": _move_lines,
    "lines shuffled": _shuffle_lines,
    "header again": _header_again,
    "separators": _separators,
    "cells": _cells,
    "encoding": _encoding,
}
KINDS = tuple(_KINDS)
"""The kinds of blow."""
