"""The page: from an event's emission to its pixels, the server's processor time, the page's size, its first paint.

    python -m benchmarks.page

A shipped, simulated trace at 100 Hz goes through the pipeline in real time; one and four viewers look on in headless
Chromium on the same machine, so that both sides have one clock. "Pixels" is the second animation frame after the
message arrived: the first one draws it, the second one begins when that is done.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.machine import out_argument, write_result
from benchmarks.page_show import BLOCKS_S, CHROMIUM_OPTIONS, Reel, Show

TRACE = "hip_rotation"
VIEWERS = (1, 4)
LISTEN = """
window.seen = [];
document.addEventListener("kickback:message", (event) => {
  const message = event.detail;
  const key = message.type === "progress" ? message.t : message.type === "rep" ? -message.rep.rep : null;
  if (key === null) return;
  const came = performance.timeOrigin + performance.now();
  requestAnimationFrame(() => requestAnimationFrame(() => {
    window.seen.push([key, came, performance.timeOrigin + performance.now()]);
  }));
});
"""


def keyed(messages: list[dict[str, Any]]) -> list[float]:
    """How the page will know a message again."""
    told = [message["t"] for message in messages if message["type"] == "progress"]
    return told + [-float(message["rep"]["rep"]) for message in messages if message["type"] == "rep"]


def played(show: Show, seconds: float) -> dict[float, float]:
    """Push the trace on in real time; when each message was emitted, milliseconds of the epoch."""
    sent: dict[float, float] = {}
    began = time.monotonic()
    for number in range(round(seconds / BLOCKS_S)):
        time.sleep(max(0.0, began + (number + 1) * BLOCKS_S - time.monotonic()))  # the pace of a sensor
        at_ms = time.time() * 1000
        sent.update(dict.fromkeys(keyed(show.feed_for(BLOCKS_S)), at_ms))
    return sent


def watched(pages: list[Page], sent: dict[float, float]) -> dict[str, float]:
    """Milliseconds from emission to arrival and to pixels, over all viewers."""
    came, drawn = [], []
    for page in pages:
        for key, at_ms, pixels_ms in page.evaluate("window.seen"):
            if key in sent:
                came.append(at_ms - sent[key])
                drawn.append(pixels_ms - sent[key])
    return {
        "messages": len(drawn),
        "arrival_median_ms": float(np.median(came)),
        "arrival_p95_ms": float(np.quantile(came, 0.95)),
        "pixels_median_ms": float(np.median(drawn)),
        "pixels_p95_ms": float(np.quantile(drawn, 0.95)),
    }


def measure(browser: Any, viewers: int, seconds: float) -> dict[str, Any]:
    """One run with so many viewers."""
    with Show(Reel(TRACE)) as show:
        pages = []
        for _ in range(viewers):
            page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
            page.add_init_script(LISTEN)
            page.goto(show.url)
            page.wait_for_function("window.kickback && window.kickback.state.connected")
            pages.append(page)
        before_s, began_s = show.cpu_s(), time.monotonic()
        sent = played(show, seconds)
        share = (show.cpu_s() - before_s) / (time.monotonic() - began_s)
        paint = pages[0].evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null")
        parts = pages[0].evaluate(
            "performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation'))"
            ".map((part) => [new URL(part.name).pathname, part.decodedBodySize])"
        )
        found = watched(pages, sent)
        for page in pages:
            page.context.close()
    return {
        "viewers": viewers,
        **found,
        "cpu_share_of_a_core": share,
        "first_paint_ms": paint,
        "page_bytes": sum(size for _, size in parts),
        "page_parts": len(parts),
    }


def main() -> None:
    """Print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=40.0, help="of the trace, for each run")
    out_argument(parser, "page")
    arguments = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(CHROMIUM_OPTIONS))
        rows = [measure(browser, viewers, arguments.seconds) for viewers in VIEWERS]
        browser.close()
    for row in rows:
        print({key: round(value, 3) if isinstance(value, float) else value for key, value in row.items()})
    write_result(arguments.out, {"trace": TRACE, "simulated": True, "rate_hz": 100, "runs": rows})


if __name__ == "__main__":
    main()
