"""The shapes of what is sent to the page, and how events become them. Pure; everything is JSON, unknown is null.

:data:`SHAPES` and :data:`MESSAGES` are what ``docs/page_protocol.md`` tells people, and a test holds the two together.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from analysis.params import Tempo
from analysis.results import Phase, Rejected, Rep, SetClosed
from analysis.summary import summarise
from kickback.live.link import CATCHING_UP, LinkNow, signal_word
from kickback.page.said import all_said, said
from kickback.words import POOR_CALIBRATION, flags

if TYPE_CHECKING:
    from kickback.page.corrections import SetNotes

Message = dict[str, Any]
"""A message to the page, or a part of one."""

VERSION = 1
"""Of the protocol, in every snapshot."""
TRAIL_S = 10.0
"""So much of the leg angle stands in a snapshot, and on the page."""
OUT = ("deleted", "before start", "after stop", "restarted")
"""Why a measured rep is not among those shown."""


def _fields(text: str) -> dict[str, str]:
    """``"set:int leg:str?"`` as a mapping."""
    return {name: kind for name, _, kind in (word.partition(":") for word in text.split())}


SHAPES: dict[str, dict[str, str]] = {
    "TARGET": _fields("code:str judged_by:str concentric_s:num hold_s:num eccentric_s:num pause_s:num"),
    "LANE": _fields(
        "lane:int name:str exercise:str leg:str? now:PROGRESS? trail:[POINT] set:SETNOW closed:[SET] "
        "link:LINK? warning:WARNING? rejected:REJECTED?"
    ),
    "SETNOW": _fields(
        "set:int next_set:int leg:str? count:int shown:int candidates:int number:int unconfirmed:bool "
        "resting:bool rest_from_s:num? stopped:bool reps:[REP] warm_up:bool note:NOTE can_undo:str?"
    ),
    "REP": _fields(
        "set:int rep:int label:str leg:str? at_s:num concentric_s:num? hold_s:num? eccentric_s:num? "
        "pause_s:num? tempo:str? rom_deg:num? pulses:int? turn_deg:num? flags:[str] said:[SAID] added:bool "
        "deleted:bool why:str?"
    ),
    "SET": _fields(
        "set:int leg:str? leg_measured:str? reps:[REP] count:int shown:int reason:str start_s:num "
        "end_s:num target:str mean_tempo:str? rom_deg:num? calibration:CALIBRATION uncertain:bool "
        "notes:[str] said:[SAID] warm_up:bool note:NOTE"
    ),
    "NOTE": _fields("band:str? effort:num?"),
    "CALIBRATION": _fields("quality:num? sentence:str said:SAID poor:bool"),
    "PROGRESS": _fields(
        "type:str lane:int t:num phase:str phase_s:num target_s:num active:bool angle_deg:num? "
        "full_deg:num rotation_deg:num? count:int shown:int candidates:int number:int unconfirmed:bool "
        "rest_s:num? count_in:int?"
    ),
    "LINK": _fields(
        "state:str age_s:num? old:bool battery_percent:int? battery_low:bool rssi_dbm:int? signal:str? "
        "lost_s:num backfilled_s:num away_s:num? key:str text:str said:[SAID] level:str"
    ),
    "WARNING": _fields("kind:str text:str said:SAID rep:int value:num? target:num?"),
    "REJECTED": _fields("reason:str excursion_deg:num? at_s:num"),
    "SAID": _fields("text:str key:str? values:VALUES"),
}
"""Each shape's fields and their kinds: ``?`` may be null, ``[X]`` is a list; POINT is ``[t, angle_deg?, phase]``."""

MESSAGES: dict[str, dict[str, str]] = {
    "snapshot": _fields(
        "type:str v:int live:bool banners:[str] said:[SAID] simulated:bool exercise:str exercise_name:str "
        "exercises:[EXERCISE] target:TARGET lanes:[LANE] ended:bool end:END? may_control:bool history:bool"
    ),
    "progress": SHAPES["PROGRESS"],
    "rep": _fields("type:str lane:int rep:REP set_now:SETNOW"),
    "set": _fields("type:str lane:int set:SET set_now:SETNOW"),
    "rejected": {**_fields("type:str lane:int"), **SHAPES["REJECTED"]},
    "link": _fields("type:str lane:int link:LINK"),
    "warning": _fields("type:str lane:int warning:WARNING?"),
    "cue": _fields("type:str lane:int cue:str number:int? t:num?"),
    "corrected": _fields("type:str lane:int set_now:SETNOW closed:[SET]"),
    "settings": _fields("type:str target:TARGET lanes:[LEG]"),
    "exercise": _fields("type:str exercise:str exercise_name:str"),
    "banners": _fields("type:str banners:[str] said:[SAID]"),
    "error": _fields("type:str text:str said:SAID"),
    "ended": _fields("type:str files:[str] text:str said:[SAID]"),
}
"""Every message by its ``type``. LEG is ``{"lane", "leg"}``, END is ``{"files", "text", "said"}``,
EXERCISE ``{"name", "title"}``."""


def error_of(why: str) -> Message:
    """The message that something cannot be done, or has failed: one line that says why."""
    return {"type": "error", "text": why, "said": said(why)}


def number(value: float, digits: int = 2) -> float | None:
    """A number as JSON can hold it; None when it is not finite."""
    return round(value, digits) if math.isfinite(value) else None


