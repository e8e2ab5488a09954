"""A comparison on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from analysis.compare import Comparison
from analysis.compare_text import interval, number, p_text, titled
from kickback.words import SIMULATED

if TYPE_CHECKING:
    from rich.console import RenderableType

_KINDS = {"side": "leg", "by:side": "leg × {by}", "rep": "drift"}


def render(found: Comparison) -> Iterator[RenderableType]:
    """Everything of a comparison that fits a terminal, to be printed in order."""
    yield _title(found)
    if found.simulated > 0:
        part = "" if found.simulated == 1 else f"{found.simulated:.0%} of the reps: "
        yield Text(part + SIMULATED, style="bold yellow")
    yield Text()
    yield _levels(found)
    others = found.effects[found.effects["kind"] != "by"].to_dict("records")
    if others:
        yield Text("\nOther effects of the models", style="bold")
        yield _effects(found, others)
    if len(found.reliability):
        yield Text("\nReliability: people's means, session by session", style="bold")
        yield _reliability(found)
    yield Text("\nTo be kept in mind", style="bold")
    for note in found.notes or ("Nothing.",):
        yield Text(f"  {note}", style="yellow" if "SIMULATED" in note or "not converge" in note else "")


def _title(found: Comparison) -> Text:
    people = found.reps.groupby(found.by)["subject"].nunique()
    parts = ", ".join(f"{level} ({people[level]})" for level in found.levels)
    kind = "the same people at several" if found.within else "different people at each"
    return Text.assemble((f"By {found.by}", "bold cyan"), f"  {parts} people; {kind}")


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for place, heading in enumerate(headings):
        table.add_column(
            escape(heading), justify="left" if place < 2 else "right", overflow="fold", no_wrap=not place
        )  # no digit is ever cut
    return table


def _levels(found: Comparison) -> Table:
    """The table for a paper, without what is the same in every row."""
    table = _table(
        *("measure", "level"),
        *(
            f"{found.levels[0]}\nmean (SD)",
            "level\nmean (SD)",
            "difference\n[95 %]",
            "P",
            "P\nHolm",
            "effect size\n[95 %]",
        ),
    )
    for row in found.paper.to_dict("records"):
        cells = ("measure", "level", "reference_mean_sd", "level_mean_sd", "difference", "p", "p_holm", "effect_size")
        table.add_row(*(escape(str(row[name])) for name in cells))
    return table


def _effects(found: Comparison, rows: list[dict[Any, Any]]) -> Table:
    table = _table("measure", "effect", "estimate [95 %]", "P", "P Holm")
    for row in rows:
        measure, kind = str(row["measure"]), _KINDS[row["kind"]].format(by=found.by)
        text = interval(measure, row["estimate"], row["low"], row["high"])
        table.add_row(
            escape(titled(measure)),
            escape(f"{kind}: {row['label']}"),
            escape(text),
            p_text(row["p"]),
            p_text(row["p_holm"]),
        )
    return table


def _reliability(found: Comparison) -> Table:
    table = _table("measure", "level", "people", "ICC(2,1) [95 %]", "ICC(3,1) [95 %]", "SEM", "MDC95")
    for row in found.reliability.to_dict("records"):
        iccs = (
            interval("", *(row[f"{name}{end}"] for end in ("", "_low", "_high"))) for name in ("icc_2_1", "icc_3_1")
        )
        measure = str(row["measure"])
        errors = (number(measure, row[name], row["sem"]) for name in ("sem", "mdc95"))
        table.add_row(escape(titled(measure)), escape(str(row["level"])) or "all", f"{row['people']}", *iccs, *errors)
    return table
