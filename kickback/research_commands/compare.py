"""The command ``compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kickback.errors import UsageError
from kickback.typed import told

Reps = Annotated[
    Path,
    typer.Argument(
        metavar="REPS", help="reps.parquet or reps.csv of `kickback batch`, or its folder.", show_default=False
    ),
]
By = Annotated[
    str,
    typer.Option("--by", metavar="COLUMN", help="group, condition, session, leg, ...", show_default=False),
]
Measures = Annotated[
    list[str] | None,
    typer.Option("--measure", metavar="NAME", help="Such as eccentric_s; again for more.", show_default="the usual"),
]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="COLUMN=VALUE", help="Only these reps; again for more conditions."),
]
Reference = Annotated[
    str | None,
    typer.Option("--reference", metavar="LEVEL", help="What the others are compared with.", show_default="the first"),
]


def compare(
    reps: Reps,
    by: By,
    measure: Measures = None,
    reference: Reference = None,
    where: Where = None,
    keep_partial: Annotated[bool, typer.Option("--keep-partial", help="Use partial reps, too.")] = False,
    keep_uncertain: Annotated[
        bool, typer.Option("--keep-uncertain", help="Use reps of sets too short to confirm them, too.")
    ] = False,
    nested_only: Annotated[
        bool, typer.Option("--nested-only", help="Only (1|subject/session/set): nothing that is each person's own.")
    ] = False,
    same_reps: Annotated[
        bool, typer.Option("--same-reps", help="The levels are methods or sensors that measured the same reps.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write tables, methods and figures here.")
    ] = None,
    no_figures: Annotated[bool, typer.Option("--no-figures", help="With --out: draw nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")] = False,
) -> None:
    """Compare groups, conditions, sessions or legs: mixed models, effect sizes, reliability; people are the unit."""
    with told():
        if no_figures and out is None:
            raise UsageError("--no-figures is for --out: without it nothing is drawn")
        if out is not None and out.exists() and not out.is_dir():
            raise UsageError(f"{out}: this is a file; --out needs a folder")
        from kickback.comparing import LEFT_OUT, Asked
        from kickback.comparison.telling import Wanted, compare_file

        kept = {"is_partial": keep_partial, "uncertain": keep_uncertain}
        left_out = tuple(flag for flag in LEFT_OUT if not kept[flag])
        asked = Asked(by, tuple(measure or ()), reference, tuple(where or ()), left_out, not nested_only, same_reps)
        compare_file(reps, asked, Wanted(out, not no_figures, as_json))
