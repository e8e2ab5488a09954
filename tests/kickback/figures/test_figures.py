"""The figures show what they say: people, counts, limits, and where data is simulated. All data here is simulated."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Hashable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.bland_altman import bland_altman_varies
from analysis.persons import mean_with_interval, person_means
from kickback.errors import KickbackError
from kickback.figures import write_figures
from kickback.figures.bland_altman import bland_altman
from kickback.figures.forest import forest
from kickback.figures.left_right import left_right
from kickback.figures.raincloud import raincloud
from kickback.figures.style import MARKERS, OKABE_ITO, save
from kickback.figures.within_set import within_set
from kickback.figures.words import label_of, many, name_of, simulated_words
from kickback.figures.writing import _file_name

EFFECTS = pd.DataFrame(
    {
        "label": ["first", "second"],
        "estimate": [-0.5, np.nan],
        "low": [-1.0, np.nan],
        "high": [0.1, np.nan],
        "detail": ["p = 0.040", ""],
    }
)


def words(figure: Figure) -> str:
    """Everything that is written in a figure."""
    return "\n".join(text.get_text() for text in figure.findobj(Text))


def points(axes: Axes, size: float) -> np.ndarray:
    """The places of the points of a size, shape (n, 2)."""
    found = [c.get_offsets() for c in axes.collections if isinstance(c, PathCollection) and c.get_sizes()[0] == size]
    return np.concatenate([np.asarray(offsets) for offsets in found])


def pairs_of(reps: pd.DataFrame) -> tuple[pd.DataFrame, dict[Hashable, object]]:
    """Two methods on the same reps: the second reads 10 % more. And their limits, as a row."""
    pairs = pd.DataFrame({"subject": reps["subject"], "first": reps["rom_deg"], "second": 1.1 * reps["rom_deg"]})
    found = bland_altman_varies(list(pairs["subject"]), pairs["second"], pairs["first"])
    row: dict[Hashable, object] = {"first": "ours", "second": "theirs", "form": found.form, "people": found.n}
    named = {"bias": found.bias, "lower": found.lower, "upper": found.upper, "trend": found.trend.slope}
    for name, estimate in named.items():
        row |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return pairs, row


DRAWN: dict[str, Callable[[pd.DataFrame], Figure]] = {
    "raincloud": lambda reps: raincloud(reps, "rom_deg", "group"),
    "within_set": lambda reps: within_set(reps, "rom_deg", "group"),
    "left_right": lambda reps: left_right(reps, "rom_deg", "group"),
    "bland_altman": lambda reps: bland_altman(*pairs_of(reps), "rom_deg", simulated=simulated_words(reps)),
    "forest": lambda reps: forest(EFFECTS, xlabel="g", simulated=simulated_words(reps)),
}


@pytest.mark.parametrize("name", DRAWN)
def test_simulated_is_written_where_the_data_is_and_only_then(name: str, reps: pd.DataFrame) -> None:
    figure = DRAWN[name](reps)
    for axes in figure.axes:
        assert "SIMULATED" in [text.get_text() for text in axes.texts]
    assert "SIMULATED" not in words(DRAWN[name](reps.assign(simulated=False)))


def test_of_a_mixture_it_is_said_how_much_is_simulated(reps: pd.DataFrame) -> None:
    mixed = reps.assign(simulated=reps["subject"].eq("p00"))
    assert simulated_words(mixed) == "SIMULATED in part: 4 of 64 recordings"
    assert simulated_words(mixed.drop(columns="simulated")) == ""
    assert simulated_words(mixed.iloc[:0]) == ""


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_figure_gives_the_same_bytes(name: str, reps: pd.DataFrame, tmp_path: Path) -> None:
    part = reps[reps["subject"] < "p06"]
    one, other = (save(DRAWN[name](part), tmp_path / folder, name) for folder in ("one", "other"))
    assert [path.suffix for path in one] == [".svg", ".pdf"]
    for first, second in zip(one, other, strict=True):
        assert first.read_bytes() == second.read_bytes()
    svg, pdf = (path.read_bytes() for path in one)
    assert b"<dc:date>" not in svg
    assert b"CreationDate" not in pdf
    assert b"<image" not in svg  # all of it is lines


def test_the_large_points_of_a_raincloud_are_people(reps: pd.DataFrame) -> None:
    figure = raincloud(reps, "rom_deg", "group", order=["control", "band"])
    means = person_means(reps, "rom_deg", ["group"])
    drawn = points(figure.axes[0], 34)[:, 1]
    assert sorted(drawn) == pytest.approx(sorted(means["mean"]))
    assert len(points(figure.axes[0], 4)) == len(reps)
    middle = mean_with_interval(means.loc[means["group"] == "control", "mean"])
    assert points(figure.axes[0], 30)[0] == pytest.approx([0.08, middle.value])
    ticks = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    sets = reps[reps["group"] == "control"][["recording", "set"]].drop_duplicates()
    assert ticks[0] == f"control\n8 people\n{len(sets)} sets\n{(reps['group'] == 'control').sum()} reps"


def test_the_interval_of_two_people_does_not_press_the_data_together(reps: pd.DataFrame) -> None:
    two = reps[reps["subject"].isin(["p00", "p01", "p02", "p03"])]
    for figure in (raincloud(two, "rom_deg", "group"), within_set(two, "rom_deg", "group")):
        low, high = figure.axes[0].get_ylim()
        assert high - low < 1.4 * np.ptp(two["rom_deg"])


def test_people_in_two_groups_are_joined_and_others_are_not(reps: pd.DataFrame) -> None:
    assert len(raincloud(reps, "rom_deg", "session").axes[0].lines) == 16
    assert not raincloud(reps, "rom_deg", "group").axes[0].lines


def test_few_people_make_no_cloud(reps: pd.DataFrame) -> None:
    def clouds(part: pd.DataFrame) -> int:
        return sum(isinstance(c, PolyCollection) for c in raincloud(part, "rom_deg", "group").axes[0].collections)

    assert clouds(reps) == 2
    few = reps[reps["subject"] < "p08"]
    assert clouds(few) == 0
    assert "No cloud below five people" in words(raincloud(few, "rom_deg", "group"))


def test_a_group_without_values_is_empty_and_says_so(reps: pd.DataFrame) -> None:
    reps.loc[reps["group"] == "band", "rom_deg"] = np.nan
    figure = raincloud(reps, "rom_deg", "group")
    assert "band\n0 people\n0 sets\n0 reps" in words(figure)
    assert "group band\n0 people" in words(within_set(reps, "rom_deg", "group"))


def test_many_reps_are_drawn_in_part_and_as_a_picture(
    reps: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, most, vector in (
        ("raincloud", "MOST_POINTS", "VECTOR_POINTS"),
        ("within_set", "MOST_LINES", "VECTOR_LINES"),
    ):
        monkeypatch.setattr(f"kickback.figures.{module}.{most}", 100)
        monkeypatch.setattr(f"kickback.figures.{module}.{vector}", 60)
    rain, course = raincloud(reps, "rom_deg", "session"), within_set(reps, "rom_deg")
    assert 150 < len(points(rain.axes[0], 4)) <= 200
    hairs = next(c for c in course.axes[0].collections if isinstance(c, LineCollection))
    assert 60 < len(hairs.get_segments()) <= 100
    for name, figure in (("rain", rain), ("course", course)):
        assert "an even part is drawn" in " ".join(words(figure).split())
        assert b"<image" in save(figure, tmp_path, name, ["svg"])[0].read_bytes()


def test_the_course_of_a_group_stops_where_half_of_its_people_have(reps: pd.DataFrame) -> None:
    short = reps[(reps["rep"] <= 5) | (reps["subject"] == "p00")]
    axes = within_set(short, "rom_deg").axes[0]
    means = axes.lines[-1]
    assert list(np.asarray(means.get_xdata())) == [1, 2, 3, 4, 5]
    first = person_means(short, "rom_deg", ["rep"]).query("rep == 1")["mean"].mean()
    assert np.asarray(means.get_ydata())[0] == pytest.approx(first)


def test_each_set_and_each_person_has_a_line_in_the_order_of_the_reps(reps: pd.DataFrame) -> None:
    axes = within_set(reps.sample(frac=1, random_state=1), "rom_deg").axes[0]
    sets, people = (c.get_segments() for c in axes.collections if isinstance(c, LineCollection))
    first = reps[(reps["recording"] == "p00/1_left.csv") & (reps["set"] == 1)]
    assert len(sets) == len(reps[["recording", "set"]].drop_duplicates())
    assert np.asarray(sets[0]) == pytest.approx(first[["rep", "rom_deg"]].to_numpy(dtype=float))
    assert len(people) == 16
    assert np.asarray(people[0])[0, 1] == pytest.approx(reps.query("subject == 'p00' and rep == 1")["rom_deg"].mean())


def test_left_is_across_and_right_is_up(reps: pd.DataFrame) -> None:
    axes = left_right(reps, "rom_deg").axes[0]
    sides = person_means(reps, "rom_deg", ["leg"]).pivot(index="subject", columns="leg", values="mean")
    assert points(axes, 36) == pytest.approx(sides[["left", "right"]].to_numpy())
    assert axes.get_xlim() == axes.get_ylim()


def test_people_with_one_leg_are_counted_and_not_drawn(reps: pd.DataFrame) -> None:
    part = reps[~((reps["subject"] == "p03") & (reps["leg"] == "left"))]
    figure = left_right(part, "rom_deg", mdc95={"": 2.5})
    assert len(points(figure.axes[0], 36)) == 15
    assert "Not drawn: 1 person with one leg only." in " ".join(words(figure).split())
    assert "± 2.5 °." in " ".join(words(figure).split())
    with pytest.raises(KickbackError, match="nobody has 'rom_deg' of both legs"):
        left_right(reps[reps["leg"] == "left"], "rom_deg")


def test_bland_altman_draws_second_less_first_with_the_limits_it_is_given(reps: pd.DataFrame) -> None:
    pairs, row = pairs_of(reps)
    figure = bland_altman(pairs, row, "rom_deg", title="all")
    axes = figure.axes[0]
    people = pairs.groupby("subject")[["first", "second"]].mean()
    assert points(axes, 36)[:, 1] == pytest.approx((people["second"] - people["first"]).to_numpy())
    assert len(points(axes, 6)) == len(pairs)
    heights = [np.asarray(line.get_ydata())[0] for line in axes.lines[:3]]
    assert heights == pytest.approx([row["bias"], row["upper"], row["lower"]])
    assert "theirs less ours (°)" in words(figure)
    assert "proportional bias: oblique line" in " ".join(words(figure).split())
    oblique = axes.lines[-1]
    x, y = np.asarray(oblique.get_xdata()), np.asarray(oblique.get_ydata())
    assert (y[1] - y[0]) / (x[1] - x[0]) == pytest.approx(row["trend"])


def test_the_forest_says_its_numbers_and_a_dash_where_there_is_none() -> None:
    figure = forest(EFFECTS, xlabel="Hedges' g")
    assert "\N{MINUS SIGN}0.50 [\N{MINUS SIGN}1.00, 0.10]   p = 0.040" in words(figure)
    assert [text.get_text() for text in figure.axes[0].texts][1] == "–"
    top, bottom = figure.axes[0].get_ylim()
    assert top > bottom  # the first effect is on top


@pytest.mark.parametrize(
    "draw, line",
    [
        (lambda reps: raincloud(reps, "rom_deg", "club"), "no column 'club'"),
        (lambda reps: raincloud(reps, "rom_deg", "subject"), "'subject' has 16 values; a figure shows 7"),
        (lambda reps: raincloud(reps.assign(club=None), "rom_deg", "club"), "the column 'club' is empty"),
        (lambda reps: within_set(reps, "rom_deg", "group", order=["sham"]), "'group' is never 'sham'"),
        (lambda reps: forest(EFFECTS.drop(columns="low"), xlabel=""), "no column 'low'"),
        (lambda reps: forest(EFFECTS.iloc[:0], xlabel=""), "there is no effect"),
        (lambda reps: bland_altman(reps, pairs_of(reps)[1], "rom_deg"), "no column 'first', 'second'"),
        (
            lambda reps: bland_altman(pairs_of(reps)[0].assign(first=np.nan), pairs_of(reps)[1], "rom_deg"),
            "nobody has 'rom_deg' by both ours and theirs",
        ),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line(
    draw: Callable[[pd.DataFrame], Figure], line: str, reps: pd.DataFrame
) -> None:
    with pytest.raises(KickbackError, match=line):
        draw(reps)


def test_groups_are_told_apart_without_colour() -> None:
    assert len(set(MARKERS)) == len(set(OKABE_ITO)) == 7


def test_measures_have_names_and_units() -> None:
    assert label_of("peak_eccentric_dps") == "Peak speed on the way back (°/s)"
    assert label_of("jump_height_s") == "Jump height (s)"
    assert (name_of("pulses"), label_of("pulses")) == ("Pulses", "Pulses")
    assert (many(1, "person"), many(3, "person"), many(2, "rep")) == ("1 person", "3 people", "2 reps")


def test_every_figure_of_a_comparison_is_written(reps: pd.DataFrame, tmp_path: Path) -> None:
    from analysis.compare import compare

    told: list[str] = []
    found = compare(reps, by="group", measures=["rom_deg"])
    written = write_figures(found, tmp_path / "figures", formats=["svg"], done=told.append)
    assert [path.stem for path in written] == told
    assert set(told) == {
        *("raincloud_rom_deg", "within_set_rom_deg", "left_right_rom_deg", "model_rom_deg"),
        *("bland_altman_rom_deg_band", "bland_altman_rom_deg_control", "effect_sizes_hedges_g_control"),
    }
    assert all("SIMULATED" in path.read_text(encoding="utf-8") for path in written)


def test_without_matplotlib_a_line_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import kickback.figures\n"
        "from kickback.errors import KickbackError\n"
        "try:\n    import kickback.figures.style\nexcept KickbackError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "figures need matplotlib: pip install 'kickback[research]'\n"


@pytest.mark.parametrize(
    ("levels", "names"),
    [
        (("usual pace", "slow"), ["f_usual-pace", "f_slow"]),
        (("男", "女"), ["f_1", "f_2"]),
        (("a+", "A-", "b"), ["f_a-1", "f_A-2", "f_b"]),
    ],
)
def test_no_figure_takes_the_file_of_another(levels: tuple[str, ...], names: list[str]) -> None:
    assert [_file_name("f", level, levels) for level in levels] == names
    assert _file_name("f", "", levels) == "f"
