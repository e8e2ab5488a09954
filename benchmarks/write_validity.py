"""Put the figures of benchmarks/results/accuracy.json into docs/validity.md; the words around them are by hand.

    python benchmarks/write_validity.py [--result FILE] [--page FILE]

The page has places marked ``<!-- measured: NAME -->`` ... ``<!-- end -->``; what lies between is replaced.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.bars import BAR_OF, BARS, PHASES, barred, clearly, interval, number, table
from benchmarks.machine import RESULTS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "validity.md"
PLACE = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

KINDS = {
    "clean": "steady reps, a good sensor, nothing lost",
    "everyday": "one or two sets with walking, band fitting, some pulses, partials, toe taps and hip rotation",
    "slow": "lowered in 3.5 to 5.5 s, some with a stall half-way",
    "holds": "squeezed for 3 s and more",
    "pulses": "small pulses at the top",
    "rotation": "the pelvis opens: by much, a little or not at all",
    "multiset": "a set, walking, the sensor moved to the other leg, another set",
    "partial": "some reps stop far short",
    "bounce": "down and up again without a pause",
    "fast": "the whole rep within 0.8 to 1.2 s",
    "lowrate": "25 samples a second",
    "noisy": "the cheapest sensor, an unsteady body, lost and repeated packets",
    "long": "twenty reps and more, tired at the end",
    "standing_leg": "one set seen, another by the other leg",
    "small": "a small range, 16 to 32 degrees",
    "taps": "the toes tap the floor between reps",
    "balance": "the foot is put down in mid-rep now and then",
    "slip": "the strap slips in mid-set",
    "messy": "two sets on a bad day with a poor link: everything above, and life between",
    "no slow": "all but slow",
    "all": "all",
}


def tell_set(result: Mapping[str, Any]) -> str:
    """What was measured, and by which program."""
    own, made = result["own"], result["machine"]["packages"]
    everything, quiet = own["kinds"]["all"], own["negatives"]
    minutes = sum(group["minutes"] for kind, group in quiet.items() if kind != "incidental")
    first = result["arguments"]["seed"]
    text = (
        f"Our own: {everything['recordings']} simulated recordings with {everything['reps']} reps in "
        f"{len(own['kinds']) - 2} kinds, and {minutes:.0f} minutes without a rep, seeds from {first} on. "
    )
    if "shared" in result:
        shared = result["shared"]["kinds"]["all"]
        text += f"Shared: {shared['recordings']} simulated recordings with {shared['reps']} reps. "
    versions = ", ".join(f"{name} {made[name]}" for name in ("kickback", "vqf", "numpy", "scipy"))
    return f"{text}Measured with {versions}.\n"


def tell_bars(result: Mapping[str, Any]) -> str:
    """Every bar, on the shared recordings and on ours."""
    sources = [name for name in ("shared", "own") if name in result]
    rows = []
    for bar in BARS:
        figures = [result[name]["kinds"][bar.group]["figures"][bar.figure] for name in sources]
        own = figures[-1]
        cells = [f"{barred(each, bar.figure)}, n = {each['n']}" for each in figures]
        rows.append([bar.label, bar.said(), *cells, "no" if bar.missed(own) else "yes"])
    quiet = [result[name]["negatives"].get("incidental") for name in sources]
    cells = [f"{each['phantoms']} in {each['minutes']:.0f} min" if each else "-" for each in quiet]
    met = quiet[-1] is not None and not quiet[-1]["phantoms"]
    rows.append(["phantom reps, incidental movement", "0", *cells, "yes" if met else "no"])
    heads = {"shared": "shared, tuned on", "own": "our own, not tuned on"}
    return table(["", "bar", *(heads[name] for name in sources), "met on our own"], rows)


def _rows(result: Mapping[str, Any], cells: Callable[[Mapping[str, Any]], list[str]]) -> list[list[str]]:
    groups = result["own"]["kinds"]
    return [[f"**{name}**" if name in ("no slow", "all") else name, *cells(group)] for name, group in groups.items()]


def tell_kinds(result: Mapping[str, Any]) -> str:
    """The kinds in words."""
    return table(["kind", "what happens"], [[name, KINDS[name]] for name in result["own"]["kinds"]][:-2], left=2)


def tell_counting(result: Mapping[str, Any]) -> str:
    """Recordings and reps found, by kind."""

    def cells(group: Mapping[str, Any]) -> list[str]:
        of = group["figures"]
        return [
            str(group["recordings"]),
            str(group["reps"]),
            barred(of["perfect"], "perfect"),
            interval(of["within_one"], 100),
            str(group["missed"]),
            str(group["made_up"]),
        ]

    heads = ["kind", "recordings", "reps", "perfect, %", "within one, %", "reps missed", "reps made up"]
    return table(heads, _rows(result, cells))


def tell_phases(result: Mapping[str, Any]) -> str:
    """Median and 95th percentile of the phases' errors, by kind."""

    def cells(group: Mapping[str, Any]) -> list[str]:
        of = group["figures"]
        return [
            f"{barred(of[f'{phase}_s.median'], f'{phase}_s.median')} / {barred(of[f'{phase}_s.p95'], f'{phase}_s.p95')}"
            for phase in PHASES
        ]

    return table(["kind", *PHASES], _rows(result, cells))


