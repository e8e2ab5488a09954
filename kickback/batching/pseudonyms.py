"""Names that stand for people: the same for the same person every time, and told back only with the key file."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from kickback.batching.cache import write_whole
from kickback.batching.listing import Listed
from kickback.errors import KickbackError, UsageError, one_line

SCHEMA = 1
SALT_BYTES = 32
DIGITS = 10
"""Hexadecimal digits of a pseudonym: 2^40 of them, so that two of 10,000 names share one with a probability of
10,000^2 / 2 / 2^40 = 5e-5 (birthday bound). A clash is looked for, and told."""
WHAT = "Kickback's pseudonyms: keep this file apart from the results, it tells who is who"


@dataclass
class Pseudonyms:
    """Salted ids: the first digits of HMAC-SHA256 (RFC 2104) of the name under a salt of 256 random bits.

    Attributes:
        path: of the key file. salt: what makes the ids another study's others.
        subjects, recordings: what each id stands for, by the name.
    """

    path: Path
    salt: bytes
    subjects: dict[str, str] = field(default_factory=dict)
    recordings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path, out: Path | None) -> Pseudonyms:
        """Those of a key file, or new ones where there is none yet.

        Raises:
            UsageError: the file lies among the results.
            KickbackError: it cannot be read, or is another file.
        """
        if out is not None and path.resolve().is_relative_to(out.resolve()):
            raise UsageError(
                f"{path}: the key to the pseudonyms must not lie in {out}, which is handed on; keep it apart"
            )
        try:
            document: Any = json.loads(path.read_text(encoding="utf-8"))
            return cls(path, bytes.fromhex(document["salt"]), document["subjects"], document["recordings"])
        except FileNotFoundError:
            return cls(path, secrets.token_bytes(SALT_BYTES))
        except OSError as error:
            raise KickbackError(one_line(error, path)) from error
        except (ValueError, KeyError, TypeError):
            raise KickbackError(
                f"{path}: this is no key file of Kickback; name another file for --pseudonyms"
            ) from None

    def of(self, listed: Listed) -> Listed:
        """The recording with ids in place of the subject and of the path, which may hold a name."""
        subject = listed.columns.get("subject", "")
        person = self._id(self.subjects, "P", subject) if subject else "P"
        recording = self._id(self.recordings, "R", listed.name)
        columns = dict(listed.columns) | ({"subject": person} if subject else {})
        return replace(listed, columns=columns, shown=f"{person}/{recording}")

    def _id(self, known: dict[str, str], kind: str, name: str) -> str:
        if name not in known:
            digest = hmac.new(self.salt, f"{kind}:{name}".encode(), hashlib.sha256).hexdigest()
            known[name] = kind + digest[:DIGITS]
        return known[name]

    def write(self) -> None:
        """Write the key file, readable by its owner alone.

        Raises:
            KickbackError: it cannot be written, or two names have one id.
        """
        for names in (self.subjects, self.recordings):
            if len(set(names.values())) < len(names):
                raise KickbackError(f"{self.path}: two names have the same pseudonym; take a new key file")
        document = {
            "what": WHAT,
            "schema": SCHEMA,
            "salt": self.salt.hex(),
            "subjects": dict(sorted(self.subjects.items())),
            "recordings": dict(sorted(self.recordings.items())),
        }
        try:
            write_whole(self.path, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode())
            self.path.chmod(0o600)
        except OSError as error:
            raise KickbackError(one_line(error, self.path)) from error


def without_names(text: str, listed: Listed, subject: str) -> str:
    """A line about a recording without the parts of its path and without its subject."""
    path = PurePosixPath(listed.path)
    words = {listed.path, path.stem, subject, *path.parts} - {""}
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "...", text)
    return text
