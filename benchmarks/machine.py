"""What a result was measured on, and how results are written down: no paths, no host names."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
PACKAGES = ("kickback", "numpy", "scipy", "vqf", "pandas", "bokeh")


def machine() -> dict[str, Any]:
    """Processor, cores, system and versions."""
    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def _cpu_name() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.lower().startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def out_argument(parser: argparse.ArgumentParser, name: str) -> None:
    """Add ``--out``, by default ``benchmarks/results/<name>.json``."""
    parser.add_argument("--out", type=Path, default=RESULTS / f"{name}.json", help="where the result is written")


def write_result(path: Path, result: dict[str, Any]) -> None:
    """Write a result and its machine as JSON; unknown numbers become null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_plain({"machine": machine(), **result}), indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