def tell_instants(result: Mapping[str, Any]) -> str:
    """The four instants, over all kinds."""
    rows = []
    for group in ("no slow", "all"):
        of = result["own"]["kinds"][group]["figures"]
        for name in ("start_s", "concentric_end_s", "eccentric_start_s", "end_s"):
            figures = (interval(of[f"{name}.{what}"], 1e3) for what in ("median", "p95", "bias"))
            rows.append([f"`{name}`", KINDS[group], *figures, of[f"{name}.median"]["n"]])
    return table(["instant", "kinds", "median", "95th percentile", "signed median", "n"], rows, left=2)


def tell_angles(result: Mapping[str, Any]) -> str:
    """Range, rotation, pulses and flags, by kind."""
    barred_ones = ("excursion_deg.rmse", "axial_abs_deg.rmse", "pulses", "hip_rotation_sensitivity")

    def cells(group: Mapping[str, Any]) -> list[str]:
        of = group["figures"]
        return [
            *(barred(of[name], name) for name in (*barred_ones, "hip_rotation_specificity")),
            interval(of["hip_rotation_auc"], 1, 3),
            interval(of["partial_sensitivity"], 100),
            interval(of["partial_specificity"], 100, 1),
            barred(of["filled"], "filled"),
        ]

    heads = [
        *("kind", "ROM RMSE, °", "axial RMSE, °", "pulses right, %", "flag sensitive, %", "flag specific, %"),
        *("AUC of axial", "partial sensitive, %", "partial specific, %", "rows filled, %"),
    ]
    return table(heads, _rows(result, cells))


def tell_rotation(result: Mapping[str, Any]) -> str:
    """What the true axial rotation would give as a flag."""
    true = result["own"]["true_rotation"]
    if not true:
        return "No rep of these recordings has a turned pelvis.\n"
    rows = [
        [f"{one['limit_deg']:g}", number(one["sensitivity"], 100, 1), number(one["specificity"], 100, 1)]
        for one in true["limits"]
    ]
    words = f"Of {true['reps']} reps {true['turned']} have a turned pelvis; AUC {true['auc']:.3f}.\n\n"
    return words + table(["limit on the true axial rotation, °", "sensitive, %", "specific, %"], rows)


def tell_negatives(result: Mapping[str, Any]) -> str:
    """Phantom reps, by kind of movement."""
    rows = [
        [
            "**all but side raises and front kicks**" if kind == "incidental" else kind,
            group["recordings"],
            number(group["minutes"], 1, 1),
            group["phantoms"],
            interval(group["per_minute"], 1, 2),
            group["clean"],
        ]
        for kind, group in result["own"]["negatives"].items()
    ]
    heads = ["movement", "recordings", "minutes", "phantom reps", "per minute", "recordings without one"]
    return table(heads, rows)


