"""The taking end of a live sensor: each record is kept, then assembled; what was decided is kept as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from firmware_protocol.registry import Wish
from imu.assembler import Assembler
from imu.blocks import Header, SampleBlock
from imu.checks import GravityCheck
from imu.joining import Joined
from imu.records import Kind, Record
from imu.status import Status, Times

FORMAT = 1
"""Of the SESSION record's keys."""


class Keeping:
    """Records in, blocks out, and everything kept on the way.

    Args:
        status: what a face shows. wish: what was asked of the sensor. times: how often to note the clock's fit.
        facts: more keys for the SESSION record. keep: told every record in order.

    Attributes:
        assembler: None before the first connection.
    """

    def __init__(
        self, status: Status, wish: Wish, times: Times, facts: dict[str, Any], keep: Callable[[Record], None] | None
    ) -> None:
        self.keep = keep
        self.assembler: Assembler | None = None
        self._status = status
        self._wish = wish
        self._every_ns = int(times.fit_every_s * 1e9)
        self._fitted_ns: int | None = None
        self._session: dict[str, Any] = facts
        self._check = GravityCheck(times.check_first_s, times.check_every_s)
        self._token = 0
        self._decided = False
        self._finished = False

    def next_token(self) -> int:
        """Of a question for the sensor's clock: one more each time, also over reconnects, modulo 65536."""
        self._token = (self._token + 1) % 2**16
        return self._token

    def heard(self, said: Mapping[str, str]) -> None:
        """What sensors without the standard services tell in their own way."""
        status = self._status
        status.serial = status.serial or said.get("serial")
        status.firmware = status.firmware or said.get("firmware")
        status.model = status.model or said.get("model")
        if said.get("battery_percent", "").isdecimal():
            status.battery_percent = int(said["battery_percent"])

    def connected(self, joined: Joined) -> list[Record]:
        """The records that a connection begins with; the very first ones are the session's."""
        status, records = self._status, []
        if self.assembler is None:
            self.assembler = Assembler(joined.codec, self._wish)
            self._session = self._facts(joined) | self._session
            records.append(Record.of_facts(Kind.SESSION, joined.at_ns, **self._session))
        status.rssi_dbm = joined.found.rssi_dbm if joined.found.rssi_dbm is not None else status.rssi_dbm
        facts = {
            "name": joined.found.advert.name or status.name,
            "serial": joined.serial or self._status.serial,
            "codec": joined.codec.name,
            "mtu": joined.link.mtu,
            "rssi_dbm": joined.found.rssi_dbm,
            "battery_percent": status.battery_percent,
            "firmware": status.firmware,
            "model": status.model,
        }
        return [*records, Record.of_facts(Kind.CONNECTED, joined.at_ns, **facts)]

    def _facts(self, joined: Joined) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "software": _version(),
            "codec": joined.codec.name,
            "wish": asdict(self._wish),
            "name": joined.found.advert.name,
            "serial": joined.serial or self._status.serial,
            "leg": None,
            "exercise": None,
            "tempo": None,
            "simulated": False,
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "origin": f"live from a {joined.codec.title}",
        }

    def take(self, record: Record) -> list[SampleBlock]:
        """Keep a record and give the blocks that it completes."""
        assert self.assembler is not None
        self._write(record)
        blocks = self.assembler.take(record)
        self._decide(record.time_ns)
        self._look(blocks)
        if self._fitted_ns is None:
            self._fitted_ns = record.time_ns
        elif record.time_ns - self._fitted_ns >= self._every_ns:
            self._fitted_ns = record.time_ns
            self._write(Record.of_facts(Kind.FITTED, record.time_ns, **self.assembler.facts()))
        return blocks

    def finish(self, time_ns: int) -> list[SampleBlock]:
        """Give what was held back, and keep the session's last records; the second time there is nothing more."""
        assert self.assembler is not None
        if self._finished:
            return []
        self._finished = True
        blocks = self.assembler.finish()
        self._decide(time_ns)
        self._look(blocks)
        self._write(Record.of_facts(Kind.FITTED, time_ns, **self.assembler.facts()))
        self._write(Record.of_facts(Kind.ENDED, time_ns, text=self._status.text or "stopped"))
        return blocks

    def header(self) -> Header:
        """See :meth:`imu.client.LiveSensor.header`."""
        rate_hz = self.assembler.rate_hz if self.assembler is not None else None
        if rate_hz is None:
            raise RuntimeError("the rate is not known before the first block")
        session = self._session
        return Header(
            self._status.label,
            rate_hz,
            sensor=self._status.title,
            placement=session.get("placement"),
            leg=session.get("leg"),
            origin=session.get("origin"),
            simulated=bool(session.get("simulated")),
            notes=self._status.warnings,
        )

    def _decide(self, time_ns: int) -> None:
        assert self.assembler is not None
        if self._decided or self.assembler.rate_hz is None:
            return
        self._decided = True
        self._status.rate_hz = self.assembler.rate_hz
        self._write(Record.of_facts(Kind.DECIDED, time_ns, rate_hz=self.assembler.rate_hz))

    def _look(self, blocks: list[SampleBlock]) -> None:
        for block in blocks:
            self._check.take(block)
        self._status.findings = self._check.findings

    def _write(self, record: Record) -> None:
        """A disk that is full ends the recording, not the set."""
        if self.keep is None:
            return
        try:
            self.keep(record)
        except OSError as error:
            self.keep = None
            self._status.unrecorded = f"The recording ended: {error.strerror or error}. The session goes on without it."


def _version() -> str:
    try:
        return version("kickback")
    except PackageNotFoundError:
        return "unknown"
