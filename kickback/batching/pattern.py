"""``{subject}/{session}_{leg}.csv``: what a recording's path says about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kickback.errors import UsageError

_PIECE = re.compile(r"\{([^{}]*)\}|(\*\*/)|(\*)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Pattern:
    """A pattern of paths below a folder.

    ``{name}`` stands for any text without a slash, the same text where the name comes again; ``*`` for any text
    without a slash that says nothing, ``**/`` for any folders or none.

    Attributes:
        text: as it was typed.
        names: the columns that it gives, in their order.
    """

    text: str
    names: tuple[str, ...]
    _regex: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Read a pattern.

        Raises:
            UsageError: it names no column, or a name or a brace is not as it should be.
        """
        names: list[str] = []
        regex, at = "", 0
        for piece in _PIECE.finditer(text):
            regex += _literal(text, text[at : piece.start()])
            at = piece.end()
            if piece[2] or piece[3]:
                regex += "(?:[^/]+/)*" if piece[2] else "[^/]*"
            elif piece[1] in names:
                regex += f"(?P={piece[1]})"
            else:
                names.append(_name(text, piece[1]))
                regex += f"(?P<{piece[1]}>[^/]+?)"
        regex += _literal(text, text[at:])
        if not names:
            raise UsageError(
                f"--pattern {text!r} names no column; name parts of the path, such as {{subject}}/{{session}}.csv"
            )
        return cls(text, tuple(names), re.compile(regex))

    def match(self, path: str) -> dict[str, str] | None:
        """The columns of a path below the folder (with forward slashes), or None where it does not fit."""
        found = self._regex.fullmatch(path)
        return None if found is None else found.groupdict()


def _literal(text: str, piece: str) -> str:
    if "{" in piece or "}" in piece:
        raise UsageError(f"--pattern {text!r} has a brace without its partner")
    return re.escape(piece)


def _name(text: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"--pattern {text!r}: {{{name}}} is no name of a column (a-z, 0-9 and _, a letter first)")
    return name
