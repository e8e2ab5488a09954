from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol.codecs.metamotion import (
    ACC,
    BMI160,
    BMI270,
    CODEC,
    COMMAND,
    GYR,
    LENGTHS,
    NOTIFY,
    SERVICE,
    MetamotionDecoder,
)
from firmware_protocol.packet import Layout, Packet, ProtocolError, Reply, Said
from firmware_protocol.registry import Advert, Command, Wish

WORD = st.integers(-32768, 32767)
SAMPLE = st.tuples(WORD, WORD, WORD)


class Board:
    """As much of a board as the start needs; streams are told by the registers that are on."""

    def __init__(self, implementation: int) -> None:
        self.implementation = implementation
        self.config = {ACC: b"\x28\x03", GYR: b"\x28\x00"}
        self.on: dict[tuple[int, int], bytes] = {}

    def write(self, data: bytes) -> bytes | None:
        module, register, body = data[0], data[1], data[2:]
        if data == b"\x11\x8c":
            return data + struct.pack("<BH", 80, 3900)
        if data == b"\x03\x80":
            return data + bytes([self.implementation, 1])
        if register == 0x83:
            return data + self.config[module]
        if register == 0x03:
            assert self.on.get((module, 0x01)) == b"\x00", "a running sensor takes no settings"
            self.config[module] = body
        else:
            self.on[module, register] = body
        return None


def carry_out(commands: tuple[Command, ...], board: Board, decoder: MetamotionDecoder) -> set[Said]:
    """What a client does with commands."""
    heard: set[Said] = set()
    for command in commands:
        assert command.uuid == COMMAND
        if command.when is not None and command.when not in heard:
            continue
        answer = board.write(command.data)
        said = decoder.feed(NOTIFY, answer) if answer is not None else []
        replies = [message for message in said if isinstance(message, Reply)]
        assert [reply.op for reply in replies] == ([] if command.answer is None else [command.answer])
        assert all(reply.ok for reply in replies)
        heard |= {message for message in said if isinstance(message, Said)}
    return heard


@pytest.mark.parametrize(("implementation", "chip", "streams"), [(1, BMI160, {0x1C, 0x07}), (4, BMI270, {0x05})])
@pytest.mark.parametrize("wish", [Wish(), Wish(rate_hz=200, acc_range_g=8, gyr_range_dps=500), Wish(30, 3, 300)])
def test_the_start_fits_the_chip_that_answers(implementation: int, chip: Said, streams: set[int], wish: Wish) -> None:
    board, decoder = Board(implementation), CODEC.decoder(wish)
    heard = carry_out(CODEC.start(wish), board, decoder)
    assert {chip, Said("battery_percent", "80")} <= heard
    assert {register for (_, register), body in board.on.items() if register > 2 and body == b"\x01"} == streams
    assert board.on[ACC, 0x01] == board.on[GYR, 0x01] == b"\x01"
    layout = decoder.layout
    assert layout is not None and layout.apart and layout.tick_s is None and layout.count_bits is None
    assert layout.rate_hz == min((25, 50, 100, 200), key=lambda rate: abs(rate - wish.rate_hz))
    assert layout.acc_range_g == min((2, 4, 8, 16), key=lambda each: abs(each - wish.acc_range_g))
    assert layout.gyr_range_dps == min((2000, 1000, 500, 250, 125), key=lambda each: abs(each - wish.gyr_range_dps))
    assert layout.acc_lsb * 32768 == layout.acc_range_g
    assert layout.gyr_lsb * 16.4 * 2000 == pytest.approx(layout.gyr_range_dps)


@pytest.mark.parametrize("implementation", [1, 4])
def test_the_stop_undoes_the_start(implementation: int) -> None:
    board, decoder = Board(implementation), CODEC.decoder(Wish())
    carry_out(CODEC.start(Wish()), board, decoder)
    chip = {1: BMI160, 4: BMI270}[implementation]
    for command in CODEC.stop():
        assert command.optional
        if command.when in (None, chip):
            assert board.write(command.data) is None
    assert {body for (_, register), body in board.on.items() if register != 0x02} == {b"\x00"}
    assert board.on[ACC, 0x02] == board.on[GYR, 0x02] == b"\x00\x01"


