"""The sensor's clock against the host's: skew, offset and what is not known of it."""

from __future__ import annotations

import numpy as np
import pytest

from imu import clockfit
from imu.clockfit import ClockFit

OFFSET_S = 5000.0
MINUTES_S = 300.0


def fed(skew_ppm: float, seconds: float = MINUTES_S, burst_s: float = 0.4, ask: bool = True, seed: int = 0) -> ClockFit:
    """Packets every 50 ms in bursts that keep step with them, questions about every 2 s."""
    random = np.random.default_rng(seed)
    fit = ClockFit()

    def host_s(sensor_s: float) -> float:
        return OFFSET_S + sensor_s * (1 + skew_ppm * 1e-6)

    packets = np.arange(0.05, seconds, 0.05)
    sent = np.array([host_s(each) for each in packets])
    leaves = np.ceil(sent / burst_s) * burst_s if burst_s else sent
    for sensor_s, at_s in zip(packets.tolist(), (leaves + random.gamma(2.0, 0.003, len(sent))).tolist(), strict=True):
        fit.arrived(sensor_s, at_s)
    for sensor_s in np.arange(0.5, seconds, 2.0) + random.uniform(0, 0.2) if ask else []:
        fit.asked(host_s(float(sensor_s)) - float(random.uniform(0.0, 0.03) + 0.0005), float(sensor_s))
    return fit


@pytest.mark.parametrize("skew_ppm", [-200.0, 0.0, 37.0, 200.0])
def test_the_skew_is_found_within_ten_millionths_in_five_minutes(skew_ppm: float) -> None:
    found = fed(skew_ppm).skew_ppm
    assert found is not None
    assert abs(found - skew_ppm) < 10


@pytest.mark.parametrize("skew_ppm", [-200.0, 200.0])
def test_the_offset_is_found_where_questions_were_answered_and_bounded_honestly(skew_ppm: float) -> None:
    fit = fed(skew_ppm)
    assert fit.line is not None
    for sensor_s in (1.0, 150.0, 299.0):
        error_s = fit.line.host_s(sensor_s) - (OFFSET_S + sensor_s * (1 + skew_ppm * 1e-6))
        assert abs(error_s) < 0.005
        assert fit.uncertainty_s is not None
        assert abs(error_s) <= fit.uncertainty_s + 0.001


def test_without_questions_the_offset_is_an_upper_bound_and_said_to_be_unknown() -> None:
    fit = fed(50.0, ask=False)
    assert fit.uncertainty_s is None
    assert fit.facts()["uncertainty_s"] is None
    assert fit.line is not None
    assert fit.line.host_s(100.0) > OFFSET_S + 100.0 * (1 + 50e-6)


def test_too_little_tells_no_skew() -> None:
    assert ClockFit().line is None
    assert ClockFit().facts() == {}
    short = fed(200.0, seconds=10.0)
    assert short.skew_ppm is None
    assert short.line is not None
    assert short.line.skew == 0.0


def test_hours_need_no_more_memory_than_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clockfit, "MOST_BINS", 32)
    fit = fed(120.0, burst_s=0.0)
    assert len(fit._above.points()[0]) <= 32
    assert fit.skew_ppm == pytest.approx(120.0, abs=10)


def test_an_absurd_slope_is_not_believed() -> None:
    fit = ClockFit()
    for second in range(60):
        fit.arrived(float(second), second * 1.1)
    assert fit.line is not None
    assert fit.line.skew == clockfit.MOST_SKEW
