"""SPEC.md cannot lie: its bytes are in the vectors, its tables are those of the code."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import pytest

import firmware_protocol.packet
from firmware_protocol import control, registry, wire

FOLDER = Path(firmware_protocol.packet.__file__).parent
SPEC = (FOLDER / "SPEC.md").read_text(encoding="utf-8")
VECTORS = json.loads((FOLDER / "vectors" / "kickback.json").read_text(encoding="utf-8"))
EXAMPLES = re.findall(r"^```hex (\w+): ([^\n]+)\n(.*?)^```$", SPEC, re.MULTILINE | re.DOTALL)
FORMS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}


def tables(*head: str) -> list[list[list[str]]]:
    """The rows of every table whose head begins so."""
    found = []
    for block in re.findall(r"(?:^\|.*\|\n)+", SPEC, re.MULTILINE):
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block.splitlines()]
        if rows[0][: len(head)] == list(head):
            found.append(rows[2:])
    assert found, head
    return found


def section(heading: str) -> str:
    found = re.search(rf"^#+ {heading}\n(.*?)(?=^#)", SPEC, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


@pytest.mark.parametrize(("kind", "what", "text"), EXAMPLES, ids=[f"{kind}: {what}" for kind, what, _ in EXAMPLES])
def test_every_example_is_one_of_the_vectors(kind: str, what: str, text: str) -> None:
    (vector,) = [case for case in VECTORS[kind]["good"] if case["what"] == what]
    assert "".join(text.split()) == vector["hex"]


def test_there_is_an_example_of_every_kind() -> None:
    assert {kind for kind, _, _ in EXAMPLES} == {"data", "backfill", "info", "request", "answer"}
    assert SPEC.count("```hex") == len(EXAMPLES) >= 10


def test_the_uuids_are_those_of_the_code() -> None:
    ours = re.findall(r"`(6b6201\w\w-[\w-]{27})`", SPEC)
    assert ours == [wire.SERVICE, wire.DATA, wire.BACKFILL, wire.CONTROL, wire.INFO]
    for name, uuid in (
        ("Battery Level", registry.BATTERY_LEVEL),
        ("Serial Number", registry.SERIAL_NUMBER),
        ("Firmware Revision", registry.FIRMWARE_REVISION),
        ("Model Number", registry.MODEL_NUMBER),
    ):
        assert f"{name} `0x{uuid[4:8].upper()}`" in SPEC


@pytest.mark.parametrize(
    ("heading", "form"), [("3. Info", wire.Info.FORM), ("Data", "<BBHI"), ("Back-fill", "<BBIH"), ("Answers", "<BBB")]
)
def test_the_byte_tables_have_no_hole_and_the_types_of_the_code(heading: str, form: str) -> None:
    rows = section(heading).split("| byte |")[1].split("\n\n")[0]
    table = re.findall(r"^\| (\d+) \| ([\w·]*) \|", rows, re.MULTILINE)
    types = [kind for _, kind in table if kind in FORMS]
    assert "<" + "".join(FORMS[kind] for kind in types) == form
    ends = [0, *(struct.calcsize("<" + "".join(FORMS[kind] for kind in types[: i + 1])) for i in range(len(types)))]
    assert [int(offset) for offset, _ in table] == ends[: len(table)]


def test_the_requests_and_answers_are_those_of_the_code() -> None:
    (requests,) = tables("op", "name", "bytes after the op")
    assert {int(row[0]): row[1] for row in requests} == {int(op): op.name for op in control.Op}
    for row in requests:
        request = getattr(control, row[1].capitalize())
        fields = re.findall(r"(u\d+) (\w+)", row[2])
        assert [name for _, name in fields] == list(request.__dataclass_fields__)
        made = request(**dict.fromkeys(request.__dataclass_fields__, 1))
        assert len(made.encode()) == 1 + struct.calcsize("<" + "".join(FORMS[kind] for kind, _ in fields))
    (answers,) = tables("op", "payload of result 1")
    payloads = {row[0]: "<" + "".join(FORMS[kind] for kind in re.findall(r"u\d+", row[1])) for row in answers}
    assert (payloads["START"], payloads["SYNC"]) == (control.Answer.START, control.Answer.SYNC)
    assert (payloads["BACKFILL"], payloads["STOP, IDENTIFY"]) == (control.Answer.BACKFILL, "<")
    (results,) = tables("result", "name")
    assert {int(row[0]): row[1] for row in results} == {int(result): result.name for result in control.Result}


def test_the_flags_and_the_att_errors_are_those_of_the_code() -> None:
    (flags,) = tables("flag", "name")
    assert {row[1]: int(row[0].strip("`"), 16) for row in flags if row[1]} == {
        "back-fill": wire.BackfillPacket.FLAG,
        "overflow": wire.DataPacket.OVERFLOW,
        "changed": wire.DataPacket.CHANGED,
    }
    header = (FOLDER / "c" / "kb_sensor.h").read_text(encoding="utf-8")
    (errors,) = tables("ATT error")
    for error, name in zip((row[0].strip("`") for row in errors), ("INDICATIONS_OFF", "BUSY"), strict=True):
        assert re.search(rf"KB_ATT_{name} = {error}\b", header)


def test_the_table_of_mtus_is_right() -> None:
    (mtus,) = tables("MTU", "samples", "bytes")
    assert [int(row[0]) for row in mtus] == [23, 185, 247]
    for row in mtus:
        samples = wire.samples_per_packet(int(row[0]))
        assert [int(row[1]), int(row[2])] == [samples, wire.HEADER_BYTES + samples * wire.SAMPLE_BYTES]


def test_the_figures_of_wrapping_and_of_scales_are_right() -> None:
    assert f"{2**16 / 200:.2f} s at 200 Hz, {2**16 / 100:.2f} s at 100 Hz" in SPEC
    assert "{} min {} s".format(*divmod(round(2**32 / 1e6), 60)) in SPEC
    assert f"{2**32 / 200 / 86400:.1f}".startswith("248.") and "248 days at 200 Hz" in SPEC
    words = " ".join(SPEC.split())
    assert f"has {round(0.488e-3 * 9.80665e9)} " in words
    assert f"{round(70e-3 * 3.141592653589793 / 180 * 1e9)}." in words
