"""Labels by hand as true reps."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from analysis.sync import Alignment
from kickback.errors import KickbackError, UsageError
from kickback.scoring.hand import WORDS, Labelled, sort_labels, true_reps, words_with
from kickback.scoring.labels import Label

SAME = Alignment(0.0)
PATH = Path("video.txt")


def labelled(*labels: tuple[str, float, float], words: tuple[str, ...] = ()) -> Labelled:
    return sort_labels(PATH, [Label(word, "tier", a, b) for word, a, b in labels], words_with(words))


def test_a_way_out_and_the_way_back_after_it_are_a_rep() -> None:
    reps = true_reps(labelled(("up", 1, 2), ("Hold 1", 2, 3), ("DOWN", 3, 6), ("up", 7, 8), ("down", 8.5, 11)), SAME)
    assert [rep.instants_s for rep in reps] == [(1, 2, 3, 6), (7, 8, 8.5, 11)]
    untold = [told for rep in reps for told in (rep.hip_rotation, rep.pulses, rep.is_partial)]
    assert all(math.isnan(rep.rom_deg) for rep in reps)
    assert all(told is None for told in untold)


def test_a_labelled_rep_takes_the_phases_within_it_and_knows_no_others() -> None:
    first, second = true_reps(labelled(("rep 1", 1, 6), ("up", 1, 2), ("down", 3, 6), ("rep 2", 7, 11)), SAME)
    assert list(first.instants_s) == [1, 2, 3, 6]
    assert [math.isnan(at_s) for at_s in second.instants_s] == [False, True, True, False]


def test_instants_are_on_the_recordings_clock() -> None:
    (rep,) = true_reps(labelled(("rep", 10, 20)), Alignment(5.0, 1.001))
    assert (rep.instants_s[0], rep.instants_s[3]) == pytest.approx((15.01, 25.02))


def test_pulses_and_partials_are_told_where_any_is_labelled() -> None:
    reps = true_reps(labelled(("rep", 1, 6), ("pulse", 3, 3), ("pulse", 4, 4), ("partial", 7, 9)), SAME)
    assert [(rep.pulses, rep.is_partial) for rep in reps] == [(2, False), (0, True)]


def test_sets_end_with_a_long_rest_or_where_they_are_labelled() -> None:
    spans = [("rep", 1, 4), ("rep", 6, 9), ("rep", 25, 28)]
    assert [rep.set for rep in true_reps(labelled(*spans), SAME)] == [0, 0, 1]
    marked = [("set", 0, 5), ("set", 5.5, 30)]
    assert [rep.set for rep in true_reps(labelled(*spans, *marked), SAME)] == [0, 1, 1]


def test_the_tier_says_what_a_number_is() -> None:
    found = sort_labels(PATH, [Label("1", "Rep", 1, 2), Label("", "jump", 0, 0.1), Label("talk", "x", 3, 4)], WORDS)
    assert len(found.of["rep"]) == 1
    assert (found.sync_s, found.unused) == ((0,), ("talk",))


def test_own_words_go_before_ours() -> None:
    found = labelled(("Wiederholung", 1, 2), ("top", 3, 4), words=("rep=wiederholung", "sync=top"))
    assert (len(found.of["rep"]), found.of["hold"], found.sync_s) == (1, (), (3,))


@pytest.mark.parametrize("text", ["rep", "rep=", "kick=word"])
def test_own_words_that_are_typed_wrong_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="KIND=WORD"):
        words_with([text])


@pytest.mark.parametrize(
    "labels, words",
    [
        ([("rep", 1, 1)], r"the rep at 1\.00 s has no length"),
        ([("rep", 1, 4), ("rep", 3, 6)], r"two reps overlap at 3\.00 s"),
        ([("up", 1, 2), ("up", 5, 6), ("down", 6, 8)], r"the way out at 1\.00 s has no way back"),
        ([("up", 1, 4), ("down", 3, 6)], r"the way out at 1\.00 s has no way back"),
    ],
)
def test_labels_that_make_no_rep_are_said(labels: list[tuple[str, float, float]], words: str) -> None:
    with pytest.raises(KickbackError, match=words):
        true_reps(labelled(*labels), SAME)


def test_labels_of_something_else_are_said() -> None:
    with pytest.raises(KickbackError, match=r"no label is a rep or a way out \(there is talk, walk\)"):
        labelled(("walk", 1, 2), ("talk", 2, 3))
