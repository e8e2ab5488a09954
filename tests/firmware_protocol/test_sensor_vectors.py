"""Bytes and what they mean, for sensors that people own: ``firmware_protocol/vectors/<codec>.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import firmware_protocol.packet
from firmware_protocol.packet import FloatArray, Packet, ProtocolError, Said
from firmware_protocol.registry import Command, Decoder, Wish, codec

VECTORS = Path(firmware_protocol.packet.__file__).parent / "vectors"
NAMES = ("witmotion", "metamotion", "movella_dot")
FILES = {name: json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8")) for name in NAMES}


def cases(part: str) -> list[Any]:
    return [
        pytest.param(name, case, id=f"{name}: {case['what']}") for name in NAMES for case in FILES[name].get(part, ())
    ]


def written(commands: Iterable[Command], chip: str | None) -> list[list[str]]:
    """What a client writes to a sensor that said it has this chip."""
    heard = {None} if chip is None else {None, Said("chip", chip)}
    return [[command.uuid, command.data.hex()] for command in commands if command.when in heard]


@pytest.mark.parametrize("name", NAMES)
def test_starts_are_the_bytes_of_the_vectors(name: str) -> None:
    for start in FILES[name]["start"]:
        wish = Wish(**{key: start[key] for key in ("rate_hz", "acc_range_g", "gyr_range_dps") if key in start})
        assert written(codec(name).start(wish), start.get("chip")) == start["writes"]


@pytest.mark.parametrize("name", NAMES)
def test_stops_are_the_bytes_of_the_vectors(name: str) -> None:
    stops = FILES[name]["stop"]
    if not (stops and isinstance(stops[0], dict)):
        stops = [{"writes": stops}]
    for stop in stops:
        assert written(codec(name).stop(), stop.get("chip")) == stop["writes"]


def in_units(decoder: Decoder, packet: Packet) -> tuple[FloatArray | None, FloatArray | None]:
    layout = decoder.layout
    assert layout is not None
    acc = None if packet.acc is None else packet.acc * layout.acc_lsb
    return acc, None if packet.gyr is None else packet.gyr * layout.gyr_lsb


def same(found: FloatArray | None, expected: list[list[float]] | None) -> None:
    if found is None or expected is None:
        assert found is None and expected is None
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(("name", "case"), cases("decode"))
def test_bytes_mean_what_the_vectors_say(name: str, case: dict[str, Any]) -> None:
    decoder = codec(name).decoder(Wish())
    packets, said = [], []
    for uuid, data in case["feed"]:
        for message in decoder.feed(uuid, bytes.fromhex(data)):
            if isinstance(message, Packet):
                packets.append((message, in_units(decoder, message)))
            elif isinstance(message, Said):
                said.append([message.what, message.value])
    assert said == case["said"]
    assert len(packets) == len(case["packets"])
    for (packet, (acc, gyr)), expected in zip(packets, case["packets"], strict=True):
        same(acc, expected["acc"])
        same(gyr, expected["gyr"])
        assert packet.ticks == expected.get("ticks")
        assert packet.count is None


@pytest.mark.parametrize(("name", "case"), cases("errors"))
def test_bytes_that_are_no_packet_give_the_error_of_the_vectors(name: str, case: dict[str, Any]) -> None:
    uuid, data = case["feed"]
    with pytest.raises(ProtocolError) as caught:
        codec(name).decoder(Wish()).feed(uuid, bytes.fromhex(data))
    assert type(caught.value).__name__ == case["error"]
    assert str(caught.value)
