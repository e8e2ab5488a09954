"""The report in a real browser, spoken to over a pipe; skipped, saying so, where no Chromium is installed."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kickback.report import write_report
from kickback.result import Analysis

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MakeAnalysis = Callable[..., Analysis]
OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
    "--remote-debugging-pipe",
)
ANSWER_WITHIN_S = 60.0

# The protocol wants its pipes at descriptors 3 and 4; by way of 103 and 104 neither overwrites the other.
LAUNCHER = """
import os, sys
for given, high in ((int(sys.argv[1]), 103), (int(sys.argv[2]), 104)):
    os.dup2(given, high)
os.dup2(103, 3)
os.dup2(104, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed to look at the report with")


class Browser:
    """One page of a headless Chromium, by the DevTools protocol: messages of JSON, each ended by a zero byte."""

    def __init__(self, profile: Path) -> None:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        launch = [sys.executable, "-c", LAUNCHER, str(theirs_in), str(theirs_out)]
        command = [*launch, str(CHROMIUM), *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            command, pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []

    def attach(self) -> None:
        """Open the page that everything else speaks to."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def close(self) -> None:
        """End the browser and wait for it."""
        self._process.terminate()
        self._process.wait(timeout=ANSWER_WITHIN_S)
        os.close(self._out)
        os.close(self._in)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], ANSWER_WITHIN_S)
            assert ready, "Chromium does not answer"
            more = os.read(self._in, 1 << 16)
            assert more, "Chromium has gone"
            self._buffer += more
        message, self._buffer = self._buffer.split(b"\0", 1)
        found: dict[str, Any] = json.loads(message)
        return found

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A method's result; events that come meanwhile are kept in :attr:`events`."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._number:
            self.events.append(answer)
        assert "error" not in answer, answer["error"]
        result: dict[str, Any] = answer["result"]
        return result

    def evaluate(self, script: str) -> Any:
        """The value of a script; a promise is awaited."""
        done = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"]
        return done["result"].get("value")

    def open(self, path: Path, width: int, height: int = 900, ready: str = "") -> None:
        """Show a file in a window of a size; wait until ``ready`` holds, by default until a trace is drawn."""
        self.events.clear()
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.call("Page.navigate", url=path.as_uri())
        self.evaluate(UNTIL.replace("READY", ready or DRAWN))


DRAWN = "!document.getElementById('trace-json') || document.documentElement.classList.contains('drawn')"
UNTIL = """new Promise((done) => {
  const look = () => document.readyState === "complete" && location.protocol === "file:" && (READY)
    ? done(true) : requestAnimationFrame(look);
  look();
})"""

TOOLTIPS = """(function deep(root) {
  return [...root.querySelectorAll("*")].flatMap((e) =>
    [...(e.className === "bk-tooltip-content" ? [e.innerText] : []), ...(e.shadowRoot ? deep(e.shadowRoot) : [])]);
})(document)"""

TOUCH_ACTION = """(function deep(root) {
  return [...root.querySelectorAll("*")].flatMap((e) =>
    [...(e.classList.contains("bk-events") ? [getComputedStyle(e).touchAction] : []),
     ...(e.shadowRoot ? deep(e.shadowRoot) : [])]);
})(document).join()"""

SIZES = "[document.querySelector('.live').offsetHeight > 0, document.querySelector('.still').offsetHeight > 0]"

FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    running = Browser(tmp_path_factory.mktemp("profile"))
    try:
        running.attach()
        yield running
    finally:
        running.close()


@pytest.fixture(scope="module")
def report(make_analysis: MakeAnalysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(make_analysis(), tmp_path_factory.mktemp("report") / "monday.html")


@pytest.fixture(scope="module")
def empty(make_analysis: MakeAnalysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(make_analysis(()), tmp_path_factory.mktemp("report") / "empty.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_console_stays_quiet_and_nothing_is_asked_for(browser: Browser, report: Path, scheme: str) -> None:
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    browser.open(report, 1280)
    said = [event["params"] for event in browser.events if event["method"] == "Runtime.consoleAPICalled"]
    assert [entry for entry in said if entry["type"] in {"error", "warning", "assert"}] == []
    assert [event for event in browser.events if event["method"] in {"Runtime.exceptionThrown", "Log.entryAdded"}] == []
    asked = [e["params"]["request"]["url"] for e in browser.events if e["method"] == "Network.requestWillBeSent"]
    assert asked == [report.as_uri()]


def test_the_policy_stops_a_request_that_somebody_smuggles_in(browser: Browser, report: Path) -> None:
    browser.open(report, 1280)
    stopped = browser.evaluate("fetch('data:text/plain,hello').then(() => 'went out', () => 'stopped')")
    assert stopped == "stopped"


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_sticks_out_of_the_page(browser: Browser, report: Path, empty: Path, width: int) -> None:
    for path in (report, empty):
        browser.open(path, width)
        assert browser.evaluate("document.documentElement.scrollWidth") <= width


def test_whatever_scrolls_inside_its_box_says_so(browser: Browser, report: Path) -> None:
    browser.open(report, 390)
    browser.evaluate(FRAMES)
    boxes = browser.evaluate(
        """[...document.querySelectorAll("[data-wide]")].map((box) => {
          const inner = box.querySelector(".scroll"), cue = box.querySelector(".cue");
          return [inner.scrollWidth > inner.clientWidth + 1, cue.offsetHeight > 0];
        })"""
    )
    assert [True, True] in boxes
    assert all(wide == cue for wide, cue in boxes)
    first = browser.evaluate("document.querySelector('.reps tbody td').getBoundingClientRect().right")
    assert first <= 390, "the flags can be seen without scrolling"


def test_one_hover_at_a_time_says_rep_and_phase(browser: Browser, report: Path) -> None:
    browser.open(report, 1280)
    box = browser.evaluate(
        """(() => { const e = document.getElementById("trace"); e.scrollIntoView({ block: "center" });
          const r = e.getBoundingClientRect(); return [r.left, r.top, r.width]; })()"""
    )
    for step in range(3):
        for share in (0.3, 0.4):
            x = box[0] + share * box[2] + step
            browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=box[1] + 120)
    browser.evaluate(FRAMES)
    (said,) = browser.evaluate(TOOLTIPS)
    assert "°" in said
    assert "set 1, rep" in said or "between reps" in said


def test_the_buttons_zoom(browser: Browser, report: Path) -> None:
    browser.open(report, 1280)
    look = "(() => { const r = Bokeh.documents[0].get_model_by_name('plot').x_range; return [r.start, r.end]; })()"
    whole = browser.evaluate(look)
    browser.evaluate("document.querySelectorAll('[data-zoom=set]')[1].click()")
    second = browser.evaluate(look)
    assert whole[0] < second[0] < second[1] < whole[1]
    browser.evaluate("document.querySelector('[data-zoom=in]').click()")
    closer = browser.evaluate(look)
    assert closer[1] - closer[0] == pytest.approx((second[1] - second[0]) / 2)
    browser.evaluate("document.querySelector('[data-zoom=all]').click()")
    assert browser.evaluate(look) == whole


def test_a_finger_on_the_trace_scrolls_the_page(browser: Browser, report: Path) -> None:
    drag = "Bokeh.documents[0].get_model_by_name('zoom').active"
    browser.open(report, 1280)
    assert browser.evaluate(drag) is True
    browser.call("Emulation.setTouchEmulationEnabled", enabled=True)
    try:
        browser.open(report, 390)
        assert browser.evaluate(drag) is False
        assert browser.evaluate("document.querySelector('.for-finger').offsetHeight > 0")
        assert "pan-y" in browser.evaluate(TOUCH_ACTION)
    finally:
        browser.call("Emulation.setTouchEmulationEnabled", enabled=False)


def test_where_the_trace_cannot_be_drawn_the_drawing_is_seen(browser: Browser, report: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    broken.write_text(report.read_text(encoding="utf-8").replace("Bokeh.embed.embed_item(", "nothing("), "utf-8")
    browser.open(broken, 1280, ready="document.documentElement.classList.contains('undrawn')")
    assert browser.evaluate(SIZES) == [False, True]


def test_on_paper_the_drawing_takes_the_place_of_the_raster(browser: Browser, report: Path) -> None:
    browser.open(report, 1280)
    assert browser.evaluate(SIZES) == [True, False]
    browser.call("Emulation.setEmulatedMedia", media="print")
    try:
        assert browser.evaluate(SIZES) == [False, True]
    finally:
        browser.call("Emulation.setEmulatedMedia", media="")
