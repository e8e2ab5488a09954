"""What a virtual sensor answers at its control point, as ``firmware_protocol/c/kb_sensor.c`` does."""

from __future__ import annotations

import struct
from collections.abc import Callable

from firmware_protocol import control
from firmware_protocol.control import Answer, Op, Result
from firmware_protocol.packet import ProtocolError, WrongKind
from imu.virtual_device import VirtualDevice


def carry_out(
    device: VirtualDevice, data: bytes, received_us: int, now_ns: int, identify: Callable[[int], None]
) -> Answer:
    """Do what was written to the control point, if it can be done.

    Args:
        device: who is asked. data: the bytes that were written.
        received_us: its clock when they came. now_ns: the host's monotonic clock.
        identify: told the seconds of an IDENTIFY.
    """
    try:
        asked = control.decode_request(data)
    except WrongKind:
        return Answer(data[0] if data else 0, Result.NOT_SUPPORTED)
    except ProtocolError:
        return Answer(data[0], Result.INVALID_PARAMETER)
    if isinstance(asked, control.Start):
        count = device.start(asked, now_ns)
        return Answer(Op.START, Result.OK, struct.pack(Answer.START, count % 2**32))
    if isinstance(asked, control.Stop):
        device.stop(now_ns)
        return Answer(Op.STOP, Result.OK)
    if isinstance(asked, control.Sync):
        device.take(now_ns)
        took_us = device.now.clock_us(now_ns) - received_us
        if took_us > 0xFFFF:
            return Answer(Op.SYNC, Result.FAILED)  # too late to be of use
        fields = (asked.token, received_us, took_us, device.now.taken % 2**32)
        return Answer(Op.SYNC, Result.OK, struct.pack(Answer.SYNC, *fields))
    if isinstance(asked, control.Backfill):
        promised = device.promise(asked, now_ns)
        if promised is None:
            return Answer(Op.BACKFILL, Result.FAILED)
        return Answer(Op.BACKFILL, Result.OK, struct.pack(Answer.BACKFILL, *promised))
    identify(asked.seconds)
    return Answer(Op.IDENTIFY, Result.OK)
