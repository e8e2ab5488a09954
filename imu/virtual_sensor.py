"""A sensor without hardware: plays a trace through our wire format, in memory or on a USB dongle (extra ``virtual``).

In memory (:mod:`imu.virtual_backend`) the whole path of a live session runs in one process. On a dongle the sensor
stands in for a real one to a phone: ``VirtualSensor(recording).serve("usb:0")``. No dongle was at hand to try that.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bumble.controller import Controller
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

from firmware_protocol import wire
from imu.blocks import Recording
from imu.c_wire import CWire, library
from imu.virtual_device import VirtualDevice
from imu.virtual_link import Label, OnAir
from imu.virtual_truth import Boot, Faults

__all__ = ["Boot", "Faults", "TransportError", "VirtualSensor", "best_encoder", "encode_in_python", "encoder_in_c"]

BUFFER_S = 30
"""Signal kept for the back-fill: the least that SPEC.md asks for."""


class TransportError(Exception):
    """The radio could not be opened. The text is one line for people."""


Encoder = Callable[[wire.DataPacket | wire.BackfillPacket], bytes]
"""Makes a packet's bytes."""


def encode_in_python(packet: wire.DataPacket | wire.BackfillPacket) -> bytes:
    """A packet's bytes, by the Python side."""
    return packet.encode()


def encoder_in_c(built: CWire) -> Encoder:
    """The C side, which is what a firmware runs."""

    def encode(packet: wire.DataPacket | wire.BackfillPacket) -> bytes:
        if isinstance(packet, wire.BackfillPacket):
            return built.encode_backfill(packet.index, packet.samples)
        return built.encode_data(packet.seq, packet.t_us, packet.samples, packet.overflow, packet.changed)

    return encode


def best_encoder() -> Encoder:
    """The C side where it is built, the Python side elsewhere."""
    built = library()
    return encode_in_python if built is None else encoder_in_c(built)


class VirtualSensor:
    """A Bluetooth sensor with our own service, made of a recording.

    Args:
        recording: what it measures, from the first start on; clipped and rounded to 16 bits as by a chip.
        name: advertised. serial: of the Device Information service; of two sensors at once it must differ.
        mtu: the largest that it agrees to, 23 to 517.
        faults: what is to go wrong.
        rate_hz: samples a second, by interpolation; None: the recording's own.
        loop_trace: begin the trace again at its end instead of holding its last sample.
        encode: makes the packets' bytes; None: :func:`best_encoder`.
        clock_ns: the host's monotonic clock.

    Attributes:
        device: the sensor's inside.
        identified_s: what IDENTIFY asked for, in order.
        air: its radio while it is on the air.

    Raises:
        ValueError: the recording has no samples.
        OutOfRange: Bluetooth has no such MTU.
    """

    def __init__(
        self,
        recording: Recording,
        *,
        name: str = "Kickback virtual",
        serial: str = "VIRTUAL-1",
        mtu: int = 247,
        faults: Faults | None = None,
        rate_hz: int | None = None,
        loop_trace: bool = False,
        encode: Encoder | None = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        wire.samples_per_packet(mtu)
        self.recording, self.name, self.serial, self.mtu = recording, name, serial, mtu
        self.faults = faults if faults is not None else Faults()
        self.device = VirtualDevice(recording, rate_hz, self.faults, BUFFER_S, loop_trace)
        self.identified_s: list[int] = []
        self.encode = encode if encode is not None else best_encoder()
        self.clock_ns = clock_ns
        self.air: OnAir | None = None

    @property
    def lives(self) -> list[Boot]:
        """The truth of each start; the last one is the present."""
        return self.device.lives

    @property
    def address(self) -> str:
        """A static random address, made of the serial (Bluetooth Core 5.4, vol. 6, part B, 1.3.2.1)."""
        digest = bytearray(hashlib.sha256(self.serial.encode()).digest()[:6])
        digest[0] |= 0xC0
        return ":".join(f"{byte:02X}" for byte in digest)

    @property
    def played_out(self) -> bool:
        """Whether the trace has been played to its end."""
        return bool(self.lives) and self.device.played_out(self.clock_ns())

    @asynccontextmanager
    async def on(self, link: LocalLink) -> AsyncIterator[VirtualSensor]:
        """Be on the air of a link in memory."""
        controller = Controller(self.name, link=link)
        try:
            async with self._on_air(Host(controller, AsyncPipeSink(controller)), in_memory=True):
                yield self
        finally:
            link.remove_controller(controller)

    async def serve(self, transport: str) -> None:
        """Be on the air of a real radio, named as bumble names them ("usb:0"), until it is unplugged or cancelled.

        Written by bumble's documents; not tried with a dongle.

        Raises:
            TransportError: there is no such radio.
        """
        from bumble.transport import open_transport

        try:
            opened = await open_transport(transport)
        except Exception as error:  # every kind of transport raises what its own library does
            text = " ".join(str(error).split()) or type(error).__name__
            raise TransportError(f'No radio "{transport}": {text}. Name one as bumble does, such as usb:0.') from error
        async with opened, self._on_air(Host(opened.source, opened.sink), in_memory=False):
            await opened.source.terminated

    @asynccontextmanager
    async def _on_air(self, host: Host, in_memory: bool) -> AsyncIterator[None]:
        label = Label(self.name, self.serial, self.address, self.mtu)
        self.air = air = OnAir(
            self.device, label, host, self.clock_ns, self.encode, self.identified_s.append, in_memory=in_memory
        )
        try:
            await air.begin()
            yield
        finally:
            await air.end()
            self.air = None
