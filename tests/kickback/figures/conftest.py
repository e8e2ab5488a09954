"""A study that nobody did, by a seed: people in two groups, two legs, two sessions, reps that resemble each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


def study(people: int = 16, sets: int = 2, reps: int = 8, seed: int = 6) -> pd.DataFrame:
    """The tidy table of reps, with the columns that the figures use."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(people):
        group = "band" if number % 2 else "control"
        person_deg = rng.normal(38.0 if group == "band" else 33.0, 4.0)
        for session in ("1", "2"):
            for leg in ("left", "right"):
                shift_deg = rng.normal(0.0, 1.5)
                for set_number in range(1, sets + 1):
                    count = reps - int(rng.integers(0, 3))
                    for rep in range(1, count + 1):
                        rom_deg = person_deg + shift_deg - 0.4 * rep + rng.normal(0.0, 1.2)
                        rows.append((f"p{number:02d}", session, group, leg, set_number, rep, rom_deg))
    table = pd.DataFrame(rows, columns=["subject", "session", "group", "leg", "set", "rep", "rom_deg"])
    table["recording"] = table["subject"] + "/" + table["session"] + "_" + table["leg"] + ".csv"
    table["simulated"] = True
    table["eccentric_s"] = np.abs(rng.normal(3.0, 0.4, len(table)))
    table["rep"] = table["rep"].astype("Int64")
    return table


@pytest.fixture
def reps() -> pd.DataFrame:
    return study()
