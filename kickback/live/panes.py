"""The stage drawn for a terminal: banners, then one lane, or two beside or below each other."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

from kickback.live.screen import Screen
from kickback.live.stage import Stage

LEAST_PANE = 48
"""Columns of a lane that stands beside another; below twice that they stand one below the other."""
BETWEEN = " │ "
BANNER_ROWS, TALL = 3, 18
"""A banner may take so many rows, such as what to do where there is no Bluetooth; on a screen of so many rows."""


@dataclass
class Panes:
    """What ``rich.live`` draws; it reads the stage anew each time."""

    stage: Stage

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width, options.height or console.size.height
        stage, alone = self.stage, len(self.stage.lanes) == 1
        most = BANNER_ROWS if alone and height >= TALL else 1
        banners = [banner(part, width) for line in stage.lines for part in rows_of(line, width - 1, most)]
        if not alone:
            banners.append(Text(stage.hint.rjust(width)[-width:], style="dim", no_wrap=True))
        yield from banners
        room = height - len(banners)
        screens = [Screen(lane, hint=stage.hint if alone else "") for lane in stage.lanes]
        if alone:
            yield from console.render(screens[0], options.update(height=room))
        elif width >= 2 * LEAST_PANE + len(BETWEEN):
            yield from _beside(console, options, screens, width, room)
        else:
            yield from _below(console, options, screens, room)


def rows_of(line: str, width: int, most: int) -> list[str]:
    """A line cut between words into at most so many rows; what does not fit stays in the last one."""
    rows = textwrap.wrap(line, width) if most > 1 and len(line) > width > 0 else [line]
    return [*rows[: most - 1], *([" ".join(rows[most - 1 :])] if len(rows) >= most else [])]


def banner(line: str, width: int) -> Text:
    """A line across the screen that nobody overlooks."""
    text = Text(f" {line}", style="bold black on yellow", no_wrap=True)
    text.truncate(width, overflow="ellipsis", pad=True)
    return text


def _beside(
    console: Console, options: ConsoleOptions, screens: list[Screen], width: int, height: int
) -> Iterator[Segment]:
    each = (width - len(BETWEEN) * (len(screens) - 1)) // len(screens)
    inner = options.update(width=each, height=height)
    drawn = [console.render_lines(screen, inner, pad=True)[:height] for screen in screens]
    for row in range(height):
        for number, lines in enumerate(drawn):
            if number:
                yield Segment(BETWEEN)
            yield from lines[row] if row < len(lines) else [Segment(" " * each)]
        yield Segment.line()


def _below(console: Console, options: ConsoleOptions, screens: list[Screen], height: int) -> Iterator[Segment]:
    each = height // len(screens)
    inner = options.update(height=each)
    for screen in screens:
        for line in console.render_lines(screen, inner, pad=True)[:each]:
            yield from line
            yield Segment.line()
