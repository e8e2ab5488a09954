"""Every sentence that can come to the page from anywhere is known there, and so is there in each language."""

from __future__ import annotations

import ast
import errno
import inspect
import math
import os
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from analysis import describe
from analysis.params import Params, Tempo
from analysis.presets import PRESETS
from firmware_protocol.registry import Advert
from imu import append, ble_errors
from imu.finding import none_found
from imu.link import Found
from imu.plausibility import Plausibility, _findings
from imu.status import Status
from imu.units import DEG_PER_RAD, G0_MPS2, RAD_PER_DEG
from kickback.commands.replay import OVER, Shown
from kickback.live import company, goingon
from kickback.live.board import Board
from kickback.live.keeping import NOT_KEPT
from kickback.live.link import LinkBoard, LinkNow
from kickback.live.notice import said_of
from kickback.live.stage import Stage
from kickback.live.strap import Plan
from kickback.page import commands, corrections, hub, model, view
from kickback.page.said import Said, all_said, said
from kickback.page.sentences import SENTENCES
from kickback.session import analyze, load
from kickback.store import trouble
from kickback.words import flags
from recordings import csv_tail, shipped_path

FULL = os.strerror(errno.ENOSPC)
BESIDE_THE_TABLE = "; the table goes on without it"


def unknown(sentences: Iterator[str]) -> list[str]:
    """Those of the sentences that the page has no key for, or that have a part without one."""
    found = list(sentences)
    assert found, "nothing is looked at"
    return [text for text in found if not whole(said(text))]


def whole(one: Said) -> bool:
    return one["key"] is not None and all(whole(value) for value in one["values"].values() if isinstance(value, dict))


def calibrations() -> Iterator[str]:
    joints = {exercise.pivot or "joint" for exercise in PRESETS.values()} | {"joint"}
    for joint, slip, quality, steady in product(sorted(joints), (0.0, 20.0), (0.1, 0.7, 0.9), (0.5, 0.9)):
        yield describe._sentence(quality, slip, steady, joint)
    yield from samples(goingon, "Calibration", at=1)


def findings() -> Iterator[str]:
    """All that a look at the physics can say: each number of it good and bad."""
    figures: dict[str, Any] = dict.fromkeys(Plausibility.__slots__, math.nan)
    nothing = Plausibility(**figures)
    fine = replace(nothing, frozen_s=0.0, gyr_axes="", findings=())
    yield from _findings(replace(fine, acc_factor=1.0))
    told = replace(fine, gravity_mps2=9.81, acc_factor=1.0, turn_ratio=1.0, turn_agreement=0.9, gyr_factor=1.0)
    assert _findings(told) == ()
    changes: dict[str, tuple[Any, ...]] = {
        "acc_factor": (None, 0.0, G0_MPS2, G0_MPS2 / 1000),
        "turn_ratio": (math.nan, math.inf, 0.5),
        "gyr_factor": (RAD_PER_DEG, DEG_PER_RAD),
        **dict.fromkeys(("gyr_bias_radps", "acc_noise_mps2", "gyr_noise_radps", "frozen_s"), (1.5,)),
        **dict.fromkeys(("acc_saturated", "gyr_saturated"), (0.25,)),
    }
    for name, values in changes.items():
        for value in values:
            changed: dict[str, Any] = {name: value}
            found = _findings(replace(told, **changed))
            assert found, (name, value)
            yield from found
    for axes in ("", "-x, -y, -z", "y, x, z"):
        yield from _findings(replace(told, gyr_factor=None, gyr_axes=axes))


