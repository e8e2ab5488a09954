"""Analyze a recording and look at its reps and sets as tables.

    python examples/analyze_a_file.py [FILE]

Without a file, a shipped recording is used. It is simulated: no person made its movements.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kickback import analyze

TRACES = Path(__file__).resolve().parent.parent / "recordings" / "traces"


def main(path: Path) -> None:
    """Print the reps, the sets, and what to keep in mind."""
    result = analyze(path, tempo="3-0-1-1")
    if result.header.simulated:
        print("SIMULATED: no person made these movements.")

    print(f"\n{len(result.reps)} reps in {len(result.sets)} sets")
    print(result.reps[["set", "rep", "concentric_s", "hold_s", "eccentric_s", "rom_deg", "hip_rotation"]].to_string())

    print("\nHow even was each set?")
    print(result.sets[["set", "leg", "reps", "tempo_code", "eccentric_s_mean", "eccentric_s_cv_percent"]].to_string())

    for sentence in result.warnings:
        print(sentence)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else min(TRACES.glob("*.csv")))
