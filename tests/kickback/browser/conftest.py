"""A real browser in front of a real server: Debian's Chromium, driven by playwright, and the commands as processes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from imu.blocks import Recording
from imu.simulate import simulate
from recordings import shipped_path, write_csv

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SOON_MS = 20_000.0


LISTEN = """
window.heard = [];
window.violations = [];
window.sockets = [];
document.addEventListener("kickback:message", (event) => window.heard.push(event.detail));
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
window.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); window.sockets.push(this); }
};
"""
"""Before any script of the page: keep what the page was told, what the policy forbade, and its connections."""


class Watch:
    """The page in a browser, with all that went wrong in it.

    Attributes:
        page: playwright's. faults: what was said on the console as an error or a warning, and scripts that failed.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.faults: list[str] = []
        page.set_default_timeout(SOON_MS)
        page.on("console", lambda said: self.faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.add_init_script(LISTEN)
        page.goto(url)

    def until(self, expression: str) -> None:
        """Wait until this holds on the page; playwright's own way evaluates strings, and the policy forbids that."""
        held = self.page.evaluate(
            f"""() => new Promise((done) => {{
              const end = performance.now() + {SOON_MS};
              const look = () => {{
                if ({expression}) done(true);
                else if (performance.now() > end) done(false);
                else setTimeout(look, 20);
              }};
              look();
            }})"""
        )
        if not held:
            state = self.page.evaluate("JSON.stringify({...window.heard.at(-1), text: document.body.innerText})")
            raise AssertionError(f"did not come: {expression}; the page: {state[:3000]}; {self.faults}")

    def text(self, selector: str) -> str:
        """What stands there."""
        return self.page.locator(selector).first.inner_text()

    def counts(self, number: int) -> None:
        """Wait until this stands large."""
        self.until(f"document.querySelector('.digits')?.textContent === '{number}'")

    def rows(self) -> list[list[str]]:
        """The rep list's cells, the latest rep first."""
        script = "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
        rows: list[list[str]] = self.page.locator(".reps tbody tr").evaluate_all(script)
        return rows

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The messages of this type that the page got until now."""
        messages: list[dict[str, Any]] = self.page.evaluate(f"window.heard.filter(each => each.type === '{kind}')")
        return messages

    def set_now(self) -> dict[str, Any]:
        """The set that is shown, as the server said it last."""
        last: dict[str, Any] = self.page.evaluate("window.heard.filter(each => each.set_now).at(-1).set_now")
        return last

    def press(self, name: str) -> None:
        """Click the button of that name among the controls."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def all_well(self) -> None:
        """Nothing failed in the page, and nothing broke its policy."""
        assert self.page.evaluate("window.violations") == []
        assert self.faults == []


class Running:
    """A command whose lines are read while it runs.

    Attributes:
        url: of the page that it serves. process: the command. lines: that came until now.
    """

    def __init__(self, folder: Path, *arguments: str | Path) -> None:
        command = [sys.executable, "-m", "kickback", *map(str, arguments), "--page", "--no-browser"]
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).parents[3])},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.url = self.until(r"The page: (http://\S+)")[1]

    def until(self, pattern: str) -> re.Match[str]:
        """The first line from now on that matches."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"{pattern!r} did not come:\n" + "\n".join(self.lines))

    def close(self) -> None:
        """Kill it where it still runs."""
        self.process.kill()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process.wait()


class Start(Protocol):
    """Runs a command with a page, in a folder of its own."""

    def __call__(self, *arguments: str | Path) -> Running: ...


Open = Callable[..., Watch]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For one file of tests: playwright holds an event loop in this thread, which others' tests could not bear."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed to drive a browser")
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed to look at the page with")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Run a command with a page; it is killed in the end."""
    running: list[Running] = []

    def started(*arguments: str | Path) -> Running:
        running.append(Running(tmp_path, *arguments))
        return running[-1]

    yield started
    for each in running:
        each.close()


@pytest.fixture
def look(chromium: Browser) -> Iterator[Open]:
    """Open the page as somebody else would: a context of its own, closed in the end."""
    contexts = []

    def opened(url: str, **options: Any) -> Watch:
        contexts.append(chromium.new_context(**{"locale": "en-GB", **options}))
        return Watch(contexts[-1].new_page(), url)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def turned() -> Path:
    """A simulated set of eight reps in which the hip turns."""
    return shipped_path("hip_rotation")


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds with three quick reps, simulated, as a file for the virtual sensor."""
    pytest.importorskip("bumble", reason="the extra 'virtual' is not installed")
    whole = simulate("fast", seed=13, reps=3).recording()
    begin_s = whole.header.start_s + 22.0
    short: Recording = whole.between(begin_s, begin_s + 5.0)
    path = tmp_path_factory.mktemp("quick") / "quick.csv"
    write_csv(short, path)
    return path
