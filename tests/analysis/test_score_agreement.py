"""Others measure the same: the shared script and ours judge the same middling predictions alike."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.matching import columns_of_frame
from analysis.score import Score, phantoms, score, summarise

INSTANTS = ("start_s", "concentric_end_s", "eccentric_start_s", "end_s")
PHASES = ("concentric", "hold", "eccentric", "pause")
SAME = {
    "exact": "exact",
    "within_one": "within1",
    "perfect": "perfect",
    "found": "recall",
    "real": "precision",
    "filled": "filled",
    "pulses": "pulse_acc",
    "pulses_when_present": "pulse_acc_when_present",
    "excursion_deg.rmse": "rom_rmse",
    "excursion_deg.mean": "rom_bias",
    "axial_deg.rmse": "axial_rmse",
    "axial_abs_deg.rmse": "axial_abs_rmse",
    "hip_rotation_auc": "rotation_auc",
    "hip_rotation_sensitivity": "rotation_sensitivity",
    "hip_rotation_specificity": "rotation_specificity",
    "partial_sensitivity": "partial_sensitivity",
    "partial_specificity": "partial_specificity",
}
"""Our names of figures, and those of the shared script."""


def one_of(rng: np.random.Generator, *choices: tuple[float, Any]) -> Any:
    """One of several (chance, value)."""
    return choices[rng.choice(len(choices), p=[chance for chance, _ in choices])][1]


def middling(truth: dict[str, Any], rng: np.random.Generator) -> pd.DataFrame:
    """What a middling pipeline would say: late, early, missed, made up, unknown."""
    rows: list[dict[str, Any]] = []
    for rep in truth["reps"]:
        if rng.random() < 0.08:
            continue
        rows.append(
            {
                **{name: rep[name] + rng.normal(0, 0.04) for name in INSTANTS},
                "rom_deg": one_of(rng, (0.9, rep["excursion_deg"] + rng.normal(0, 1)), (0.1, None)),
                "peak_concentric_dps": rep["peak_vel_con_dps"],
                "peak_eccentric_dps": rep["peak_vel_ecc_dps"],
                "pulses": one_of(rng, (0.85, rep["pulses"]), (0.1, rep["pulses"] + 1), (0.05, None)),
                "axial_rotation_deg": rng.choice([-1, 1]) * rep["axial_rotation_deg"] + rng.normal(0, 4),
                "hip_rotation": one_of(rng, (0.8, rep["hip_rotation"]), (0.1, not rep["hip_rotation"]), (0.1, None)),
                "is_partial": bool(rep["is_partial"] != (rng.random() < 0.1)),
            }
        )
        if rng.random() < 0.05:
            late_s = 1.2 * (rep["end_s"] - rep["start_s"])
            rows.append(rows[-1] | {name: rows[-1][name] + late_s for name in INSTANTS})
    if truth["negative_kind"] and rng.random() < 0.3:
        rows.append(dict(zip(INSTANTS, (3.0, 4.0, 5.0, 6.0), strict=True)))
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def judged(datasets: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[Score]]:
    """The same middling predictions for the shared truths, judged by the shared script and by ours."""
    folder = datasets / "simulated"
    script = folder / "score.py"
    if not script.exists():
        pytest.skip("the shared data hold no score.py")
    out = tmp_path_factory.mktemp("predictions")
    rng = np.random.default_rng(11)
    scores = []
    for path in sorted((folder / "truth").glob("*.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        table = middling(truth, rng)
        table.to_csv(out / f"{truth['name']}.reps.csv", index=False)
        scores.append(score(truth, columns_of_frame(table)))
    done = subprocess.run(
        [sys.executable, script, folder / "truth", out, "--json", out / "said.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads((out / "said.json").read_text(encoding="utf-8")), scores


def by_suite(scores: list[Score], suite: str) -> list[Score]:
    with_reps = [one for one in scores if one.truth.negative is None]
    if suite == "no slow":
        return [one for one in with_reps if one.truth.suite != "slow"]
    return with_reps if suite == "overall" else [one for one in with_reps if one.truth.suite == suite]


@pytest.mark.parametrize("suite", ["overall", "no slow", "slow", "pulses", "rotation", "multiset", "everyday"])
def test_the_shared_script_measures_the_same(judged: tuple[dict[str, Any], list[Score]], suite: str) -> None:
    theirs = judged[0][suite] if suite in ("overall", "no slow") else judged[0]["suites"][suite]
    scores = by_suite(judged[1], suite)
    ours = {name: figure.value for name, figure in summarise(scores, resamples=2).items()}
    errors = [one.count_error for one in scores]
    assert np.mean(np.abs(errors)) == pytest.approx(theirs["count_mae"])
    for mine, their in SAME.items():
        expected = math.nan if theirs[their] is None else theirs[their]
        assert ours[mine] == pytest.approx(expected, rel=1e-6, abs=1e-9, nan_ok=True), mine
    for name, key in (*((f"{p}_s", p) for p in PHASES), *((k, f"b_{k}") for k in INSTANTS)):
        for what in ("median", "p95", "bias"):
            assert ours[f"{name}.{what}"] == pytest.approx(theirs[key][what], rel=1e-6, abs=1e-9), (name, what)


def test_the_shared_script_counts_the_same_phantoms(judged: tuple[dict[str, Any], list[Score]]) -> None:
    negatives = [one for one in judged[1] if one.truth.negative is not None]
    theirs = judged[0]["negatives"]["all"]
    assert sum(one.made_up for one in negatives) == theirs["false_reps"] > 0
    assert phantoms(negatives).value == pytest.approx(theirs["per_minute"])
    assert sum(one.perfect for one in negatives) == theirs["clean_recordings"]
