"""Measure the pipeline on simulated recordings with truth, and write the figures down as JSON.

    python benchmarks/accuracy.py [--shared DIR] [--own N_PER_KIND] [--negatives N] [--seed S] [--out FILE]

``--shared`` names a folder with recordings/*.csv and truth/*.json. The others are made on the fly by our own
simulator, N of each kind, from seeds the pipeline was not tuned on. Everything here is simulated.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import track

from analysis.intervals import RESAMPLES, clustered, rate
from analysis.matching import TrueRep
from analysis.params import Params
from analysis.results import Rep
from analysis.score import Delays, Score, area_under_curve, delays, phantoms, score, spread, summarise
from benchmarks.machine import out_argument, write_result
from imu.blocks import FloatArray, Recording
from imu.simulate import NEGATIVES, SUITES, simulate
from kickback.session import collect, load, pipeline_for, run

OTHER_EXERCISES = ("side", "kicks")
"""Side raises and front kicks: done for reps, and not always told from a kickback by one sensor."""


@dataclass(frozen=True)
class Job:
    """One recording to measure: a kind and a seed of ours, perhaps with another sensor, or a file with its truth."""

    kind: str = ""
    seed: int = 0
    sensor: str | None = None
    path: Path | None = None


@dataclass(frozen=True)
class Measured:
    """What came of one recording."""

    score: Score
    delays: Delays


def measure(job: Job) -> Measured:
    """Make or read a recording, analyze it, judge it."""
    recording, truth = _obtain(job)
    legs = [part["leg"] for part in truth["sets"] if part["visible"]]
    params = Params(legs=tuple(legs[:1] if len(set(legs)) == 1 else legs))
    events = list(run(pipeline_for(recording, params), recording.blocks()))
    said = [event for event in events if isinstance(event, Rep)]
    return Measured(
        score(truth, collect(recording, params, events).all_reps),
        delays(truth, said, recording.rate_hz, recording.header.start_s),
    )


def _obtain(job: Job) -> tuple[Recording, Mapping[str, Any]]:
    if job.path is None:
        made = simulate(job.kind, job.seed, sensor=job.sensor)
        return made.recording(), made.truth
    truth = job.path.parents[1] / "truth" / f"{job.path.stem}.json"
    return load(job.path), json.loads(truth.read_text(encoding="utf-8"))


def report(measured: Sequence[Measured], resamples: int) -> dict[str, Any]:
    """Everything said about one set of recordings."""
    with_reps = [one for one in measured if one.score.truth.negative is None]
    without = [one.score for one in measured if one.score.truth.negative is not None]
    kinds = list(dict.fromkeys(one.score.truth.suite for one in with_reps))
    groups = {kind: [one for one in with_reps if one.score.truth.suite == kind] for kind in kinds}
    groups |= {"no slow": [one for one in with_reps if one.score.truth.suite != "slow"], "all": with_reps}
    return {
        "kinds": {name: _group([one.score for one in group], resamples) for name, group in groups.items() if group},
        "negatives": _negatives(without),
        "true_rotation": _true_rotation([rep for one in with_reps for rep in one.score.truth.reps]),
        "delay": _delay([one.delays for one in with_reps], resamples),
        "imperfect": [_imperfect(one.score) for one in measured if not one.score.perfect],
    }


def _group(scores: Sequence[Score], resamples: int) -> dict[str, Any]:
    return {
        "recordings": len(scores),
        "reps": sum(len(one.truth.reps) for one in scores),
        "optional": sum(rep.optional for one in scores for rep in one.truth.reps),
        "missed": sum(one.missed for one in scores),
        "made_up": sum(one.made_up for one in scores),
        "minutes": sum(one.truth.duration_s for one in scores) / 60,
        "figures": {name: asdict(figure) for name, figure in summarise(scores, resamples=resamples).items()},
    }


def _negatives(scores: Sequence[Score]) -> dict[str, Any]:
    kinds = list(dict.fromkeys(one.truth.negative for one in scores))
    groups = {str(kind): [one for one in scores if one.truth.negative == kind] for kind in kinds}
    groups["incidental"] = [one for one in scores if one.truth.negative not in OTHER_EXERCISES]
    return {
        name: {
            "recordings": len(group),
            "clean": sum(one.perfect for one in group),
            "minutes": sum(one.truth.duration_s for one in group) / 60,
            "phantoms": sum(one.made_up for one in group),
            "per_minute": asdict(phantoms(group)),
            "per_hour": asdict(
                rate(sum(one.made_up for one in group), sum(one.truth.duration_s for one in group) / 3600)
            ),
        }
        for name, group in groups.items()
        if group
    }


def _true_rotation(reps: Sequence[TrueRep]) -> dict[str, Any]:
    """What a flag could do that knew the leg's true axial rotation: the thigh turns too, not only the pelvis."""
    table = np.array([(abs(rep.axial_rotation_deg), float(bool(rep.hip_rotation))) for rep in reps]).reshape(-1, 2)
    size, turned = table[:, 0], table[:, 1] > 0.5
    if not turned.any() or turned.all():
        return {}
    limits = [
        {"limit_deg": limit, "sensitivity": float((size > limit)[turned].mean()),
         "specificity": float((size <= limit)[~turned].mean())}
        for limit in (8.0, 9.0, 10.0, 11.0, 12.0)
    ]  # fmt: skip
    return {"auc": float(area_under_curve(table)[0]), "turned": int(turned.sum()), "reps": len(table), "limits": limits}