def tell_delay(result: Mapping[str, Any]) -> str:
    """How long after its end a rep is known."""
    words = {
        "after": "a rep of a confirmed set, from its end",
        "confirming": "the rep that confirms a set, from its end",
        "first": "a set's first rep, from its end",
    }
    rows = []
    for name in (each for each in ("shared", "own") if each in result):
        for key, text in words.items():
            one = result[name]["delay"][key]
            figures = (interval(one[what], 1, 2) for what in ("median", "p95"))
            late = str(one["over_one_second"]) if "over_one_second" in one else ""
            rows.append([f"{text} ({name})", *figures, number(one["max"], 1, 2), late, one["median"]["n"]])
    return table(["known after, s", "median", "95th percentile", "longest", "later than 1 s", "n"], rows)


def tell_sensor(result: Mapping[str, Any]) -> str:
    """What a better sensor would have changed, all else being the same."""
    names = ("excursion_deg.rmse", "axial_abs_deg.rmse", "hip_rotation_specificity")
    rows = []
    for words, source in (("as it is, with the cheapest sensor", "own"), ("with a good sensor", "good_sensor")):
        group = result[source]["kinds"]["noisy"]
        cells = [interval(group["figures"][name], BAR_OF[name].scale, BAR_OF[name].digits) for name in names]
        rows.append([words, group["recordings"], *cells])
    heads = ["the `noisy` recordings", "recordings", "ROM RMSE, °", "axial RMSE, °", "flag specific, %"]
    return table(heads, rows)


def tell_misses(result: Mapping[str, Any]) -> str:
    """Every bar that some kind of recording falls short of, and by how much; bold where chance does not explain it."""
    lines = []
    for bar in BARS:
        short = []
        for kind, group in result["own"]["kinds"].items():
            figure = group["figures"][bar.figure]
            if kind not in ("no slow", "all") and bar.missed(figure):
                text = f"{kind} {interval(figure, bar.scale, bar.digits)}"
                short.append(f"**{text}**" if clearly(bar, figure) else text)
        if short:
            lines.append(f"- {bar.label}, {bar.said()}: " + ", ".join(short))
    return "\n".join([*lines, ""]) if lines else "Nothing falls short.\n"


TELLERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "set": tell_set,
    "bars": tell_bars,
    "kinds": tell_kinds,
    "counting": tell_counting,
    "phases": tell_phases,
    "instants": tell_instants,
    "angles": tell_angles,
    "rotation": tell_rotation,
    "negatives": tell_negatives,
    "delay": tell_delay,
    "misses": tell_misses,
    "sensor": tell_sensor,
}


def fill(page: str, result: Mapping[str, Any]) -> str:
    """The page with every marked place filled.

    Raises:
        SystemExit: a place is missing, or has a name that nothing is measured for.
    """
    places = [name for _, name, _ in PLACE.findall(page)]
    if sorted(places) != sorted(TELLERS):
        odd = ", ".join(sorted(set(places) ^ set(TELLERS))) or "one stands there twice"
        raise SystemExit(f"the page's marked places and the measured figures differ: {odd}")
    return PLACE.sub(lambda m: f"{m[1]}{TELLERS[m[2]](result)}{m[3]}", page)


def main() -> int:
    """Fill the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--result", type=Path, default=RESULTS / "accuracy.json")
    parser.add_argument("--page", type=Path, default=PAGE)
    args = parser.parse_args()
    result = json.loads(args.result.read_text(encoding="utf-8"))
    if "own" not in result:
        raise SystemExit(
            f"{args.result.name} has no recordings of our own; run benchmarks/accuracy.py with --own above 0"
        )
    page = fill(args.page.read_text(encoding="utf-8"), result)
    args.page.write_text(page, encoding="utf-8")
    print(f"filled {len(TELLERS)} places of {args.page.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
