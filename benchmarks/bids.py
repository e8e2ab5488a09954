"""A simulated study out as Motion-BIDS, past the real validator, and in again: are the reps the same?

    python benchmarks/bids.py [--out FILE]

Simulated. Every recording is analyzed before and after, and the two tables of reps are compared number by number, as
are the samples. What the validator says is written down as it says it, by severity and code.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import kickback
from benchmarks.machine import out_argument, write_result
from imu.blocks import Recording
from kickback import bids
from kickback.commands.simulate import study_to

ABOUT = bids.About("A simulated study", ("A. Author", "B. Author"), "CC0", "A place", "Lower the leg slowly.")


def validated(folder: Path) -> dict[str, Any]:
    """What the validator says of all rows of a study.

    Raises:
        FileNotFoundError: it is not installed beside this Python.
    """
    script = shutil.which("bids-validator-deno", path=str(Path(sys.executable).parent))
    if script is None:
        raise FileNotFoundError("bids-validator-deno is not installed")
    words = [script, str(folder), "--max-rows", "-1", "--format", "json"]
    told = json.loads(subprocess.run(words, capture_output=True, encoding="utf-8", check=False).stdout)
    issues = told["issues"]["issues"]
    kinds = {"error": "errors", "warning": "warnings"}
    found = {
        many: sorted(
            {f"{issue['code']} {issue.get('subCode', '')}".strip() for issue in issues if issue["severity"] == one}
        )
        for one, many in kinds.items()
    }
    return {
        "validator": version("bids-validator-deno"),
        "schema": told["summary"]["schemaVersion"],
        "files": told["summary"]["totalFiles"],
        **found,
    }


def same_samples(one: Recording, other: Recording) -> bool:
    """Whether two recordings have the same samples, lost ones included, on the same grid."""
    pairs = ((one.block.acc_mps2, other.block.acc_mps2), (one.block.gyr_radps, other.block.gyr_radps))
    kept = ~one.lost
    grids = (one.rate_hz, one.header.start_s) == (other.rate_hz, other.header.start_s)
    return grids and bool((one.lost == other.lost).all()) and all(np.array_equal(a[kept], b[kept]) for a, b in pairs)


def main() -> None:
    """Write, validate, read, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    out_argument(parser, "bids")
    typed = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        source, study = Path(name) / "study", Path(name) / "bids"
        study_to(source, seed=0)
        table = pd.read_csv(source / "study.csv", dtype=str)
        began_s = time.perf_counter()
        written = bids.write_study(source, study, table=table, about=ABOUT)
        took_s = time.perf_counter() - began_s
        said = validated(study)
        counts: Counter[str] = Counter()
        read = written.table.set_index(["subject", "session", "leg"])["recording"]
        for row in table.to_dict("records"):
            before = kickback.analyze(source / row["recording"], leg=row["leg"])
            after = kickback.analyze(study / str(read[row["subject"], row["session"], row["leg"]]))
            counts["recordings"] += 1
            counts["reps"] += len(before.reps)
            counts["samples"] += len(before.recording)
            counts["recordings_with_other_samples"] += not same_samples(before.recording, after.recording)
            counts["recordings_with_other_reps"] += not before.reps.equals(after.reps)
        size = sum(path.stat().st_size for path in study.rglob("*") if path.is_file())
    result = {**counts, "bytes": size, "export_s": round(took_s, 2), **said}
    print(result)
    write_result(typed.out, {"simulated": True, **result})


if __name__ == "__main__":
    main()
