"""One connection while it lasts: what is read, written and notified becomes records, and commands get their answers."""

from __future__ import annotations

import asyncio
import uuid as uuids
from collections.abc import Callable

from firmware_protocol.packet import Message, ProtocolError, Reply, Said
from firmware_protocol.registry import Codec, Command, Wish
from imu.inbox import Inbox
from imu.link import Link, LinkError
from imu.records import Kind, Record
from imu.status import Times

ENOUGH_PACKETS = 10
"""From so many on the batch period is known well enough for the watchdog."""


class Refused(LinkError):
    """The sensor itself said no to a command that it must carry out."""


class Talk:
    """A connection to a sensor of a known kind.

    Args:
        link: the open connection. codec, wish: the kind of sensor, and what is asked of it.
        inbox: where the records go. times: how long to wait. clock_ns: the host's monotonic clock.

    Attributes:
        codec: the kind of sensor. link: the open connection.
        why: the reason for leaving, "" while nobody leaves.
        said: what the sensor told besides, such as "battery_percent".
        lost: set when the connection has ended. packets: notifications of the stream so far.
        last_ns: when the latest of them came, or when the stream was started.
    """

    def __init__(
        self, link: Link, codec: Codec, wish: Wish, inbox: Inbox, times: Times, clock_ns: Callable[[], int]
    ) -> None:
        self.link = link
        self.codec = codec
        self._wish = wish
        self._inbox = inbox
        self._times = times
        self._clock_ns = clock_ns
        self._decoder = codec.decoder(wish)
        commands = (*codec.start(wish), *codec.stop())
        self._answering = frozenset(each.uuid for each in commands)
        self._tap: list[tuple[str, bytes]] | None = None
        self._heard = asyncio.Event()
        self._over = False
        self.why = ""
        self.said: dict[str, str] = {}
        self.lost = asyncio.Event()
        self.packets = 0
        self._first_ns = self.last_ns = self._awake_ns = clock_ns()

    @property
    def rate_hz(self) -> float | None:
        """What the sensor says that it sends, None before it said so."""
        layout = self._decoder.layout
        return None if layout is None else layout.rate_hz

    @property
    def dead(self) -> bool:
        """True when nothing has come for longer than the sensor's own rhythm explains."""
        return self._clock_ns() - max(self.last_ns, self._awake_ns) > self._patience_s() * 1e9

    def awake(self) -> None:
        """This program itself was held up, as by a suspended machine: what came meanwhile is still to be taken."""
        self._awake_ns = self._clock_ns()

    def _patience_s(self) -> float:
        if self.packets < ENOUGH_PACKETS:
            return self._times.first_data_s
        batch_s = (self.last_ns - self._first_ns) / 1e9 / (self.packets - 1)
        return max(self._times.quiet_s, self._times.quiet_batches * batch_s)

    def hang_up(self) -> None:
        """The connection has ended: whoever waits for an answer waits no longer."""
        self.lost.set()
        self._heard.set()

    async def close(self) -> None:
        """End the connection; nothing of it reaches the inbox any more."""
        await self.link.close()
        self._over = True

    def note(self, text: str) -> None:
        """Keep a remark."""
        self._inbox.put(Record.of_facts(Kind.NOTED, self._clock_ns(), text=text))

    def check(self) -> None:
        """Look whether the sensor has what its kind has.

        Raises:
            LinkError: a characteristic is missing.
        """
        have = self.link.characteristics
        missing = [each for each in self.codec.subscribes if each not in have] if have else []
        if missing:
            raise LinkError(
                f"The sensor says that it is a {self.codec.title}, but it lacks the characteristic {missing[0]}. "
                "Remove it from the system's list of Bluetooth devices and switch it off and on."
            )

    async def read(self) -> list[Record]:
        """Read what the codec wants to know; what the sensor will not tell is noted. Gives the records."""
        records = []
        for each in self.codec.reads:
            try:
                data = await self.link.read(each)
            except LinkError as error:
                if self.lost.is_set():
                    raise
                text = f"{each} could not be read: {error}"
                records.append(Record.of_facts(Kind.NOTED, self._clock_ns(), text=text))
                continue
            records.append(Record.of_bytes(Kind.READ, self._clock_ns(), each, data))
            self._decoded(each, data)
        return records

    async def start(self) -> None:
        """Subscribe to everything, then send the start commands, then read again what they changed.

        Raises:
            Refused: the sensor refused a start command. LinkError: the link failed, or an answer did not come.
        """
        for each in self.codec.subscribes:
            await self.link.subscribe(each, self._listener(each))
        for command in self.codec.start(self._wish):
            await self.do(command)
        for record in await self.read():
            self._inbox.put(record)
        if not self.packets:
            self.last_ns = self._clock_ns()

    async def stop(self) -> None:
        """Send the stop commands; a sensor that does not obey is left to its own."""
        for command in self.codec.stop():
            try:
                await self.do(command)
            except LinkError as error:
                self.note(f"{command.why}: {error}")

    async def do(self, command: Command) -> Reply | None:
        """Write a command if it is meant for this sensor, and wait for its answer if it has one.

        Returns:
            The answer; None when there is none to wait for, or when an optional command did not work.

        Raises:
            Refused: the sensor said no. LinkError: the link failed, or no answer came in time.
        """
        if command.when is not None and self.said.get(command.when.what) != command.when.value:
            return None
        self._tap = []
        self._inbox.put(Record.of_bytes(Kind.WRITTEN, self._clock_ns(), command.uuid, command.data))
        try:
            await self.link.write(command.uuid, command.data, command.response)
            if command.answer is None:
                return None
            async with asyncio.timeout(self._times.answer_s):
                reply = await self._answer(command.answer)
        except (LinkError, TimeoutError) as error:
            text = str(error) or f"no answer in {self._times.answer_s:g} s"
            if command.optional and not self.lost.is_set():
                self.note(f"{command.why}: {text}")
                return None
            raise LinkError(f"The sensor did not carry out the command to {command.why or 'go on'}: {text}") from error
        finally:
            self._tap = None
        if not reply.ok:
            if not command.optional:
                raise Refused(f"The sensor refused the command to {command.why or 'go on'}: {reply.text}.")
            self.note(f"{command.why}: {reply.text}")
        return reply

    async def _answer(self, op: int) -> Reply:
        """The next answer to this operation; whoever calls it sets a limit."""
        assert self._tap is not None
        while True:
            heard, self._tap[:] = list(self._tap), []
            for uuid, data in heard:
                for message in self._decoded(uuid, data):
                    if isinstance(message, Reply) and message.op == op:
                        return message
            if self.lost.is_set():
                raise LinkError("the link was lost")
            self._heard.clear()
            await self._heard.wait()

    def _decoded(self, uuid: str, data: bytes) -> list[Message]:
        """Only for answers and the rate; the assembler decodes the same bytes from the records, and counts errors."""
        try:
            messages = self._decoder.feed(uuid, data)
        except ProtocolError:
            return []
        self.said |= {each.what: each.value for each in messages if isinstance(each, Said)}
        return messages

    def _listener(self, uuid: str) -> Callable[[bytes], None]:
        head = uuids.UUID(uuid).bytes
        streams = uuid not in self._answering

        def notified(data: bytes) -> None:
            now_ns = self._clock_ns()
            if self._over:
                return
            self._inbox.packet(now_ns, head + data)
            if streams:
                self.packets += 1
                self.last_ns = now_ns
                if self.packets == 1:
                    self._first_ns = now_ns
            if self._tap is not None:
                self._tap.append((uuid, data))
                self._heard.set()

        return notified
