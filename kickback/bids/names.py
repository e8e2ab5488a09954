"""Names of a BIDS data set: labels made of letters and digits, and files made of labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kickback.errors import UsageError

TRACKSYS = "imu"
"""The one tracking system of a recording: a sensor of acceleration and angular velocity."""


def label_of(text: str, what: str) -> str:
    """A text as a BIDS label, which has letters and digits only (BIDS 1.10, Common principles, Entities).

    Raises:
        UsageError: nothing of it is left.
    """
    label = re.sub(r"[^0-9a-zA-Z]", "", text)
    if not label:
        raise UsageError(f"the {what} {text!r} has no letter (A to Z) and no digit for a BIDS label; give it another")
    return label


def labels(texts: Iterable[str], what: str) -> dict[str, str]:
    """The labels of all of them, by text.

    Raises:
        UsageError: two would have the same label, or one has none.
    """
    found = {text: label_of(text, what) for text in dict.fromkeys(texts)}
    first_of: dict[str, str] = {}
    for text, label in found.items():
        other = first_of.setdefault(label.casefold(), text)
        if other != text:
            raise UsageError(f"the {what}s {other!r} and {text!r} would both be {label!r} in BIDS; rename one")
    return found


@dataclass(frozen=True, slots=True)
class Entities:
    """What the name of a recording's files is made of; each a label, empty where there is none. ``run`` 0: none."""

    sub: str
    ses: str
    task: str
    acq: str
    run: int = 0

    @property
    def folder(self) -> str:
        """Where the files lie below the study, with a slash at its end."""
        return f"sub-{self.sub}/" + (f"ses-{self.ses}/" if self.ses else "")

    def file(self, suffix: str) -> str:
        """A file's path below the study; ``suffix`` such as ``motion.tsv``."""
        return f"{self.folder}motion/{self.stem}_{suffix}"

    @property
    def stem(self) -> str:
        """All entities in the order that BIDS wants."""
        parts = {"sub": self.sub, "ses": self.ses, "task": self.task, "tracksys": TRACKSYS, "acq": self.acq}
        named = [f"{name}-{label}" for name, label in parts.items() if label]
        return "_".join([*named, *([f"run-{self.run}"] if self.run else [])])

    @property
    def prefix(self) -> str:
        """Of the table of a person's, or a session's, recordings."""
        return f"sub-{self.sub}" + (f"_ses-{self.ses}" if self.ses else "")


def entities_in(name: str) -> Mapping[str, str]:
    """The labels of a file's name by entity: ``sub-01_task-x_motion.tsv`` gives sub and task."""
    pairs = (part.partition("-") for part in name.split("_")[:-1])
    return {entity: label for entity, dash, label in pairs if dash}