def links() -> Iterator[str]:
    """The link away, gone, catching up, back with and without a loss, nothing recorded."""
    now = LinkNow("streaming", at_s=1.0, age_s=0.1, rate_hz=100.0)
    for late, gone in product((0, 180), (0, 50)):
        board = LinkBoard()
        for look in (
            now,
            replace(now, state="lost", at_s=4.0, age_s=3.0),
            replace(now, state="catching up", at_s=5.0),
            replace(now, at_s=6.0, backfilled=late, lost=gone),
            replace(now, at_s=7.0, backfilled=late, lost=gone),
            replace(now, state="lost", at_s=10.0, age_s=3.0),
            replace(now, state="stopped", at_s=20.0, age_s=3.0),
        ):
            board.take(look)
            one = said_of(board)
            yield from one.lines if one else ()
    for why in files_in_trouble():
        board = LinkBoard()
        board.take(replace(now, disk=why))
        one = said_of(board)
        assert one is not None and one.key == "disk"
        yield from one.lines


def files_in_trouble() -> Iterator[str]:
    path = Path("a b.kbraw")
    for number in (*append._WHY, errno.EACCES, errno.EPERM, errno.ENOENT):
        yield append._line(path, OSError(number, os.strerror(number)))
        yield f"{path}: cannot be written ({os.strerror(number)}){BESIDE_THE_TABLE}"
    assert BESIDE_THE_TABLE in inspect.getsource(csv_tail)
    yield f"{path}: {append.GONE}"


def sensors() -> Iterator[str]:
    """What is to be put right before the set."""
    for name in (None, "Kickback 7"):
        status = Status(name=name, battery_percent=5, rssi_dbm=-95)
        status.unrecorded = f"The recording ended: {FULL}. The session goes on without it."
        assert len(status.warnings) == 3
        yield from status.warnings


def banners() -> Iterator[str]:
    recording = load(shipped_path("clean_set"))
    for extra in ({}, {"started": "2026-11-24T18:00:00+01:00"}):
        header = replace(recording.header, extra=extra, simulated=True)
        one = replace(recording, header=header)
        yield from Shown(one, Params(), 1.0, "clean set.csv").stage().lines
        yield from Plan((), None, wish=None, folder=Path(), played=one).banners  # type: ignore[arg-type]  # no sensor
    yield from Stage([], simulated=True).lines


def stores() -> Iterator[str]:
    lines = [*trouble._PLAIN.values(), trouble.damaged("row 7 is missing")]
    for line in lines:
        yield f"{NOT_KEPT}: /a b/store.sqlite3: {line}"
        yield f"{NOT_KEPT}: /a b/store.sqlite3: {line}; the raw file has everything"


def ends() -> Iterator[str]:
    yield from (OVER, company.MAKING, "`kickback live --resume` goes on with this session.")
    yield "The page had a fault: RuntimeError: a fault of ours; please report it"
    for count, raw in ((1, Path("a b.kbraw")), (2, None)):
        lanes = {lane: SimpleNamespace(raw=raw) for lane in range(count)}
        before = SimpleNamespace(rows=[SimpleNamespace(lanes=lanes)], worn=lanes, sets=lambda lane: lane + 2)
        yield goingon.Earlier.remark(before)  # type: ignore[arg-type]  # as much of it as the line needs


def nobody() -> Iterator[str]:
    """Why a replay is shown instead of a session."""
    others = [Found(str(number), Advert(f"Lamp {number}")) for number in range(2)]
    for heard, wanted in product((0, 1, 2), (None, "Kickback 7")):
        yield str(none_found(others[:heard], wanted, 10.0))
    yield from samples(ble_errors, "NoAdapter", "in_words")
    yield from (*ble_errors._REASONS.values(), *ble_errors._DBUS.values())


def refusals() -> Iterator[str]:
    for module in (commands, corrections, model):
        yield from (text for text in samples(module, "BadCommand") if text != "7 must be a number from 0 to 7")
        yield from (f"{what} must be a number from 0 to 7" for what in samples(module, "amount", at=1))
    yield from (hub.MAY_ONLY_LOOK, view.FAULTY)


