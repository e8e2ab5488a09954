"""The video's clock and the recording's: what was typed, what the labels say, and what the recording shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from analysis.sync import Alignment, knocks, the_knock
from kickback.errors import KickbackError, UsageError, one_line
from kickback.scoring.hand import Labelled
from kickback.scoring.text_table import frame_of, read_rows

NEAR_S = 2.0
"""A typed instant of the sensor is looked for in the recording this far around."""
COLUMNS = ("recording", "video_s", "sensor_s")


@dataclass(frozen=True)
class Sync:
    """What somebody said of the two clocks.

    Attributes:
        video_s, sensor_s: instants that both saw, pairs; the sensor's may be missing where a recording is there.
        recordings: the recordings by name, in which the jump or the tap is looked for.
        table: pairs by the recording's name, from a file; goes before the typed ones.
    """

    video_s: tuple[float, ...] = ()
    sensor_s: tuple[float, ...] = ()
    recordings: Mapping[str, Path] = field(default_factory=dict)
    table: Mapping[str, tuple[tuple[float, ...], tuple[float, ...]]] = field(default_factory=dict)


def read_sync(path: Path) -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
    """Pairs of instants by recording, from a table with ``recording``, ``video_s`` and ``sensor_s``.

    Raises:
        KickbackError: it is no such table.
    """
    table = frame_of(read_rows(path), COLUMNS[1:])
    if absent := [name for name in COLUMNS if name not in table.columns]:
        raise KickbackError(f"{path}: the table of clocks has no column {absent[0]!r}; it needs {', '.join(COLUMNS)}")
    if table.isna()[list(COLUMNS)].any(axis=None):
        raise KickbackError(f"{path}: a cell of the table of clocks is empty")
    found = {}
    for key, part in table.groupby("recording", sort=True):
        found[Path(str(key)).with_suffix("").as_posix()] = tuple(part["video_s"]), tuple(part["sensor_s"])
    return found


def clocks_of(labelled: Labelled, name: str, sync: Sync) -> tuple[Alignment, str]:
    """The alignment of one recording, and how it was found in a line.

    Raises:
        UsageError: what was typed is not enough, or contradicts itself.
        KickbackError: the recording cannot be read, or shows no one jump or tap.
    """
    if name in sync.table:
        video_s, sensor_s = sync.table[name]
        return _aligned(labelled.path, video_s, sensor_s), "by the table of clocks"
    video_s = sync.video_s or labelled.sync_s
    recording = sync.recordings.get(name)
    if recording is None:
        if not sync.sensor_s:
            raise UsageError(
                f"{labelled.path}: these labels are on the video's clock; name an instant that both saw with "
                "--sync-video S --sync-sensor S (0 and 0 where the clocks are the same), or the "
                "--recording that shows the jump"
            )
        if not video_s:
            raise UsageError(
                f"{labelled.path}: no label is called sync, jump or tap; say when it was with --sync-video S"
            )
        return _aligned(labelled.path, video_s, sync.sensor_s), "as typed"
    if not video_s:
        raise UsageError(f"{labelled.path}: no label is called sync, jump or tap; say when it was with --sync-video S")
    if len(video_s) > 1 and len(sync.sensor_s) != len(video_s):
        raise UsageError(
            f"{labelled.path}: {len(video_s)} jumps or taps in the video; say about when each was on the sensor's "
            "clock with --sync-sensor S, once for each in their order"
        )
    found = [_in_recording(recording, near_s) for near_s in (sync.sensor_s or (None,))]
    how = ", ".join(f"{at_s:.3f} s" for at_s in found)
    return _aligned(labelled.path, video_s, found), f"jump or tap found in {recording.name} at {how}"


def _aligned(path: Path, video_s: Sequence[float], sensor_s: Sequence[float]) -> Alignment:
    try:
        return Alignment.of(video_s, sensor_s)
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from None


def _in_recording(path: Path, near_s: float | None) -> float:
    """When the jump or the tap was on the recording's clock: the strongest knock, near an instant or anywhere."""
    from kickback.session import load

    try:
        recording = load(path)
    except (OSError, ValueError) as error:
        raise KickbackError(one_line(error, path)) from None
    found = knocks(recording.time_s, recording.block.acc_mps2)
    where = ""
    if near_s is not None:
        found = tuple(knock for knock in found if abs(knock.at_s - near_s) <= NEAR_S)
        where = f" within {NEAR_S:g} s of {near_s:g} s"
    try:
        return the_knock(found).at_s
    except ValueError as error:
        raise KickbackError(
            f"{path}: the jump or tap is not found{where}: {error}; say when it was with --sync-sensor S"
        ) from None
