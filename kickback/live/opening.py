"""What was typed about keeping a session and going on with one, made into what the session takes."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.params import Params
from kickback.errors import KickbackError, UsageError
from kickback.live.goingon import Earlier, earlier
from kickback.live.keeping import Kept
from kickback.live.setting import Setting
from kickback.live.strap import Plan
from kickback.live.worn import Worn

if TYPE_CHECKING:
    from kickback.store import SessionRow, Store

RECENT = timedelta(hours=12)
"""A session that broke off so long ago belongs to the same day of training: it is worth a line."""


@dataclass(frozen=True)
class KeepWish:
    """How a session is to be kept.

    Attributes:
        path: of the store, None: the one in the user's folder. person: whose session it is.
        resume: go on with the one that broke off. virtual: whether virtual sensors are used.
    """

    path: Path | None = None
    person: str | None = None
    resume: bool = False
    virtual: bool = False


def keep_wish(store: Path | None, no_store: bool, person: str | None, resume: bool, virtual: bool) -> KeepWish | None:
    """From the options; None where nothing is to be kept.

    Raises:
        UsageError: they contradict each other, or the name cannot be one.
    """
    if not no_store:
        from kickback.store.rows import name_of

        return KeepWish(store, name_of(person), resume, virtual)
    for option, said in (("--store", store is not None), ("--person", person is not None), ("--resume", resume)):
        if said:
            raise UsageError(f"{option} needs the store: leave out --no-store")
    return None


def kept_of(wish: KeepWish, say: Callable[[str], None]) -> Kept | None:
    """The session's way into the store; None where the store that nobody named cannot be used, which is said.

    Raises:
        StoreError: the store that was named, or that is to be gone on from, cannot be used.
    """
    from kickback.store import StoreError, open_store

    try:
        store = open_store(wish.path)
        before = _before(store, wish, say)
    except StoreError as error:
        if wish.path is not None or wish.resume or wish.person is not None:
            raise
        say(f"{error}; this session is recorded, and not kept in the store")
        return None
    return Kept(store, wish.person or (before.last.person if before else None), before)


def _before(store: Store, wish: KeepWish, say: Callable[[str], None]) -> Earlier | None:
    found = [row for row in store.unfinished() if _fits(row, wish)]
    if not found:
        if wish.resume:
            say("There is no session that broke off: a new one begins.")
        return None
    if not wish.resume:
        if datetime.now().astimezone() - found[-1].started < RECENT and not wish.virtual:
            say(f"The session of {found[-1].started:%H:%M} broke off; `kickback live --resume` goes on with it.")
        return None
    before = earlier(store, found[-1])
    for line in (before.line(), *before.notes):
        say(line)
    return before


def _fits(row: SessionRow, wish: KeepWish) -> bool:
    """Whether it is theirs, was held with the same kind of sensor, and is one of ours."""
    try:
        virtual = Setting.of(row.params).virtual
    except KickbackError:
        return False  # another program's, or a much newer one's: nothing to go on with
    return virtual == wish.virtual and (wish.person is None or wish.person.casefold() == (row.person or "").casefold())


def gone_on(plan: Plan, before: Earlier, change: Callable[[Params], Params]) -> Plan:
    """The plan of a session that goes on: as before, where nothing else was typed.

    Args:
        plan: as typed. before: what is gone on with. change: puts what was typed into the params of before.

    Raises:
        UsageError: there were more sensors, or fewer.
    """
    said = plan.worn if plan.worn != (Worn(),) else tuple(Worn() for _ in before.worn)
    if len(said) != len(before.worn):
        many = "one sensor" if len(before.worn) == 1 else f"{len(before.worn)} sensors"
        raise UsageError(f"the session that broke off had {many}: say as many, or none, to go on with it")
    worn = tuple(_still(before, lane, each) for lane, each in enumerate(said))
    words = shlex.split(before.setting.said + plan.said)
    options = dict(zip(words[::2], words[1::2], strict=True))
    text = "".join(f" {option} {shlex.quote(value)}" for option, value in options.items())
    return replace(plan, worn=worn, params=change(before.setting.params), said=text)


def _still(before: Earlier, lane: int, said: Worn) -> Worn:
    """The sensor and the legs of before; of legs by the set those that are left."""
    was = before.worn[lane]
    legs = was.legs if len(was.legs) < 2 else was.legs[len(before.closed[-1].get(lane, ())) :]
    return Worn(said.sensor or was.sensor, said.legs or legs)
