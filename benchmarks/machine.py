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
    path.write_text(_text({"machine": machine(), **result}) + "\n", encoding="utf-8")


def _text(value: Any, depth: int = 0) -> str:
    """JSON in which whatever holds no other container stands on one line."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    if not any(isinstance(entry, dict | list | tuple) for entry in inner):
        return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)
    margin = "\n" + " " * (depth + 1)
    if isinstance(value, dict):
        lines = [f"{json.dumps(str(key))}: {_text(entry, depth + 1)}" for key, entry in value.items()]
        return "{" + margin + ("," + margin).join(lines) + margin[:-1] + "}"
    return "[" + margin + ("," + margin).join(_text(entry, depth + 1) for entry in inner) + margin[:-1] + "]"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
