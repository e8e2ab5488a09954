"""The line about the sensor, and the one thing that is most worth saying now, as the screen shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.panel import Panel
from rich.text import Text

from imu.status import LOW_BATTERY_PERCENT, WEAK_DBM
from kickback.live.link import CATCHING_UP, STOPPED, LinkBoard, LinkNow, signal_word
from kickback.live.stage import Lane

OLD_PACKET_S = 0.5
"""A packet older than this is yellow: sensors send several a second."""
TURN_S = 4.0
"""Several warnings take turns, so long each: two do not fit into a line."""
BETWEEN = "   "


def link_line(link: LinkBoard, width: int) -> Text:
    """State, age of the last packet, battery, signal, losses: in few words where room is short, cut from the end."""
    for is_short in (False, True):
        line = Text(BETWEEN[is_short:], no_wrap=True).join([_state(link), *_figures(link.now, is_short)])
        if line.cell_len <= width:
            break
    line.truncate(width, overflow="ellipsis")
    if link.away_s is not None:
        line.stylize("red")
    return line


def _figures(now: LinkNow, is_short: bool) -> Iterator[Text]:
    if now.age_s is not None and now.state != STOPPED:
        style = "yellow" if now.age_s > OLD_PACKET_S else ""
        yield Text(f"{'' if is_short else 'last packet '}{now.age_s:.1f} s ago", style=style)
    if now.battery_percent is not None:
        low = now.battery_percent < LOW_BATTERY_PERCENT
        yield Text(f"battery {now.battery_percent} %", style="bold yellow" if low else "")
    if now.rssi_dbm is not None:
        weak = now.rssi_dbm < WEAK_DBM
        said = f"{now.rssi_dbm} dBm" if is_short else f"signal {signal_word(now.rssi_dbm)}"
        yield Text(said, style="yellow" if weak else "")
    if now.lost or now.backfilled:
        gone = f"lost {_span(now.span_s(now.lost))}" if now.lost else ""
        late = f"back-filled {_span(now.span_s(now.backfilled))}" if now.backfilled and not (is_short and gone) else ""
        yield Text(", ".join(filter(None, (gone, late))), style="yellow" if now.lost else "")


def _span(seconds: float) -> str:
    """With so many digits that a little is not nothing."""
    return f"{seconds:.1f} s" if seconds >= 0.1 else f"{seconds:.2f} s"


def _state(link: LinkBoard) -> Text:
    state = link.now.state
    if link.away_s is not None and state != CATCHING_UP:
        return Text("● link lost", style="bold red")
    if state == CATCHING_UP:
        return Text("● catching up", style="bold yellow")
    if state == "streaming":
        return Text("● connected", style="green")
    return Text(f"○ {state}", style="dim")


def notice(lane: Lane, width: int, rows: int) -> Panel | Text:
    """A lost link before all, then how it came back, what to put right before the set, advice on the latest rep."""
    said, style = _said(lane)
    if said is None:
        return Text("\n" * (rows - 1))
    text = Text(said, style=f"bold {style}", overflow="ellipsis", no_wrap=True)
    if rows < 3:
        text.truncate(width, overflow="ellipsis", pad=True)
        return text
    return Panel(text, style=style, width=width)


def has_news(lane: Lane) -> bool:
    """Whether there is anything for :func:`notice` to say."""
    return _said(lane)[0] is not None


@dataclass(frozen=True, slots=True)
class Said:
    """What is most worth saying of a link.

    Attributes:
        key: which it is: "lost", "gone", "disk", "catching up", "back", "warnings".
        lines: for people, the weightiest first. What is to be put right stands in them as long as it is so, but for
            "bad". level: "bad", "warn" or "ok".
    """

    key: str
    lines: tuple[str, ...]
    level: str

    @property
    def text(self) -> str:
        """All of it, for a face that has the room."""
        return "\n".join(self.lines)

    def line_at(self, at_s: float) -> str:
        """One line, for a face that has no room for more: warnings take turns."""
        return self.lines[int(at_s / TURN_S) % len(self.lines) if self.key == "warnings" else 0]


STYLES = {"bad": "white on red", "warn": "black on yellow", "ok": "black on green"}


def said_of(link: LinkBoard) -> Said | None:
    """What it means that the link is as it is, and what to do; None when all is well."""
    warnings = link.now.warnings
    if link.away_s is not None:
        key, doing = "lost", "reconnecting, the count is kept"
        if link.now.state == STOPPED:
            key, doing = "gone", "the sensor did not come back"
        return Said(key, (f"LINK LOST {link.away_s:.0f} s: {doing}",), "bad")
    if link.now.disk:
        return Said("disk", (f"NOT RECORDED: {_without_file(link.now.disk)}",), "bad")
    if link.now.state == CATCHING_UP:
        return Said("catching up", ("CATCHING UP: the sensor sends what it kept", *warnings), "warn")
    if link.again:
        return Said("back", (link.again[0].upper() + link.again[1:], *warnings), "warn" if warnings else "ok")
    return Said("warnings", warnings, "warn") if warnings else None


def _said(lane: Lane) -> tuple[str | None, str]:
    board, link = lane.board, lane.link
    said = said_of(link) if link is not None else None
    if link is None or said is None or (said.key == "warnings" and (board.active or board.closed)):
        return board.advice, STYLES["warn"]
    return said.line_at(link.now.at_s), STYLES[said.level]


def _without_file(line: str) -> str:
    """A line that begins with a file, without it: its name is long, and what to do would be cut off."""
    file, _, said = line.partition(": ")
    return said if said and file.endswith((".kbraw", ".csv", ".json")) else line