def target_of(tempo: Tempo, judged_by: Tempo) -> Message:
    """TARGET: what the page asks for, and the tempo that the measurement judges "rushed" by."""
    return {
        "code": str(tempo),
        "judged_by": str(judged_by),
        "concentric_s": tempo.concentric_s,
        "hold_s": tempo.shortened_s,
        "eccentric_s": tempo.eccentric_s,
        "pause_s": tempo.lengthened_s,
    }


PHASE_TARGETS = {
    Phase.CONCENTRIC: "concentric_s",
    Phase.HOLD: "hold_s",
    Phase.ECCENTRIC: "eccentric_s",
    Phase.REST: "pause_s",
}
"""Which field of TARGET is asked of a phase."""


def rep_of(rep: Rep, leg: str | None, why: str | None) -> Message:
    """REP of a measured one.

    Args:
        rep: the rep. leg: the set's as it is shown. why: it is not among those shown, one of :data:`OUT`, or None.
    """
    found = flags(rep)
    turn_deg = rep.axial_rotation_deg if rep.leg is not None else abs(rep.axial_rotation_deg)
    return {
        "set": rep.set,
        "rep": rep.rep,
        "label": str(rep.rep),
        "leg": leg,
        "at_s": round(rep.start_s, 3),
        "concentric_s": number(rep.concentric_s),
        "hold_s": number(rep.hold_s),
        "eccentric_s": number(rep.eccentric_s),
        "pause_s": number(rep.pause_s),
        "tempo": rep.tempo_code,
        "rom_deg": number(rep.rom_deg, 3),
        "pulses": rep.pulses,
        "turn_deg": number(turn_deg, 3),
        "flags": found,
        "said": all_said(found),
        "added": False,
        "deleted": why is not None,
        "why": why,
    }


def added_rep(in_set: int, rep: int, leg: str | None, at_s: float) -> Message:
    """REP of one that a person added: nothing of it was measured. ``rep`` is -1, -2 and so on."""
    unknown = dict.fromkeys(("concentric_s", "hold_s", "eccentric_s", "pause_s", "tempo", "rom_deg"))
    known = {"set": in_set, "rep": rep, "label": f"+{-rep}", "leg": leg, "at_s": round(at_s, 3)}
    nothing: Message = {"pulses": None, "turn_deg": None, "flags": [], "said": []}
    rest: Message = {**nothing, "added": True, "deleted": False, "why": None}
    return {**known, **unknown, **rest}


def note_of(notes: SetNotes) -> Message:
    """NOTE."""
    return {"band": notes.band, "effort": notes.effort}


def set_of(closed: SetClosed, notes: SetNotes, leg: str | None, target: Tempo) -> Message:
    """SET: the measurement, and beside it what a person said.

    Args:
        closed: as measured. notes: as said. leg: as shown. target: the tempo that was judged by.
    """
    of = summarise(closed, target)
    quality = closed.calibration.quality
    return {
        "set": closed.set,
        "leg": leg,
        "leg_measured": closed.leg,
        "reps": reps_of(closed.reps, notes, leg),
        "count": len(closed.reps),
        "shown": notes.shown(closed.reps),
        "reason": closed.reason,
        "start_s": round(closed.start_s, 3),
        "end_s": round(closed.end_s, 3),
        "target": str(target),
        "mean_tempo": of.tempo_code,
        "rom_deg": number(of.rom_deg.mean, 3),
        "calibration": {
            "quality": number(quality),
            "sentence": closed.calibration.sentence,
            "said": said(closed.calibration.sentence),
            "poor": not quality >= POOR_CALIBRATION,
        },
        "uncertain": closed.uncertain,
        "notes": list(closed.notes),
        "said": all_said(closed.notes),
        "warm_up": notes.warm_up,
        "note": note_of(notes),
    }


def reps_of(reps: tuple[Rep, ...], notes: SetNotes, leg: str | None) -> list[Message]:
    """[REP] of a set in the order of time, those that were added among them."""
    found = [rep_of(rep, leg, notes.out(rep.rep, rep.start_s)) for rep in reps]
    number_of = reps[0].set if reps else notes.set
    found += [added_rep(number_of, rep, leg, at_s) for rep, at_s in notes.added.items()]
    return sorted(found, key=lambda rep: float(rep["at_s"]))


def rejected_of(event: Rejected) -> Message:
    """REJECTED."""
    return {
        "reason": event.reason.value,
        "excursion_deg": number(event.excursion_deg, 1),
        "at_s": round(event.start_s, 3),
    }


def figures_of(now: LinkNow, old_s: float, low_percent: int) -> Message:
    """The figures of LINK, without what is said of them.

    Args:
        now: a look. old_s: a packet older than this is old. low_percent: below this a battery is low.
    """
    old = now.age_s is not None and now.age_s > old_s and now.state != "stopped"
    return {
        "state": now.state,
        "age_s": None if now.age_s is None else round(now.age_s, 1),
        "old": old and now.state != CATCHING_UP,
        "battery_percent": now.battery_percent,
        "battery_low": now.battery_percent is not None and now.battery_percent < low_percent,
        "rssi_dbm": now.rssi_dbm,
        "signal": None if now.rssi_dbm is None else signal_word(now.rssi_dbm).partition(" ")[0],
        "lost_s": round(now.span_s(now.lost), 2),
        "backfilled_s": round(now.span_s(now.backfilled), 2),
    }
