"""Events as lines of text, for a pipe, a log or a terminal without a screen."""

from __future__ import annotations

from analysis.results import Event, Rejected, Rep, SetClosed
from kickback.words import degrees, flags, many, seconds


def line_of(event: Event, known_s: float) -> str | None:
    """The event in one line that begins with the second at which it became known; None for mere progress."""
    if isinstance(event, Rep):
        phases = (("up", event.concentric_s), ("hold", event.hold_s), ("down", event.eccentric_s))
        times = (f"{word} {seconds(value, 2)} s" for word, value in phases)
        said = "  ".join((f"rep {event.rep}", *times, f"ROM {degrees(event.rom_deg)}°", ", ".join(flags(event))))
    elif isinstance(event, SetClosed):
        leg = f"  {event.leg} leg" if event.leg else ""
        said = f"set {event.set} closed ({event.reason}){leg}  {many(len(event.reps), 'rep')}"
    elif isinstance(event, Rejected):
        said = f"not counted: {event.reason.value}, {degrees(event.excursion_deg)}° at {seconds(event.start_s, 2)} s"
    else:
        return None
    return f"{known_s:.2f} s  {said}".rstrip()