def _delay(found: Sequence[Delays], resamples: int) -> dict[str, Any]:
    def tell(groups: Iterable[FloatArray]) -> dict[str, Any]:
        arrays = list(groups)
        median, p95, _ = clustered(arrays, spread, resamples=resamples)
        largest = max((float(array.max()) for array in arrays if len(array)), default=float("nan"))
        return {"median": asdict(median), "p95": asdict(p95), "max": largest}

    after = np.concatenate([one.after for one in found]) if found else np.empty(0)
    return {
        "after": tell(one.after for one in found) | {"over_one_second": int(np.sum(after > 1.0))},
        "confirming": tell(one.confirming for one in found),
        "first": tell(one.first for one in found),
    }


def _imperfect(one: Score) -> dict[str, Any]:
    return {
        "name": one.truth.name,
        "true": len(one.truth.reps),
        "found": one.found,
        "missed": one.missed,
        "made_up": one.made_up,
    }


def jobs_of(args: argparse.Namespace) -> dict[str, list[Job]]:
    """The recordings to measure, by where they come from."""
    jobs: dict[str, list[Job]] = {}
    if args.shared is not None:
        files = sorted((args.shared / "recordings").glob("*.csv"))
        if not files:
            raise SystemExit(f"--shared {args.shared}: no recordings/*.csv in this folder")
        jobs["shared"] = [Job(path=path) for path in files]
    counts = [*((kind, args.own) for kind in SUITES), *((kind, args.negatives) for kind in NEGATIVES)]
    own = [Job(kind, args.seed + k) for kind, count in counts for k in range(count)]
    if own:
        jobs["own"] = own
    if args.own:
        jobs["good_sensor"] = [Job("noisy", args.seed + k, sensor="good") for k in range(args.own)]
    return jobs


def say(name: str, found: Mapping[str, Any]) -> None:
    """The gist on the terminal."""
    print(f"{name}: kind, recordings, reps, perfect, missed, made up | con hold ecc pause: median/p95 ms", end="")
    print(" | RMSE of ROM and |axial|; pulses, sensitivity, specificity, filled in %")
    for kind, group in found["kinds"].items():
        value = {key: figure["value"] for key, figure in group["figures"].items()}
        times = " ".join(
            f"{1e3 * value[f'{phase}_s.median']:3.0f}/{1e3 * value[f'{phase}_s.p95']:3.0f}"
            for phase in ("concentric", "hold", "eccentric", "pause")
        )
        shares = " ".join(
            f"{100 * value[key]:5.1f}"
            for key in ("pulses", "hip_rotation_sensitivity", "hip_rotation_specificity", "filled")
        )
        counts = f"{group['recordings']:4} {group['reps']:4} {100 * value['perfect']:5.1f}%"
        angles = f"{value['excursion_deg.rmse']:4.2f} {value['axial_abs_deg.rmse']:4.2f} {shares}"
        print(f"  {kind:20} {counts} {group['missed']:3} {group['made_up']:3} | {times} | {angles}")
    for kind, group in found["negatives"].items():
        print(f"  {kind:20} {group['phantoms']} phantom reps in {group['minutes']:.1f} min")
    for what, delay in found["delay"].items():
        print(f"  delay {what}: median {delay['median']['value']:.2f}", end="")
        print(f" p95 {delay['p95']['value']:.2f} max {delay['max']:.2f} s")
    for one in found["imperfect"]:
        print("  ", *(f"{key} {entry}" for key, entry in one.items()))


def main() -> int:
    """Measure, say, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, help="folder with recordings/ and truth/")
    parser.add_argument("--own", type=int, default=11, help="our own recordings of each kind with reps")
    parser.add_argument("--negatives", type=int, default=6, help="our own recordings of each kind without a rep")
    parser.add_argument("--seed", type=int, default=1000, help="first seed of our own")
    parser.add_argument("--resamples", type=int, default=RESAMPLES, help="draws of the bootstrap")
    parser.add_argument("--processes", type=int, default=2)
    out_argument(parser, "accuracy")
    args = parser.parse_args()
    result: dict[str, Any] = {
        "simulated": True,
        "arguments": {name: getattr(args, name) for name in ("own", "negatives", "seed", "resamples")},
    }
    with ProcessPoolExecutor(args.processes) as pool:
        for name, jobs in jobs_of(args).items():
            measured = list(track(pool.map(measure, jobs, chunksize=2), description=name, total=len(jobs)))
            result[name] = report(measured, args.resamples)
            say(name, result[name])
    write_result(args.out, result)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
