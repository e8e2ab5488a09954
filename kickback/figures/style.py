"""What all figures share: colours, sizes, the axes, the mark on simulated data, and how they are written to files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from textwrap import fill

from kickback.errors import KickbackError
from kickback.figures import FORMATS

try:
    import matplotlib as mpl
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ImportError:
    raise KickbackError("figures need matplotlib: pip install 'kickback[research]'") from None

OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito, Color Universal Design, 2008: told apart by every common kind of colour vision. Yellow is left out: it
is too light for a point on white."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
"""Shapes beside the colours: a figure printed in grey still tells the groups apart."""
INK, FAINT, WARN = "#222222", "#9a9a9a", "#B00020"
CM = 1 / 2.54
"""Inches of a centimetre; matplotlib counts in inches."""
WIDTH_CM = 17.0
"""A double column of most journals."""
REP_ALPHA = 0.22
MOST_POINTS, MOST_LINES = 20_000, 2000
"""Of reps and of sets behind the people; more are drawn in part, evenly chosen, and the caption says so."""
VECTOR_POINTS, VECTOR_LINES = 3000, 400
"""More than these are a picture within the drawing: else a file takes a minute to open."""
CAPTION_LETTERS_A_CM = 6.6
"""Of the small letters; measured on DejaVu Sans of 7.5 points, with room to spare."""

_STYLE = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters on every machine
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.titlesize": 10.0,
    "axes.titlelocation": "left",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "pdf.fonttype": 42,  # letters stay letters: a reader can search, an editor can change them
    "svg.fonttype": "path",  # looks the same where the font is absent
    "svg.hashsalt": "kickback",  # without it the ids in the file are new each time
    "path.simplify": False,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw or write in the house's style, whatever the user's matplotlib is set to."""
    with mpl.rc_context():
        mpl.rcdefaults()
        for name, value in _STYLE.items():
            mpl.rcParams[name] = value  # type: ignore[index]  # names are typed as literals, ours are strings
        yield


def canvas(width_cm: float = WIDTH_CM, height_cm: float = 10.0) -> tuple[Figure, Axes]:
    """An empty figure with one pair of axes; it belongs to no window, so any number may be made."""
    figure = Figure(figsize=(width_cm * CM, height_cm * CM), layout="constrained")
    return figure, figure.add_subplot()


def colour_of(number: int) -> str:
    """The colour of a group, by its place."""
    return OKABE_ITO[number % len(OKABE_ITO)]


def marker_of(number: int) -> str:
    """The shape of a group's people, by its place."""
    return MARKERS[number % len(MARKERS)]


def mark_simulated(axes: Axes, words: str) -> None:
    """Write inside the axes that the data is simulated; nothing where ``words`` is empty."""
    if words:
        axes.text(
            0.5,
            0.985,
            words,
            transform=axes.transAxes,
            ha="center",
            va="top",
            color=WARN,
            weight="bold",
            fontsize=10,
            zorder=10,
            bbox={"facecolor": "white", "edgecolor": WARN, "linewidth": 0.8, "boxstyle": "round,pad=0.25"},
        )


def headroom(axes: Axes, share: float = 0.12) -> None:
    """Leave this share of the height free above the data, for what is written there."""
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + share * (high - low))


def caption(figure: Figure, text: str) -> None:
    """What is drawn, below the figure in small letters; wrapped to its width."""
    width_cm = figure.get_size_inches()[0] / CM
    text = fill(text, int(width_cm * CAPTION_LETTERS_A_CM))
    figure.supxlabel(text, fontsize=7.5, color="#555555", x=0.01, ha="left")


def save(figure: Figure, folder: Path, stem: str, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write a figure as ``stem.svg`` and ``stem.pdf``; the same figure gives the same bytes.

    Args:
        figure: to be written. folder: made where it is absent. stem: the name without its ending.
        formats: endings that matplotlib knows.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    no_date = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with styled():
        for ending in formats:
            path = folder / f"{stem}.{ending}"
            picture = BytesIO()
            figure.savefig(picture, format=ending, metadata=no_date.get(ending), dpi=150)
            path.write_bytes(picture.getvalue())
            written.append(path)
    return written
