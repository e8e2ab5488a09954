"""One recording from its file to a kept result; what is the same for all of them, and what became of each."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from analysis.params import Params
from kickback.batching.cache import keep, kept, key_of, software, write_whole
from kickback.batching.entry import angle_table, entry_of
from kickback.batching.listing import Listed
from kickback.errors import KickbackError, one_line
from kickback.result import Analysis
from recordings.options import Options

if TYPE_CHECKING:
    from recordings.registry import Source


class OtherSoftwareError(KickbackError):
    """A worker has other software than the one who asks: its numbers might be others."""

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), self.args


@dataclass(frozen=True)
class Job:
    """What is done with every recording.

    Attributes:
        folder: of the recordings.
        params: what the user decided. unsaid: of these what was left open, so that a recording may say it.
        options: what overrules the detection of a file's format.
        kept: where results are kept, None: nowhere, they are handed back.
        angles: where the angle over time of each is written, None: nowhere.
        chosen: whether somebody named the recordings; else a file that only belongs to another is no failure.
        software: the sum that a worker's own must equal.
    """

    folder: Path
    params: Params = field(default_factory=Params)
    unsaid: frozenset[str] = frozenset()
    options: Options = field(default_factory=Options)
    kept: Path | None = None
    angles: Path | None = None
    chosen: bool = True
    software: str = field(default_factory=software)


@dataclass(frozen=True)
class Outcome:
    """What became of one recording.

    Attributes:
        path: below the folder.
        key: what the result is kept under; "" where there is none.
        text: the result, where it is not kept.
        again: whether it had been done before.
        error: the line that says why it could not be done, without the path.
        sha256: of its file or files; "" where they could not be read.
        parts: the files that it was read from; two outcomes with the same ones are one recording.
        aside: whether the file only belongs to a recording and is none.
        fault: whether the error is one of Kickback's own.
    """

    path: str
    key: str = ""
    text: bytes | None = None
    again: bool = False
    error: str | None = None
    sha256: str = ""
    parts: tuple[str, ...] = ()
    aside: bool = False
    fault: bool = False


def do_some(job: Job, recordings: Sequence[Listed]) -> list[Outcome]:
    """Several recordings, one after the other.

    Raises:
        OtherSoftwareError: this process has other versions than the one that asked.
        KickbackError: this machine does not see the folder, or has no room for the results.
    """
    if job.software != software():
        raise OtherSoftwareError(
            "a worker has another Kickback, Python, numpy, scipy or vqf than this command: install the same on both"
        )
    if not job.folder.is_dir():
        raise KickbackError(f"a worker sees no folder {job.folder}: it must be found there on every machine")
    return [do_one(job, one) for one in recordings]


def do_one(job: Job, listed: Listed) -> Outcome:
    """One recording: read, analyzed and kept, unless it was done before. What is wrong with it is in the outcome.

    Raises:
        KickbackError: the result could not be written.
    """
    path = job.folder / listed.path
    if listed.problem is not None:
        return Outcome(listed.path, error=listed.problem, sha256=_sum(path) or "")
    try:
        return _done(job, listed, path)
    except (OSError, ValueError) as error:
        if not job.chosen and _is_aside(path, job.options):
            return Outcome(listed.path, aside=True)
        return Outcome(listed.path, error=_plain(error, path, job.folder), sha256=_sum(path) or "")
    except KickbackError:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours in one file must not keep the others from being done
        line = f"Kickback failed ({type(error).__name__}: {one_line(error)}); please report this fault"
        return Outcome(listed.path, error=line, sha256=_sum(path) or "", fault=True)


def _done(job: Job, listed: Listed, path: Path) -> Outcome:
    from recordings import registry

    params, unsaid = _params(job, listed)
    _, source = registry.open_source(path, job.options)
    key = key_of(
        {
            "files": source.sha256,
            "beside": [_sum(one) for one in _beside(source)],
            "params": asdict(params),
            "unsaid": sorted(unsaid),
            "options": asdict(job.options),
            "software": job.software,
        }
    )
    parts = tuple(sorted(os.path.relpath(part.path, job.folder) for part in source.parts.values()))
    angle = job.angles / angle_name(listed.name) if job.angles is not None else None
    text = kept(job.kept, key) if job.kept is not None else None
    again = text is not None and (angle is None or _belongs(angle, key))
    if not again:
        analysis = _analyzed(path, job.options, params, unsaid)
        text = entry_of(analysis, source.sha256)
        _write(job, key, text, angle, analysis)
    return Outcome(listed.path, key, text if job.kept is None else None, again, sha256=source.sha256, parts=parts)


def _params(job: Job, listed: Listed) -> tuple[Params, frozenset[str]]:
    from kickback.session import choose

    if not listed.overruled:
        return job.params, job.unsaid
    said = listed.overruled
    params = choose(job.params, said.get("leg"), said.get("tempo"), None, said.get("exercise"))
    return params, job.unsaid - set(said)


def _analyzed(path: Path, options: Options, params: Params, unsaid: frozenset[str]) -> Analysis:
    from kickback.session import BLOCK_SIZE, collect, for_recording, load, pipeline_for, run

    recording = load(path, options)
    chosen = for_recording(params, recording, unsaid)
    return collect(recording, chosen, run(pipeline_for(recording, chosen), recording.blocks(BLOCK_SIZE)))


def _write(job: Job, key: str, text: bytes, angle: Path | None, analysis: Analysis) -> None:
    """The angle first: a result that is kept has one that belongs to it."""
    try:
        if angle is not None:
            import pyarrow.parquet as pq

            memory = io.BytesIO()
            pq.write_table(angle_table(analysis, key), memory, compression="zstd")
            write_whole(angle, memory.getvalue())
        if job.kept is not None:
            keep(job.kept, key, text)
    except OSError as error:
        raise KickbackError(one_line(error, job.kept)) from None


def angle_name(name: str) -> str:
    """Where below ``angle/`` a recording's angle lies; the ending stays, for two may differ in nothing else."""
    path = PurePosixPath(name)
    return f"{name}.parquet" if path.suffix.lower() != ".csv" else path.with_suffix(".parquet").as_posix()


def _belongs(angle: Path, key: str) -> bool:
    """Whether the angle that lies there was made with this result."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(angle).metadata or {}
    except (OSError, pa.ArrowInvalid):
        return False
    return bool(metadata.get(b"kickback_key") == key.encode())


def _beside(source: Source) -> list[Path]:
    """Files that say more about a recording: the sidecar of each part, and what Motion-BIDS puts beside it."""
    found = []
    for part in source.parts.values():
        found.append(part.path.with_suffix(".json"))
        if part.path.stem.endswith("_motion"):
            stem = part.path.stem.removesuffix("_motion")
            found += [part.path.with_name(f"{stem}_channels{ending}") for ending in (".tsv", ".json")]
    return sorted(found)


def _sum(path: Path) -> str | None:
    """The sum of a file; None where there is none that can be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None


def _is_aside(path: Path, options: Options) -> bool:
    """Whether a file that cannot be read as a recording only lies beside one, as a logger's notes do."""
    from recordings import registry
    from recordings.parts import file_part

    try:
        claims = registry.claims_of(file_part(path, options).head)
    except (OSError, ValueError):
        return False
    return bool(claims) and all(claim.role == "aside" for claim in claims.values())


def _plain(error: Exception, path: Path, folder: Path) -> str:
    """The error's one line without the file's own name and without where the folder lies."""
    line = one_line(error, path).removeprefix(str(path))
    return line.replace(f"{folder}{os.sep}", "").lstrip(":, ") or type(error).__name__
