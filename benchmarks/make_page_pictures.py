"""Take the pictures of the page that are in the docs: ``python -m benchmarks.make_page_pictures [--out DIR]``.

Everything on them is simulated, and the page says so. Needs Chromium and playwright.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.params import Params, Tempo
from imu.simulate import simulate
from kickback import analyze
from kickback.live.setting import Setting
from kickback.store import LaneFacts, open_store
from recordings import shipped_path, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
LAPTOP, PHONE, LANDSCAPE = (1366, 768), (390, 844), (844, 390)
LARGEST_BYTES = 150_000
SOON_S = 60.0

SQUEEZE = "state.lanes[0]?.now?.phase === 'hold' && state.lanes[0].now.phase_s > 0.4 && state.lanes[0].set.shown >= 3"
DOWN = "state.lanes[0]?.now?.phase === 'eccentric' && state.lanes[0].now.phase_s > 1.2 && state.lanes[0].set.shown >= 4"
TURNED = "state.lanes[0]?.warning?.kind === 'hip_rotation' && state.lanes[0].set.shown >= 5"

# name, trace, options, (size, scheme, what is waited for)
SCENES = {
    "slow_eccentric_holds": [
        ("laptop-dark", LAPTOP, "dark", SQUEEZE),
        ("phone-light", PHONE, "light", SQUEEZE),
        ("phone-dark", PHONE, "dark", DOWN),
        ("phone-landscape", LANDSCAPE, "dark", DOWN),
    ],
    "hip_rotation": [("laptop-hips", LAPTOP, "light", TURNED)],
}


@contextmanager
def served(*arguments: str) -> Iterator[str]:
    """Run a command with a page; its address."""
    command = [sys.executable, "-u", "-m", "kickback", *arguments, "--page", "--no-browser"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if found := re.search(r"The page: (http://\S+)", line):
                yield found[1]
                return
        raise SystemExit(f"no page: {' '.join(command)}")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def opened(browser: Browser, url: str, size: tuple[int, int], scheme: str) -> Page:
    """The page as it is on such a screen."""
    look: Any = {"color_scheme": scheme, "viewport": {"width": size[0], "height": size[1]}, "locale": "en-GB"}
    page = browser.new_page(**look, reduced_motion="reduce")
    page.goto(url)
    return page


def wait(page: Page, expression: str) -> None:
    """Until this holds of the page's state."""
    page.evaluate(
        f"""() => new Promise((done, fail) => {{
          const state = window.kickback.state, end = performance.now() + {1000 * SOON_S};
          const look = () => {{
            if ({expression}) requestAnimationFrame(() => requestAnimationFrame(() => done(true)));
            else if (performance.now() > end) fail(new Error("it did not come"));
            else setTimeout(look, 20);
          }};
          look();
        }})"""
    )


def take(page: Page, path: Path) -> None:
    """One picture; no larger than what belongs into a repository."""
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.name}: {size / 1000:.0f} kB")
    if size > LARGEST_BYTES:
        raise SystemExit(f"{path.name} is too large")


def session_pictures(browser: Browser, out: Path) -> None:
    """Phone and laptop, light and dark, in the middle of a set."""
    for trace, scenes in SCENES.items():
        with served("replay", str(shipped_path(trace)), "--leg", "left", "--speed", "2") as url:
            pages = [(opened(browser, url, size, scheme), name, until) for name, size, scheme, until in scenes]
            for page, name, until in pages:
                wait(page, until)
                take(page, out / f"page-{name}.png")
                page.close()


def kept(path: Path) -> None:
    """A store with six weeks of simulated sessions."""
    today = datetime.now().astimezone().replace(hour=18, minute=5, second=0, microsecond=0)
    with open_store(path) as store:
        for number, days in enumerate((40, 37, 33, 30, 26, 23, 19, 16, 12, 9, 5, 2)):
            started = today - timedelta(days=days)
            params = Params(tempo=Tempo.parse("3-0-1-1"))
            setting = Setting(params, legs=(("left", "right"),))
            facts = [LaneFacts("Kickback 7", "left,right", "", None)]
            session = store.begin_session(
                person="Simulated", started=started, software="0.1.0", exercise="kickback", tempo="3-0-1-1",
                params=setting.document(), lanes=facts, simulated=True,
            )  # fmt: skip
            for place, leg in enumerate(("left", "right"), 1):
                analysis = analyze(simulate("clean", seed=100 + 2 * number + (leg == "left"), reps=9), leg=leg)
                for closed in analysis.closed[:1]:
                    reps = tuple(replace(rep, set=place) for rep in closed.reps)
                    for rep in reps:
                        store.add_rep(session, 0, rep)
                    store.close_set(session, 0, replace(closed, set=place, reps=reps))
            store.end_session(session, [])


def history_picture(browser: Browser, out: Path, folder: Path) -> None:
    """The history, as the page of a session with that store shows it."""
    store = folder / "store.sqlite3"
    kept(store)
    played = folder / "played.csv"
    write_csv(simulate("clean", seed=13, reps=3).recording(), played)
    said = ("--store", str(store), "--record", str(folder), "--person", "Simulated")
    with served("live", "--virtual", "--replay", str(played), *said) as url:
        page = opened(browser, f"{url}history", LAPTOP, "light")
        page.locator("#shown > *").first.wait_for()
        take(page, out / "page-history.png")
        page.close()


def main() -> None:
    """Command line: the pictures go to docs/images, or to another folder."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description="Take the pictures of the page that are in the docs.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    out: Path = parser.parse_args().out
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium is installed")
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=OPTIONS)
        session_pictures(browser, out)
        history_picture(browser, out, Path(folder))
        browser.close()


if __name__ == "__main__":
    main()
