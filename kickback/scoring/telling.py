"""``kickback score``: from what was typed to what is printed and written."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from kickback.document import to_json
from kickback.errors import KickbackError, UsageError, one_line
from kickback.files import write_atomically
from kickback.provenance import Provenance, sha256_of
from kickback.scoring.clocks import Sync, read_sync
from kickback.scoring.hand import words_with
from kickback.scoring.inputs import TRUTHS, files_of, tables_of
from kickback.scoring.judging import Verdict, judge
from kickback.scoring.showing import document, render

_COUNTS = ("name", "reps", "optional", "found", "missed", "made_up", "count_error")


@dataclass(frozen=True)
class Asked:
    """What was typed; see the command's help."""

    predicted: Path
    truth: Path
    labels: tuple[str, ...] = ()
    sync_video_s: tuple[float, ...] = ()
    sync_sensor_s: tuple[float, ...] = ()
    sync_table: Path | None = None
    recording: Path | None = None
    out: Path | None = None
    as_json: bool = False

    @property
    def command(self) -> tuple[str, ...]:
        """The words behind ``kickback`` that give the same result again."""
        said = ["score", str(self.predicted), str(self.truth)]
        for option, values in (
            ("--label", self.labels),
            ("--sync-video", self.sync_video_s),
            ("--sync-sensor", self.sync_sensor_s),
            ("--sync-table", (self.sync_table,)),
            ("--recording", (self.recording,)),
        ):
            said += [word for value in values if value is not None for word in (option, str(value))]
        return tuple(said)


def score_files(asked: Asked) -> None:
    """Judge, print, and write where that is asked for.

    Raises:
        KickbackError: a file cannot be used or written.
        UsageError: what was typed does not go together; nothing was done.
    """
    words = words_with(asked.labels)
    with _bar() as begin:
        verdict = judge(asked.predicted, asked.truth, words, _sync(asked), begin)
    told = document(verdict)
    if asked.out is not None:
        _write(asked, verdict, told)
    if asked.as_json:
        typer.echo(to_json(told, ascii_only=True), nl=False)
        return
    from kickback.commands.analyze import plain_console

    console = plain_console()
    for piece in render(verdict):
        console.print(piece)


@contextmanager
def _bar() -> Iterator[Callable[[int], Callable[[], None]]]:
    """A bar on stderr where there is someone to see it: recordings, then the intervals, however long they take."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:

        def begin(total: int) -> Callable[[], None]:
            task = progress.add_task("judging", total=total)

            def done() -> None:
                progress.advance(task)
                if progress.tasks[0].finished:
                    progress.add_task("intervals", total=None)

            return done

        yield begin


def _sync(asked: Asked) -> Sync:
    video_s, sensor_s = asked.sync_video_s, asked.sync_sensor_s
    if video_s and asked.recording is None and len(video_s) != len(sensor_s):
        raise UsageError(
            f"--sync-video is there {len(video_s)} times and --sync-sensor {len(sensor_s)} times: they are pairs, "
            "one of each for a jump or a tap"
        )
    recordings = dict(_recordings(asked.recording, asked.truth)) if asked.recording is not None else {}
    table = read_sync(asked.sync_table) if asked.sync_table is not None else {}
    return Sync(video_s, sensor_s, recordings, table)


def _recordings(recording: Path, truth: Path) -> Sequence[tuple[str, Path]]:
    """The recordings by the name of the truth that is about them; one file belongs to one truth."""
    if truth.is_dir():
        if not recording.is_dir():
            raise UsageError(f"--recording {recording} is one file and {truth} a folder: name the recordings' folder")
        return files_of(recording, (".csv", ".zip", ".kbraw"))
    names = [name for name, _ in files_of(truth, TRUTHS)]
    if not recording.exists():
        raise KickbackError(f"{recording}: there is no such file; check the name and the folder")
    return [(names[0], recording)]


def _write(asked: Asked, verdict: Verdict, told: dict[str, Any]) -> None:
    folder = asked.out
    if folder is None:
        return
    figures = [{"figure": name, **asdict(figure)} for name, figure in verdict.figures.items()]
    recordings = [{name: row[name] for name in _COUNTS} for row in told["recordings"]]
    try:
        written = [
            write_atomically(folder / "score.json", to_json(told)),
            write_atomically(
                folder / "figures.csv", _csv(figures, ("figure", "value", "low", "high", "n", "recordings"))
            ),
            write_atomically(folder / "recordings.csv", _csv(recordings, _COUNTS)),
        ]
        inputs = {str(path): sha256_of(path) for path in _inputs(asked)}
        made = Provenance(asked.command, {"intervals": "95 %", "seed": 0}, inputs, verdict.simulated)
        written.append(made.write(folder, written))
    except OSError as error:
        raise KickbackError(one_line(error, folder)) from None
    typer.echo("Written: " + ", ".join(map(str, written)), err=True)


def _inputs(asked: Asked) -> list[Path]:
    paths = [path for _, path in tables_of(asked.predicted)] + [path for _, path in files_of(asked.truth, TRUTHS)]
    paths += [asked.sync_table] if asked.sync_table is not None else []
    if asked.recording is not None:
        paths += [path for _, path in _recordings(asked.recording, asked.truth) if path.is_file()]
    return paths


def _csv(rows: Sequence[dict[str, Any]], header: Sequence[str]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, header, lineterminator="\n")
    table.writeheader()
    table.writerows({name: "" if value != value else value for name, value in row.items()} for row in rows)
    return text.getvalue()
