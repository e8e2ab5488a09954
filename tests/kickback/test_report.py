"""The report as a text: complete, the same for the same input, and alone in its file."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from analysis.params import Params, Tempo
from analysis.presets import PRESETS
from analysis.rotation import LIMIT_DEG, LIMIT_WITH_GAIT_DEG
from kickback.report import render, write_report
from kickback.report.charts import Series, rep_chart
from kickback.report.decimate import decimate
from kickback.report.svg import nice_ticks
from kickback.report.trace import MOST_POINTS, numbered, rejected_spans
from kickback.report.view import gaps
from kickback.result import Analysis

MakeAnalysis = Callable[..., Analysis]
LOADING = {"src", "href", "xlink:href", "srcset", "poster", "data", "action", "formaction", "background", "ping"}


class Page(HTMLParser):
    """What a browser would see: attributes that load, elements, the text outside of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.styles: list[str] = []
        self.cells: list[list[str]] = []
        self.text = ""
        self._inside = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside = tag
        for name, value in attrs:
            if name in LOADING and not (value or "").startswith("#"):
                self.loads.append(f"<{tag} {name}={value}>")
            if name == "style":
                self.styles.append(value or "")
        if tag == "tr":
            self.cells.append([])
        if tag == "td":
            self.cells[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.styles.append(data)
        elif self._inside != "script":
            self.text += data
            if self.cells and self.cells[-1]:
                self.cells[-1][-1] += data


@pytest.fixture(scope="module")
def page(make_analysis: MakeAnalysis) -> Page:
    return Page(render(make_analysis()))


def test_nothing_in_the_page_loads_anything(page: Page) -> None:
    assert page.loads == []
    assert not {"link", "iframe", "object", "embed", "img", "base"} & set(page.tags)
    styles = "\n".join(page.styles)
    assert "@import" not in styles
    assert set(re.findall(r"url\((.*?)\)", styles)) <= {"#dots", "#lines", "#cross"}


def test_the_page_forbids_the_browser_every_request(make_analysis: MakeAnalysis) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="(.*?)"', render(make_analysis()))
    assert policy
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    assert not re.search(r"https?:|\*|'self'", policy[1])


def test_every_rep_is_in_the_table_with_its_flags_first(page: Page, make_analysis: MakeAnalysis) -> None:
    rows = {(row[1], row[2]): row for row in page.cells if len(row) == 19}
    reps = make_analysis().all_reps
    assert list(rows) == [(str(rep.set), str(rep.rep)) for rep in reps]
    assert "hip rotation" in rows["1", "2"][0]
    assert "rushed" in rows["1", "3"][0]
    assert "2 pulses" in rows["1", "3"][0]
    assert "partial" in rows["1", "4"][0]
    assert "lost 0.4 s" in rows["1", "5"][0]
    assert rows["1", "1"][0] == "none"
    assert rows["1", "5"][5:7] == ["–", "–"]  # concentric and hold that a gap cut


def test_the_sections_stand_in_their_order(page: Page) -> None:
    titles = [
        *("SIMULATED", "monday", "Keep in mind", "Set 1, left leg", "Leg angle", "Set 1, left leg, rep by rep"),
        *("Set 2, right leg, rep by rep", "Every rep", "Left and right", "What was not counted"),
        *("What to work on next", "Calibration and signal", "What was lost", "How this was made"),
    ]
    places = [page.text.rindex(title) for title in titles if title not in {"SIMULATED", "monday", "Set 1, left leg"}]
    assert places == sorted(places)
    assert page.text.index("SIMULATED") < page.text.index("Keep in mind")


def test_what_was_measured_is_said(page: Page) -> None:
    for said in ("14 reps in 2 sets", "not back to rest", "ended 1° away", "0.40 s of", "in 1 gap", "ab" * 32):
        assert said in page.text
    assert f"{LIMIT_DEG:g}°, or {LIMIT_WITH_GAIT_DEG:g}° where walking before it shows the way back" in page.text


def test_a_real_recording_has_no_banner(make_analysis: MakeAnalysis) -> None:
    assert "SIMULATED" not in Page(render(make_analysis(simulated=False))).text


def test_the_users_limit_and_target_are_shown(make_analysis: MakeAnalysis) -> None:
    params = Params(tempo=Tempo.parse("4-0-2-1"), hip_rotation_limit_deg=12.5)
    text = Page(render(make_analysis(params=params))).text
    assert "12.5° (as you set it)" in text
    assert "the flag's limit of 12.5°" in text
    assert "4-0-2-1" in text
    assert "target 4 s" in text


def test_signs_are_unknown_where_the_leg_is(make_analysis: MakeAnalysis) -> None:
    page = Page(render(make_analysis(((5, None),))))
    assert "leg not said" in page.text
    assert "size only: the leg is not known" in page.text
    assert "Left and right" not in page.text
    (first,) = [row for row in page.cells if len(row) == 19 and row[1:3] == ["1", "1"]]
    assert first[14:16] == ["2", "1.5"]


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</title></script>"])
def test_a_hostile_name_stays_text(make_analysis: MakeAnalysis, name: str) -> None:
    plain, hostile = (Page(render(make_analysis(name=each))) for each in ("monday", name))
    assert hostile.tags == plain.tags
    assert name in hostile.text


def test_a_recording_without_reps_says_so_and_what_it_saw(make_analysis: MakeAnalysis) -> None:
    text = Page(render(make_analysis((), rejected=3))).text
    assert "No rep was counted in this recording. 3 movements came close" in text
    assert "3 × not back to rest" in text
    assert "What to work on next" not in text
    assert "Every rep" not in text


def test_a_recording_without_anything_still_has_a_report(make_analysis: MakeAnalysis) -> None:
    text = Page(render(make_analysis((), rejected=0))).text
    assert "no movement came close" in text
    assert "Nothing: no other movement looked like a rep." in text


def test_long_lists_of_rejections_say_what_is_left_out(make_analysis: MakeAnalysis) -> None:
    text = Page(render(make_analysis(rejected=230))).text
    assert "230 × not back to rest" in text
    assert "30 more are in the summary file" in text


def test_the_same_analysis_gives_the_same_bytes(make_analysis: MakeAnalysis, tmp_path: Path) -> None:
    first = write_report(make_analysis(), tmp_path / "a.html").read_bytes()
    other = write_report(make_analysis(((3, "left"),)), tmp_path / "b.html").read_bytes()
    assert other != first
    assert write_report(make_analysis(), str(tmp_path / "c.html")).read_bytes() == first


def test_importing_the_report_is_cheap() -> None:
    code = "import sys, kickback.report; print([m for m in ('bokeh', 'jinja2', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_ten_minute_recording_stays_small(make_analysis: MakeAnalysis) -> None:
    html = render(make_analysis(((50, "left"), (45, "right")), rate_hz=200.0))
    assert len(html.encode()) < 3_000_000


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_told_apart(page: Page, scheme: str) -> None:
    blocks = re.findall(r":root \{(.*?)\}", "\n".join(page.styles), re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[0]))
    if scheme == "dark":
        colours |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[1]))
    for ground in ("ground", "sheet"):
        for text in ("ink", "muted", "link"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
        for shape in ("concentric", "hold", "eccentric", "rejected"):
            assert contrast(colours[shape], colours[ground]) >= 3.0, (shape, ground)
    assert contrast(colours["on-amber"], colours["amber"]) >= 7.0


# --- the pieces ---------------------------------------------------------------------------------------------------


def test_decimate_keeps_short_signals_whole() -> None:
    assert decimate(np.arange(10.0), 10).tolist() == list(range(10))


def test_decimate_keeps_every_buckets_extremes_in_order() -> None:
    values = np.random.default_rng(1).normal(size=100_000)
    values[54_321] = 50.0
    values[12_345] = -50.0
    kept = decimate(values, MOST_POINTS)
    assert len(kept) <= MOST_POINTS
    assert {54_321, 12_345} <= set(kept.tolist())
    assert (np.diff(kept) > 0).all()


def test_decimate_keeps_gaps() -> None:
    values = np.sin(np.arange(10_000) / 100)
    values[4_000:5_000] = np.nan
    kept = decimate(values, 1_000)
    missing = kept[np.isnan(values[kept])]
    assert len(missing) > 0
    assert missing.min() < 4_030
    assert missing.max() > 4_970


def test_decimate_wants_two_points() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        decimate(np.zeros(5), 1)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0.0, 100.0, [0, 50, 100]), (-9.0, 9.0, [-5, 0, 5]), (21.0, 58.0, [30, 40, 50]), (0.0, 1e-9, None)],
)
def test_ticks_are_round_and_inside(low: float, high: float, ticks: list[float] | None) -> None:
    found = nice_ticks(low, high)
    assert 1 <= len(found) <= 5
    assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in found)
    if ticks is not None:
        assert found == pytest.approx(ticks)


