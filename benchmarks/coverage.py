"""Do the intervals of ``compare`` hold the truth as often as they say: 95 of 100 times?

    python benchmarks/coverage.py [--studies N] [--out FILE]

Simulated: tables of reps (not signals) of small studies whose effects are known, drawn anew N times: 6 people a group,
or 12 people in two conditions, 2 sessions, 4 sets a session and condition, 6 reps; one set in ten is lost. People
differ, and so do their sessions, sets, legs, conditions and the slopes within their sets. Each study is compared twice:
by the model with what is each person's own, and by the nested terms ``(1|subject/session/set)`` alone.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import pandas as pd
from rich.progress import track

from analysis.design import model_of
from analysis.intervals import share
from analysis.study import study_of
from benchmarks.machine import out_argument, write_result

TRUE = {"by": 0.3, "side": 0.25, "by:side": 0.1, "rep": 0.02}
SD = {"person": 0.3, "session": 0.1, "set": 0.1, "leg": 0.1, "condition": 0.1, "slope": 0.015, "rep": 0.15}
PEOPLE, SESSIONS, SETS, REPS, LOST = 12, 2, 4, 6, 0.1


def study(seed: int, within: bool) -> pd.DataFrame:
    """A table of reps; the level is the condition, or the group of which half of the people are."""
    rng = np.random.default_rng(seed)
    conditions = ("a", "b") if within else ("",)
    rows = []
    for person in range(PEOPLE):
        middle, slope = rng.normal(0, SD["person"]), TRUE["rep"] + rng.normal(0, SD["slope"])
        legs = rng.normal(0, SD["leg"], 2)
        own = rng.normal(0, SD["condition"], len(conditions)) * within
        for session in range(SESSIONS):
            today = rng.normal(0, SD["session"])
            for number, condition in enumerate(conditions):
                on = float(number if within else person % 2)
                for number_of_set in range(SETS):
                    if rng.random() < LOST:
                        continue
                    right = number_of_set % 2 - 0.5
                    level = TRUE["by"] * on + (TRUE["side"] - TRUE["by:side"] / 2 + TRUE["by:side"] * on) * right
                    level += middle + today + rng.normal(0, SD["set"]) + legs[number_of_set % 2] + own[number]
                    course = slope * (np.arange(REPS) - (REPS - 1) / 2)
                    for rep, value in enumerate(level + course + rng.normal(0, SD["rep"], REPS)):
                        recording = f"{person}/{session}{condition}"
                        leg, level_name = ("left", "right")[number_of_set % 2], condition or "ab"[person % 2]
                        rows.append((str(person), str(session), level_name, recording, number_of_set, rep, leg, value))
    columns = ["subject", "session", "level", "recording", "set", "rep", "leg", "eccentric_s"]
    return pd.DataFrame(rows, columns=columns)


def main() -> None:
    """Compare many studies and count the intervals that hold the truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=500, help="how many of either kind")
    out_argument(parser, "coverage")
    arguments = parser.parse_args()
    held: dict[tuple[bool, bool, str], list[bool]] = {}
    converged = []
    for seed in track(range(arguments.studies), description="comparing"):
        for within in (False, True):
            made = study_of(study(seed, within), "level", ["eccentric_s"])
            for own in (True, False):
                model = model_of(made, "eccentric_s", own=own)
                converged.append(model.fit["converged"])
                for row in model.effects:
                    hit = row["low"] < TRUE[row["kind"]] < row["high"]
                    held.setdefault((within, own, row["kind"]), []).append(bool(hit))
    result: dict[str, Any] = {"simulated": True, "studies": arguments.studies, "people": PEOPLE, "sd": SD, "true": TRUE}
    result |= {"models": len(converged), "converged": sum(converged)}
    result["coverage"] = [_row(key, hits) for key, hits in held.items()]
    write_result(arguments.out, result)


def _row(key: tuple[bool, bool, str], hits: list[bool]) -> dict[str, Any]:
    within, own, kind = key
    found = share([[hit] for hit in hits])
    row = {"levels": "the same people" if within else "different people", "own": own, "effect": kind}
    return row | {"n": found.n, "held": found.value, "low": found.low, "high": found.high}


EFFECTS = {
    "by": "a level less the reference",
    "side": "right less left",
    "by:side": "how the sides differ between levels",
    "rep": "per rep",
}


def page_table(result: dict[str, Any]) -> str:
    """The table of the page on comparing: percent of the intervals that hold the truth."""
    lines = ["| levels | effect | with each person's own | nested terms alone |", "|---|---|---:|---:|"]
    rows = {(row["levels"], row["effect"], row["own"]): row for row in result["coverage"]}
    for levels in ("different people", "the same people"):
        for effect, words in EFFECTS.items():
            cells = (rows[levels, effect, own] for own in (True, False))
            shown = [f"{100 * row['held']:.1f} ({100 * row['low']:.1f} to {100 * row['high']:.1f})" for row in cells]
            lines.append(f"| {levels} | {words} | {shown[0]} | {shown[1]} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
