"""Which files make one recording, when a logger writes one for each sensor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recordings.errors import RecordingError
from recordings.parts import Part

if TYPE_CHECKING:
    from recordings.registry import Claim

Needs = frozenset[frozenset[str]]

DEFAULT_REQUIRED: Needs = frozenset({frozenset({"acc", "gyr"})})
NOT_NEEDED = ("aside", "unusable")

_WORDS = {
    "acc": "the accelerometer",
    "gyr": "the gyroscope",
    "gravity": "gravity",
    "linear": "acceleration without gravity",
    "raw_acc": "the uncalibrated accelerometer",
    "raw_gyr": "the uncalibrated gyroscope",
}


def conflict(part: Part, claims: Mapping[str, Claim]) -> RecordingError:
    """The error that names all who claim a file."""
    both = " and ".join(f"{name} ({claim.why})" for name, claim in claims.items())
    return RecordingError(part.path, f"{both} both claim this file; name one with --dialect")


def complete(
    part: Part, claim: Claim, siblings: Sequence[tuple[Part, Claim]], needs: Needs, title: str
) -> dict[str, Part]:
    """The files that make a recording together with this one, by role.

    Args:
        part, claim: the file that the user named.
        siblings: it and the others of its folder that its dialect claims.
        needs: the sets of roles any of which makes a recording.
        title: the dialect's.

    Raises:
        RecordingError: one is missing, or there are two for one role.
    """
    group = [(other, its) for other, its in siblings if its.key == claim.key and its.role not in NOT_NEEDED]
    if claim.role == "aside":
        both = [other for other, its in group if its.role == "both"]
        if len(both) == 1:
            return {"both": both[0]}
    mine = [(other, its) for other, its in group if its.role != claim.role or other is part]
    needed = {role for roles in needs for role in roles}
    if claim.role not in needed and not mine:
        raise RecordingError(part.path, f"this is {claim.why} ({title}); name the file of the motion sensors")
    return _by_role(part.path, mine, needs, title)


def choose_recording(
    path: Path,
    claimed: Sequence[tuple[str, Part, Claim]],
    needs: Mapping[str, Needs],
    titles: Mapping[str, str],
    kind: str,
) -> tuple[str, dict[str, Part]] | None:
    """The one recording among files that dialects claim, as dialect and files by role; None when nobody claims any.

    Raises:
        RecordingError: there are several recordings, or none is complete.
    """
    found: list[tuple[str, dict[str, Part]]] = []
    errors: list[RecordingError] = []
    groups: dict[tuple[str, str], list[tuple[Part, Claim]]] = {}
    for name, part, claim in claimed:
        if claim.role == "both":
            found.append((name, {"both": part}))
        elif claim.role == "unusable":
            errors.append(RecordingError(part.path, claim.why))
        elif claim.role != "aside":
            groups.setdefault((name, claim.key), []).append((part, claim))
    for (name, _), group in groups.items():
        if not any(claim.role in roles for _, claim in group for roles in needs[name]):
            continue
        try:
            found.append((name, _by_role(path, group, needs[name], titles[name])))
        except RecordingError as error:
            errors.append(error)
    if len(found) > 1:
        names = ", ".join(next(iter(parts.values())).name for _, parts in found[:4])
        what = "unpack it and name one of them" if kind == "zip" else "name one of them"
        raise RecordingError(path, f"this {kind} holds {len(found)} recordings ({names}); {what}")
    if not found and errors:
        raise errors[-1]
    return found[0] if found else None


def _by_role(path: Path, group: Iterable[tuple[Part, Claim]], needs: Needs, title: str) -> dict[str, Part]:
    by_role: dict[str, list[Part]] = {}
    for part, claim in group:
        by_role.setdefault(claim.role, []).append(part)
    missing = min((sorted(roles - by_role.keys()) for roles in needs), key=lambda roles: (len(roles), roles))
    if missing:
        what = " and ".join(_WORDS.get(role, role) for role in missing)
        raise RecordingError(
            path, f"the file of {what} is missing ({title}); put it beside, or log both sensors and export all files"
        )
    for role, parts in by_role.items():
        if len(parts) > 1:
            names = " and ".join(part.name for part in parts[:2])
            raise RecordingError(
                path,
                f"two files could be that of {_WORDS.get(role, role)}: {names}; "
                "keep those of one recording in a folder of their own",
            )
    return {role: parts[0] for role, parts in by_role.items()}
