"""Labels by hand as true reps: which words mean what, and which phases make up a rep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from analysis.chains import PAUSE_S
from analysis.matching import TrueRep
from analysis.sync import Alignment
from kickback.errors import KickbackError, UsageError
from kickback.scoring.labels import Label

NAN = math.nan
WORDS: Mapping[str, tuple[str, ...]] = {
    "rep": ("rep", "repetition"),
    "partial": ("partial", "partial rep"),
    "concentric": ("concentric", "con", "up", "out", "way out"),
    "hold": ("hold", "squeeze", "top"),
    "eccentric": ("eccentric", "ecc", "down", "back", "way back"),
    "pulse": ("pulse",),
    "set": ("set",),
    "sync": ("sync", "jump", "tap"),
}
"""What a label may be called, in any case; a number behind it does not matter. ``--label KIND=WORD`` adds others."""


@dataclass(frozen=True)
class Labelled:
    """The labels of a video by what they mean, on the video's clock, in order of time.

    Attributes:
        path: the file.
        of: labels by kind, see :data:`WORDS`; every kind is there.
        unused: words that mean nothing here, in the order of the alphabet.
    """

    path: Path
    of: Mapping[str, tuple[Label, ...]]
    unused: tuple[str, ...]

    @property
    def sync_s(self) -> tuple[float, ...]:
        """When the label of a jump or a tap begins."""
        return tuple(label.start_s for label in self.of["sync"])


def words_with(own: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The words with those that somebody uses, typed as ``KIND=WORD``.

    Raises:
        UsageError: it is typed otherwise, or there is no such kind.
    """
    words = dict(WORDS)
    for text in own:
        kind, equals, word = (part.strip().lower() for part in text.partition("="))
        if not equals or not word or kind not in words:
            raise UsageError(f"--label {text}: type KIND=WORD, KIND one of {', '.join(WORDS)}")
        words = {name: tuple(one for one in known if one != word) for name, known in words.items()}
        words[kind] = (*words[kind], word)
    return words


def sort_labels(path: Path, labels: Sequence[Label], words: Mapping[str, tuple[str, ...]]) -> Labelled:
    """Labels by kind: by what they say, else by the tier in which they stand.

    Raises:
        KickbackError: none of them is a rep or a phase of one.
    """
    kind_of = {word: kind for kind, known in words.items() for word in known}
    found: dict[str, list[Label]] = {kind: [] for kind in words}
    unused = set()
    for label in labels:
        kind = next((kind_of[text] for text in map(_bare, (label.word, label.tier)) if text in kind_of), None)
        if kind is None:
            unused.add(label.word or label.tier or "(empty)")
        else:
            found[kind].append(label)
    if not any(found[kind] for kind in ("rep", "partial", "concentric")):
        named = ", ".join(sorted(unused)[:8]) or "nothing"
        raise KickbackError(
            f"{path}: no label is a rep or a way out (there is {named}); say which is with --label rep=WORD"
        )
    return Labelled(path, {kind: tuple(some) for kind, some in found.items()}, tuple(sorted(unused)))


def _bare(text: str) -> str:
    return text.lower().rstrip("0123456789 #._-").strip()


def true_reps(labelled: Labelled, clocks: Alignment) -> tuple[TrueRep, ...]:
    """The reps on the recording's clock.

    A labelled rep takes the phases labelled within it. Without labelled reps, a way out and the way back after it are
    one. What nobody labelled is unknown. Sets are those labelled, else they end where nothing happens for as long as
    it ends a set of the analysis.

    Raises:
        KickbackError: a rep has no length, two overlap, or a way out has no way back.
    """
    whole = [(label, kind) for kind in ("rep", "partial") for label in labelled.of[kind]]
    spans = _labelled(labelled, whole) if whole else _chained(labelled)
    spans.sort(key=lambda span: span[0][0])
    for (first, _), (second, _) in pairwise(spans):
        if second[0] < first[3]:
            raise KickbackError(f"{labelled.path}: two reps overlap at {second[0]:.2f} s of the video; label each once")
    sets = _sets(labelled, [span for span, _ in spans])
    return tuple(
        _rep(labelled, clocks, number, span, partial) for number, (span, partial) in zip(sets, spans, strict=True)
    )


Span = tuple[float, float, float, float]
"""The four instants of a rep; the inner two may be NaN."""


def _labelled(labelled: Labelled, whole: Sequence[tuple[Label, str]]) -> list[tuple[Span, bool | None]]:
    tells_partials = bool(labelled.of["partial"])
    found: list[tuple[Span, bool | None]] = []
    for label, kind in whole:
        if not label.end_s > label.start_s:
            raise KickbackError(
                f"{labelled.path}: the rep at {label.start_s:.2f} s has no length; label its start and its end"
            )
        out = _within(labelled.of["concentric"], label)
        back = _within(labelled.of["eccentric"], label)
        inner = out.end_s if out else NAN, back.start_s if back else NAN
        found.append(((label.start_s, *inner, label.end_s), kind == "partial" if tells_partials else None))
    return found


def _within(phases: Sequence[Label], rep: Label) -> Label | None:
    return next((one for one in phases if rep.start_s <= (one.start_s + one.end_s) / 2 <= rep.end_s), None)


def _chained(labelled: Labelled) -> list[tuple[Span, bool | None]]:
    found: list[tuple[Span, bool | None]] = []
    outs, backs = labelled.of["concentric"], list(labelled.of["eccentric"])
    for out, after in zip(outs, [*outs[1:], None], strict=True):
        until_s = after.start_s if after else math.inf
        back = next((one for one in backs if out.start_s < one.start_s < until_s), None)
        if back is None or back.start_s < out.end_s or not back.end_s > out.start_s:
            raise KickbackError(
                f"{labelled.path}: the way out at {out.start_s:.2f} s has no way back behind it; label it, or the rep"
            )
        found.append(((out.start_s, out.end_s, back.start_s, back.end_s), None))
    return found


def _sets(labelled: Labelled, spans: Sequence[Span]) -> list[int]:
    marked = labelled.of["set"]
    numbers: list[int] = []
    for place, span in enumerate(spans):
        if marked:
            inside = (k for k, one in enumerate(marked) if one.start_s <= (span[0] + span[3]) / 2 <= one.end_s)
            numbers.append(next(inside, -1))
        elif not place:
            numbers.append(0)
        else:
            numbers.append(numbers[-1] + (span[0] - spans[place - 1][3] > PAUSE_S))
    return numbers


def _rep(labelled: Labelled, clocks: Alignment, number: int, span: Span, partial: bool | None) -> TrueRep:
    first, second, third, fourth = clocks.to_sensor(span).tolist()
    pulses = sum(span[0] <= one.start_s <= span[3] for one in labelled.of["pulse"]) if labelled.of["pulse"] else None
    return TrueRep(
        set=number,
        instants_s=(first, second, third, fourth),
        excursion_deg=NAN,
        rom_deg=NAN,
        peak_concentric_dps=NAN,
        peak_eccentric_dps=NAN,
        pulses=pulses,
        axial_rotation_deg=NAN,
        hip_rotation=None,
        is_partial=partial,
        optional=False,
        missing_s=0.0,
    )
