"""The whole of it in processes of their own: a browser's side of the socket, a kill, and the way back."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from imu.blocks import Recording
from kickback import analyze
from kickback.store import Store
from recordings import write_csv

SOON_S = 20.0
KICKBACK = [sys.executable, "-m", "kickback"]


@pytest.fixture(scope="module")
def played(quick: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quick set as a file."""
    pytest.importorskip("bumble", reason="the extra 'virtual' is not installed")
    path = tmp_path_factory.mktemp("quick") / "quick.csv"
    write_csv(quick, path)
    return path


class Running:
    """A process whose lines are read while it runs.

    Attributes:
        lines: that came until now.
    """

    def __init__(self, folder: Path, *arguments: str | Path) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [*KICKBACK, *map(str, arguments)],
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )

    def until(self, pattern: str) -> re.Match[str]:
        """The first line from now on that matches."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"{pattern!r} did not come:\n" + "\n".join(self.lines))

    def rest(self) -> int:
        """All lines to the end, and the exit code."""
        assert self.process.stdout is not None
        self.lines += self.process.stdout.read().splitlines()
        return self.process.wait(SOON_S)


@contextmanager
def running(folder: Path, *arguments: str | Path) -> Iterator[Running]:
    started = Running(folder, *arguments)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait()
        if started.process.stdout is not None:
            started.process.stdout.close()


@contextmanager
def page_of(session: Running) -> Iterator[Callable[[str], dict[str, Any]]]:
    """Joins the page; gives what waits for the next message of a type."""
    url = session.until(r"The page: (http://\S+/)")[1]
    with connect(url.replace("http", "ws") + "ws", open_timeout=SOON_S) as there:

        def next_of(kind: str) -> dict[str, Any]:
            while True:
                message: dict[str, Any] = json.loads(there.recv(SOON_S))
                if message["type"] == kind:
                    return message

        next_of.socket = there  # type: ignore[attr-defined]  # to send by
        yield next_of


def send(page: Callable[[str], dict[str, Any]], **command: Any) -> None:
    there: ClientConnection = page.socket  # type: ignore[attr-defined]  # see page_of
    there.send(json.dumps(command))


def live(played: Path, store: Store, *more: str) -> list[str | Path]:
    page: list[str | Path] = ["--page", "--no-browser", "--store", store.path]
    return ["live", "--virtual", "--replay", played, *page, *more]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows neither SIGKILL nor SIGINT for a process")
def test_a_session_that_was_killed_goes_on_on_the_page(tmp_path: Path, played: Path, store: Store) -> None:
    said = ("--leg", "left", "--tempo", "1-0-1-1", "--person", "Ann")
    with running(tmp_path, *live(played, store, *said)) as session, page_of(session) as page:
        picture = page("snapshot")
        assert (picture["live"], picture["simulated"], picture["may_control"]) == (True, True, True)
        assert any("VIRTUAL SENSOR" in banner for banner in picture["banners"])
        assert picture["target"]["code"] == "1-0-1-1"
        assert page("progress")["lane"] == 0
        assert page("rep")["rep"]["rep"] == 1
        send(page, do="note", lane=0, set=1, band="red", effort=6)
        assert page("corrected")["set_now"]["note"] == {"band": "red", "effort": 6}
        session.process.kill()
    (killed,) = store.sessions()
    assert killed.ended is None
    assert [row.what for row in store.corrections(killed.id)] == ["note"]
    counted = [row.rep.rep for row in store.reps(killed.id)]
    assert counted == [1, 2, 3]

    with running(tmp_path, *live(played, store, "--resume")) as session:
        with page_of(session) as page:
            picture = page("snapshot")
            (lane,) = picture["lanes"]
            (before,) = lane["closed"]
            assert (before["set"], before["leg"], before["count"]) == (1, "left", 3)
            assert before["note"] == {"band": "red", "effort": 6}
            assert (lane["set"]["next_set"], picture["target"]["code"]) == (2, "1-0-1-1")
            assert page("progress")["rest_s"] > 0, "since the set before the kill"
            send(page, do="delete_rep", lane=0, set=1, rep=2)
            assert page("corrected")["closed"][0]["shown"] == 2
            send(page, do="end")
            assert page("ended")["text"] == "The table and the report are being made."
            told = page("ended")
            assert "set 1 here was set 2 of the whole" in told["text"]
            assert {Path(name).name.split(".", 1)[1] for name in told["files"]} >= {"kbraw", "csv", "report.html"}
            session.until("The page stays for")
            session.process.send_signal(signal.SIGINT)
        assert session.rest() == 0, "\n".join(session.lines)
    assert any("Going on with the session of " in line and "1 set, 3 reps" in line for line in session.lines)
    assert any("set 1 here was set 2 of the whole" in line for line in session.lines)
    assert not any("Traceback" in line for line in session.lines)

    first, second = store.sessions()
    assert (second.continues, second.person) == (first.id, "Ann")
    assert second.ended is not None
    assert [row.what for row in store.corrections(first.id)] == ["note", "delete_rep"], "with the set that it is about"
    for row in (first, second):
        raw = row.lanes[0].raw
        assert raw is not None
        analysis = analyze(raw)
        assert len(analysis.all_reps) == (3 if row is first else 0)
        assert tuple(each.rep for each in store.reps(row.id)) == tuple(analysis.all_reps)
    assert store.unfinished() == []
