"""What happens on a link, one record each, in order: made by the client, kept by the recorder, read by the assembler.

Everything that decides about samples is in the records: the assembler, fed with them as they come or from a file
years later, gives the same blocks.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Kind(IntEnum):
    """Kinds of record; the numbers are those in the file."""

    SESSION = 1
    """JSON, first in a file: what the session is (:class:`imu.recorder.Recorder` documents the keys)."""
    CONNECTED = 2
    """JSON: a fresh connection begins. Keys: name, serial, codec, mtu, rssi_dbm, battery_percent, firmware, model;
    what is not known is null."""
    READ = 3
    """UUID and the bytes of a characteristic that was read."""
    NOTIFIED = 4
    """UUID and the bytes of a notification or indication; the time is its arrival."""
    WRITTEN = 5
    """UUID and the bytes that are being written; the time is just before."""
    DISCONNECTED = 6
    """JSON: the connection is over. Key: reason, such as "link lost", "no data" (watchdog), "stopped"."""
    DECIDED = 7
    """JSON: what the assembler settled on: ``{"rate_hz": ...}``. Read again, it is taken and not decided anew."""
    FITTED = 8
    """JSON: the fit of the sensor's clock to the host's, for people: nothing is computed from it again."""
    NOTED = 9
    """JSON: anything else worth keeping: ``{"text": ...}``, an unreadable packet, a full queue."""
    ENDED = 10
    """JSON: the session was ended on purpose; last in a file that was closed in order."""
    CHOSEN = 11
    """JSON: another exercise, before anything was counted: ``{"exercise": ...}``. It stands for all of the session."""


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened.

    Attributes:
        kind: of what.
        time_ns: the host's monotonic clock.
        payload: 16 bytes of UUID and the data for READ, NOTIFIED and WRITTEN; UTF-8 JSON for all others.
    """

    kind: Kind
    time_ns: int
    payload: bytes

    @classmethod
    def of_bytes(cls, kind: Kind, time_ns: int, characteristic: str, data: bytes) -> Record:
        """A record of bytes of a characteristic."""
        return cls(kind, time_ns, uuid.UUID(characteristic).bytes + data)

    @classmethod
    def of_facts(cls, kind: Kind, time_ns: int, **facts: Any) -> Record:
        """A record of facts."""
        return cls(kind, time_ns, json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode())

    @property
    def uuid(self) -> str:
        """The characteristic, lower case.

        Raises:
            ValueError: the record is too short to name one.
        """
        return str(uuid.UUID(bytes=self.payload[:16]))

    @property
    def data(self) -> bytes:
        """The characteristic's bytes."""
        return self.payload[16:]

    @property
    def facts(self) -> dict[str, Any]:
        """The facts.

        Raises:
            ValueError: the payload is no JSON object.
        """
        found = json.loads(self.payload)
        if not isinstance(found, dict):
            raise ValueError(f"a record of kind {self.kind.name} that is no JSON object")
        return found
