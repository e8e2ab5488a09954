"""Small drawings with axes: SVG by hand, turned into a picture by Chromium."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from imu.blocks import FloatArray
from kickback.report.svg import element, label, minus, nice_ticks

WIDTH, LEFT, RIGHT = 940, 64, 16
INK, FAINT, GRID = "#22262b", "#6b7280", "#e3e6ea"


class Panel:
    """One coordinate system of a drawing: seconds or shares to the right, a quantity upwards."""

    def __init__(self, top: int, height: int, across: tuple[float, float], up: tuple[float, float]) -> None:
        self.top, self.height, self.across, self.up = top, height, across, up
        self.parts: list[str] = []

    def x(self, value: float) -> float:
        """From the quantity to the right to the drawing."""
        low, high = self.across
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """From the quantity upwards to the drawing."""
        low, high = self.up
        return self.top + (high - value) / (high - low) * self.height

    def axes(self, title: str, x_title: str | None = "seconds") -> None:
        """Grid, numbers and titles; drawn first."""
        for value in nice_ticks(*self.up):
            y = self.y(value)
            self.parts.append(element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y, stroke=GRID))
            self.parts.append(label(minus(f"{value:g}"), LEFT - 8, y + 4, text_anchor="end", fill=FAINT, font_size=12))
        for value in nice_ticks(*self.across, most=10):
            y = self.top + self.height + 17
            self.parts.append(label(f"{value:g}", self.x(value), y, text_anchor="middle", fill=FAINT, font_size=12))
        self.text(title, LEFT, self.top - 10, fill=INK, font_weight="600")
        if x_title:
            self.text(x_title, WIDTH - RIGHT, self.top + self.height + 32, fill=FAINT, text_anchor="end")

    def text(self, text: str, x: float, y: float, **values: object) -> None:
        """Words at a place of the drawing."""
        self.parts.append(label(text, x, y, **{"font_size": 13, **values}))

    def line(self, x: FloatArray, y: FloatArray, stroke: str, width: float = 1.6, dash: str | None = None) -> None:
        """A curve; NaN breaks it."""
        pieces, good = [], np.isfinite(y)
        for part in np.split(np.arange(len(x)), np.flatnonzero(np.diff(good)) + 1):
            if good[part[0]]:
                pieces.append("M" + " L".join(f"{self.x(x[i]):.1f},{self.y(y[i]):.1f}" for i in part))
        more = {"stroke_dasharray": dash} if dash else {}
        self.parts.append(
            element("path", d=" ".join(pieces), fill="none", stroke=stroke, stroke_width=float(width), **more)
        )

    def band(self, first: float, last: float, fill: str) -> None:
        """A stretch to the right, in colour from top to bottom."""
        x = self.x(first)
        self.parts.append(
            element("rect", x=x, y=float(self.top), width=self.x(last) - x, height=float(self.height), fill=fill)
        )

    def mark(self, at: float, stroke: str, dash: str = "4 3") -> None:
        """A dashed line from top to bottom."""
        x, low = self.x(at), float(self.top + self.height)
        self.parts.append(element("line", x1=x, x2=x, y1=float(self.top), y2=low, stroke=stroke, stroke_dasharray=dash))

    def dot(self, x: float, y: float, fill: str, radius: float = 2.6) -> None:
        """One point."""
        self.parts.append(element("circle", cx=self.x(x), cy=self.y(y), r=float(radius), fill=fill))


def drawing(height: int, note: str, *panels: Panel) -> str:
    """The whole drawing; every one says that its data is simulated."""
    foot = label(f"Simulated: no person made this movement. {note}", LEFT, height - 10, font_size=12, fill=FAINT)
    content = element("rect", width=WIDTH, height=height, fill="white") + "".join(p for q in panels for p in q.parts)
    return element(
        "svg", content + foot, xmlns="http://www.w3.org/2000/svg", width=WIDTH, height=height, font_family="sans-serif"
    )


def rasterize(svg: str, path: Path) -> None:
    """An SVG to a PNG of twice its size.

    Raises:
        SystemExit: no Chromium is installed, or it failed.
    """
    chromium = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )
    if chromium is None:
        raise SystemExit("no Chromium is installed to draw with")
    height = int(svg.split('height="')[1].split('"')[0])
    with tempfile.TemporaryDirectory() as folder:
        page, picture = Path(folder) / "page.html", Path(folder) / "page.png"
        page.write_text(f'<meta charset="utf-8"><body style="margin:0">{svg}', encoding="utf-8")
        options: list[str] = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--force-device-scale-factor=2",
        ]
        options += [f"--window-size={WIDTH},{height}", f"--screenshot={picture}", f"--user-data-dir={folder}/profile"]
        done = subprocess.run(
            [chromium, *options, page.as_uri()], capture_output=True, text=True, timeout=120, check=False
        )
        if not picture.is_file():
            raise SystemExit(f"Chromium made no picture of {path.name}: {done.stderr.strip()[-300:]}")
        path.write_bytes(picture.read_bytes())