def test_no_ticks_without_room() -> None:
    with pytest.raises(ValueError, match="no room"):
        nice_ticks(1.0, 1.0)


def test_a_chart_marks_flagged_reps_by_shape_and_draws_the_limit() -> None:
    series = [Series("axial rotation", [2.0, -14.0, float("nan")], [False, True, False])]
    picture = rep_chart([1, 2, 3], series, "°", limits=[9.0])
    assert picture is not None
    assert picture.count("<polygon") == 1
    assert picture.count("<circle") == 1
    assert picture.count('class="limit"') == 2
    assert "axial rotation: -14 to 2° over 2 reps, 1 marked" in picture
    assert rep_chart([1], [Series("nothing", [float("nan")], [False])], "°") is None


def test_gaps_are_half_open_runs() -> None:
    assert gaps(np.array([True, False, True, True, False, True])) == [(0, 1), (2, 4), (5, 6)]
    assert gaps(np.zeros(3, dtype=np.bool_)) == []


def test_overlapping_rejections_are_one_band(make_analysis: MakeAnalysis) -> None:
    assert rejected_spans(make_analysis(rejected=3)) == [(2.0, 5.5)]


def test_bokehs_ids_count_from_one_and_other_text_is_left_alone() -> None:
    text = '{"root_id":"p1006","a":{"id":"p1006"},"b":{"id":"p1001"},"said":"p1001"}'
    assert numbered(text) == '{"root_id":"k1","a":{"id":"k1"},"b":{"id":"k2"},"said":"p1001"}'


def test_another_exercise_is_named_and_has_no_hip_rotation(make_analysis: MakeAnalysis) -> None:
    seated = PRESETS["seated-knee-extension"]
    page = Page(render(make_analysis(params=Params(exercise=seated))))
    assert seated.title in page.text
    assert all(what in page.text for what in seated.work_on)
    assert "Hip rotation limit" not in page.text
    assert "cannot see the pelvis" not in page.text
    assert "Hip rotation limit" in Page(render(make_analysis(params=Params(seated, hip_rotation_limit_deg=9.0)))).text
    assert "Hip rotation limit" in Page(render(make_analysis())).text