def of_reps() -> Iterator[str]:
    """Flags and advice, each fault alone."""
    events = analyze(load(shipped_path("clean_set"))).all_reps
    good = replace(events[0], hip_rotation=False, rushed=False, is_partial=False, pulses=0, missing_s=0.0)
    assert flags(replace(good, uncertain=False)) == []
    faults: tuple[dict[str, Any], ...] = ({"hip_rotation": True}, {"rushed": True}, {"is_partial": True})
    for fault in (*faults, {"pulses": 1}, {"pulses": 3}, {"missing_s": 0.4}, {"uncertain": True}):
        rep = replace(good, **fault)
        yield from flags(rep)
        if fault in faults:
            board = Board(Tempo())
            board.take([rep])
            assert board.advice is not None
            yield board.advice


def samples(module: ModuleType, called: str, within: str | None = None, at: int = 0) -> Iterator[str]:
    """Each text that a module gives to ``called`` as argument ``at``, with 7 for whatever it puts in."""
    tree = ast.parse(inspect.getsource(module))
    for part in ast.walk(tree):
        if within is None or (isinstance(part, ast.FunctionDef) and part.name == within):
            for call in ast.walk(part):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == called:
                    yield from texts_of(call.args[at])
            if within is None:
                return


def texts_of(node: ast.expr) -> list[str]:
    """What an expression can give; both ways of a condition."""
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return [*texts_of(node.body), *texts_of(node.orelse)]
    if isinstance(node, ast.FormattedValue):
        inner = texts_of(node.value) if isinstance(node.value, ast.IfExp) else ["7"]
        return [repr(text) if node.conversion == ord("r") else text for text in inner]
    if isinstance(node, ast.Subscript):
        return []  # of a table, which is looked at whole
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        return texts_of(node.args[1])
    if isinstance(node, ast.BoolOp):
        return [text for value in node.values for text in texts_of(value)]
    if isinstance(node, ast.JoinedStr):
        return ["".join(parts) for parts in product(*map(texts_of, node.values))]
    if isinstance(node, ast.BinOp):
        return ["".join(parts) for parts in product(texts_of(node.left), texts_of(node.right))]
    return ["7"]


SOURCES = (calibrations, findings, links, sensors, banners, stores, ends, nobody, refusals, of_reps)


@pytest.mark.parametrize("source", SOURCES)
def test_every_sentence_is_known_to_the_page(source: Any) -> None:
    assert unknown(source()) == []


def test_no_key_is_left_that_nothing_says() -> None:
    def keys(one: Said) -> Iterator[str | None]:
        yield one["key"]
        for value in one["values"].values():
            if isinstance(value, dict):
                yield from keys(value)

    heard = {key for source in SOURCES for text in source() for key in keys(said(text))}
    assert sorted(set(SENTENCES) - heard) == []


def test_values_are_numbers_texts_and_other_sentences() -> None:
    assert said("LINK LOST 3 s: reconnecting, the count is kept")["values"] == {"n": 3}
    assert said("SIMULATED: no person made these movements.")["values"] == {}
    assert said("REPLAY of 7.5: a set.csv, not live")["values"] == {"name": "7.5: a set.csv"}
    (one,) = all_said([f"{NOT_KEPT}: /a.sqlite3: the disk is full; make room"])
    inner = one["values"]["why"]
    assert (inner["key"], inner["values"]["path"]) == ("said.of_file", "/a.sqlite3")
    assert inner["values"]["why"] == {"text": "the disk is full; make room", "key": "said.store.full", "values": {}}


def test_a_sentence_that_is_not_known_goes_as_it_is() -> None:
    assert said("tea: is ready") == {"text": "tea: is ready", "key": None, "values": {}}
    why = said("NOT RECORDED: the dog ate it")["values"]["why"]
    assert why == {"text": "the dog ate it", "key": None, "values": {}}


def test_what_is_said_can_be_changed_by_who_took_it() -> None:
    said("LINK LOST 3 s: reconnecting, the count is kept")["values"]["n"] = 4
    assert said("LINK LOST 3 s: reconnecting, the count is kept")["values"] == {"n": 3}
