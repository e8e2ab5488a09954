"""A session from the virtual sensor on the page: its end, its kill and its going on, what is heard and when."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

SAID = ("--leg", "left", "--tempo", "1-0-1-1")
HEARD_WITHIN_MS = 150.0


def live(played: Path, *more: str) -> tuple[str | Path, ...]:
    """The command, with a store in the folder that it runs in."""
    return ("live", "--virtual", "--replay", played, "--store", "store.sqlite3", *more)


def test_the_end_says_where_the_files_are(start: Any, look: Any, quick: Path, tmp_path: Path) -> None:
    """A session of some seconds, watched from its beginning; what is heard is heard in time."""
    watch = look(start(*live(quick, *SAID, "--seconds", "6")).url)
    watch.page.locator("#kb-sound-on").click()
    watch.page.locator("#kb-sound-on[data-state=on]").wait_for()
    assert "VIRTUAL" in watch.text("#banners")
    watch.page.locator(".sensor-line", has_text="running").wait_for()
    watch.counts(3)
    watch.until("window.heard.some(each => each.type === 'ended' && each.files.length > 0)")
    watch.page.locator("#message", has_text=".kbraw").wait_for()
    told = watch.told("ended")[-1]["files"]
    assert told
    assert all((tmp_path / name).is_file() for name in told)
    cues = watch.told("cue")
    assert {cue["cue"] for cue in cues} >= {"count", "set_done"}
    log = watch.page.evaluate("window.kickback.soundLog")
    assert [entry["cue"] for entry in log] == [cue["cue"] for cue in cues]
    heard = [entry for entry in log if entry["started"] is not None]
    assert "count" in {entry["cue"] for entry in heard}
    assert all(entry["ms"] <= HEARD_WITHIN_MS for entry in heard), heard
    assert all(entry["why"] in ("", "urgent", "cut", "locked") for entry in log), log
    watch.all_well()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGKILL for a process")
def test_what_a_killed_session_had_counted_is_on_the_page_again(
    start: Any, look: Any, quick: Path, tmp_path: Path
) -> None:
    """The same tab comes back by itself; the set, its reps and what was said of it are there."""
    killed = start(*live(quick, *SAID))
    watch = look(killed.url)
    watch.counts(3)
    watch.press("Add a rep")
    watch.page.locator(".reps tbody tr.added").wait_for()
    before = [row[0] for row in watch.rows()]
    killed.process.kill()
    watch.page.locator("body.stale").wait_for()
    resumed = start(*live(quick, "--resume"), "--port", killed.url.rstrip("/").rsplit(":", 1)[1])
    assert resumed.url == killed.url
    watch.until("window.heard.filter(each => each.type === 'snapshot').length === 2")
    watch.page.locator("body:not(.stale)").wait_for()
    (lane,) = watch.told("snapshot")[1]["lanes"]
    (closed,) = lane["closed"]
    assert (closed["count"], closed["shown"]) == (3, 4)
    watch.page.locator(".sets-list li", has_text="4 reps").wait_for()
    assert "measured: 3" in watch.text(".sets-list li")
    assert [row[0] for row in watch.rows()] == before == ["+1", "3", "2", "1"]
    assert [text for text in watch.faults if "WebSocket" not in text and "ERR_CONNECTION" not in text] == []
