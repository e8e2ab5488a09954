from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from imu.clock import rebuild, repeats


def test_a_packet_that_came_twice_or_three_times_is_dropped() -> None:
    values = np.random.default_rng(0).normal(size=(300, 6))
    order = np.concatenate([np.arange(100), np.arange(92, 100), np.arange(100, 200), *2 * [np.arange(195, 200)], [200]])
    stamps = np.arange(len(order)) / 100
    dropped = np.flatnonzero(repeats(stamps, values[order]))
    assert dropped.tolist() == [*range(100, 108), *range(208, 218)]


def test_a_row_written_twice_is_dropped_when_that_is_rare() -> None:
    values = np.random.default_rng(0).normal(size=(300, 6))
    order = np.sort(np.append(np.arange(300), [50, 120]))
    assert np.flatnonzero(repeats(np.arange(302) / 100, values[order])).tolist() == [51, 122]


def test_a_still_coarse_sensor_is_not_a_repeat() -> None:
    values = np.round(np.random.default_rng(0).normal(0, 0.2, size=(600, 6)))
    assert (values[1:] == values[:-1]).all(axis=1).mean() > 0.5
    assert repeats(np.arange(600) / 100, values).mean() < 0.02


def test_a_pattern_is_not_a_repeat() -> None:
    values = np.tile(np.arange(3.0)[:, None], (200, 6))
    assert not repeats(np.arange(600) / 100, values).any()


# --- the shared recordings ----------------------------------------------------------------------------------------


def test_rates_of_the_shared_recordings(datasets: Path) -> None:
    """The truth's rate is that of true seconds; the devices' clocks are off by up to 1e-4, which is in the stamps."""
    folder = datasets / "simulated"
    names = sorted(path.stem for path in (folder / "recordings").glob("*.csv"))
    assert len(names) == 58
    for name in names:
        sensor = json.loads((folder / "truth" / f"{name}.json").read_text(encoding="utf-8"))["sensor"]
        table = np.loadtxt(folder / "recordings" / f"{name}.csv", delimiter=",", skiprows=1)
        grid = rebuild(table[:, 0], table[:, 1:])
        assert abs(grid.rate_hz / sensor["actual_rate"] - 1) < 2e-4, name
        assert (grid.stamps == "device") == (sensor["stamp"] == "device"), name
        lost = sensor["lost"] * len(table) / (1 - sensor["lost"])
        assert abs(grid.lost - lost) <= 1.5, name
        assert abs(grid.start_s - 0.02) < (0.001 if grid.stamps == "device" else 0.016), name