def test_a_board_with_another_accelerometer_is_refused_in_words() -> None:
    (reply,) = CODEC.decoder(Wish()).feed(NOTIFY, bytes.fromhex("03800301"))
    assert isinstance(reply, Reply)
    assert not reply.ok and "accelerometer 3" in reply.text


def test_nothing_is_known_before_the_board_said_both_settings() -> None:
    decoder = CODEC.decoder(Wish())
    layouts = [decoder.layout]
    for answer in ("03800401", "0383a803"):
        decoder.feed(NOTIFY, bytes.fromhex(answer))
        layouts.append(decoder.layout)
    assert layouts == [None, None, None]


def test_what_the_board_says_is_what_counts_not_what_was_wished() -> None:
    decoder = CODEC.decoder(Wish(rate_hz=200, acc_range_g=16))
    for answer in ("03800101", "03832805", "13832703"):
        said = decoder.feed(NOTIFY, bytes.fromhex(answer))
    layout = said[-1]
    assert isinstance(layout, Layout)
    assert (layout.rate_hz, layout.acc_range_g, layout.gyr_range_dps) == (100, 4, 250)


@given(st.sampled_from(sorted(LENGTHS)), st.data())
def test_samples_come_out_again(place: tuple[int, int], data: st.DataObject) -> None:
    count = data.draw(st.sampled_from(LENGTHS[place])) // 6
    samples = data.draw(st.lists(SAMPLE, min_size=count, max_size=count))
    body = b"".join(struct.pack("<3h", *sample) for sample in samples)
    decoder = CODEC.decoder(Wish())
    assert decoder.feed(NOTIFY, bytes(place) + body) == []  # nobody knows its unit yet
    for answer in ("03800101", "0383280c", "13832800"):
        decoder.feed(NOTIFY, bytes.fromhex(answer))
    (packet,) = decoder.feed(NOTIFY, bytes(place) + body)
    assert isinstance(packet, Packet)
    mine, other = (packet.acc, packet.gyr) if place[0] == ACC else (packet.gyr, packet.acc)
    assert other is None and mine is not None
    np.testing.assert_array_equal(mine, samples)
    assert packet.count is None and packet.ticks is None


HEADS = st.sampled_from(
    [*map(bytes, sorted(LENGTHS)), b"\x03\x80", b"\x03\x83", b"\x13\x83", b"\x11\x8c", b"\x0b\x84", b""]
)


@given(st.lists(st.tuples(HEADS, st.binary(max_size=30)), max_size=10))
def test_any_bytes_are_an_error_or_messages_and_samples_are_understood_after_them(
    notifications: list[tuple[bytes, bytes]],
) -> None:
    decoder = CODEC.decoder(Wish())
    for head, body in notifications:
        try:
            assert isinstance(decoder.feed(NOTIFY, head + body), list)
        except ProtocolError as error:
            assert str(error)
    for answer in ("03800400", "0383a803", "13832800"):
        decoder.feed(NOTIFY, bytes.fromhex(answer))
    (packet,) = decoder.feed(NOTIFY, b"\x03\x04" + struct.pack("<3h", 0, 0, 2048))
    assert isinstance(packet, Packet) and packet.acc is not None and decoder.layout is not None
    assert packet.acc[0, 2] * decoder.layout.acc_lsb == 1.0


@pytest.mark.parametrize(
    ("advert", "fits"),
    [
        (Advert(name="MetaWear"), True),
        (Advert(name="MetaMotionS"), True),
        (Advert(services=frozenset({SERVICE})), True),
        (Advert(name="Meta Quest"), False),
        (Advert(), False),
    ],
)
def test_it_is_known_by_name_or_service(advert: Advert, fits: bool) -> None:
    assert CODEC.fits(advert) is fits
