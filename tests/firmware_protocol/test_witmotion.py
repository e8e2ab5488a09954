from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol.codecs.witmotion import CODEC, FRAME_BYTES, NOTIFY, RATE_CODES, SERVICE, WitmotionDecoder
from firmware_protocol.packet import Message, Packet, ProtocolError, Reply, Said
from firmware_protocol.registry import Advert, Wish

WORD = st.integers(-32768, 32767)
FRAMES = st.lists(st.tuples(*[WORD] * 9), min_size=1, max_size=12)


def encode(values: tuple[int, ...]) -> bytes:
    """A frame as the module makes it: acceleration, angular velocity, angles."""
    return b"\x55\x61" + struct.pack("<9h", *values)


def running(rate_code: int = 0x09) -> WitmotionDecoder:
    """The decoder of a module that has told its rate."""
    decoder = CODEC.decoder(Wish())
    decoder.feed(NOTIFY, told(rate_code))
    return decoder


def told(rate_code: int) -> bytes:
    return b"\x55\x71" + struct.pack("<9H", 0x03, rate_code, *[0] * 7)


def rows(messages: list[Message]) -> list[tuple[float, ...]]:
    found: list[tuple[float, ...]] = []
    for message in messages:
        if isinstance(message, Packet):
            assert message.acc is not None and message.gyr is not None
            found += [tuple(row) for row in np.hstack((message.acc, message.gyr))]
    return found


def feed_all(decoder: WitmotionDecoder, parts: list[bytes]) -> list[Message]:
    """Whatever comes, errors passed over."""
    said: list[Message] = []
    for part in parts:
        try:
            said += decoder.feed(NOTIFY, part)
        except ProtocolError as error:
            assert str(error)
    return said


@given(FRAMES)
def test_what_a_module_sends_comes_out_again(frames: list[tuple[int, ...]]) -> None:
    said = running().feed(NOTIFY, b"".join(map(encode, frames)))
    assert rows(said) == [frame[:6] for frame in frames]
    assert sum(isinstance(message, Packet) for message in said) == 1


@given(st.lists(st.tuples(*[st.integers(-300, 300)] * 9), min_size=1, max_size=8), st.data())
def test_frames_may_be_cut_anywhere(frames: list[tuple[int, ...]], data: st.DataObject) -> None:
    # Small numbers hold no 55 61 of their own (0x6155 is 24917), so no border looks like a head.
    stream = b"".join(map(encode, frames))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=6)))
    parts = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert rows(feed_all(running(), parts)) == [frame[:6] for frame in frames]


@given(st.lists(st.binary(max_size=60), max_size=8), FRAMES)
def test_after_any_bytes_whole_notifications_are_understood_again(
    junk: list[bytes], frames: list[tuple[int, ...]]
) -> None:
    decoder = running()
    feed_all(decoder, junk)
    assert rows(decoder.feed(NOTIFY, b"".join(map(encode, frames)))) == [frame[:6] for frame in frames]


@given(FRAMES, st.integers(0, 300))
def test_a_notification_may_be_cut_short_and_only_whole_frames_count(
    frames: list[tuple[int, ...]], length: int
) -> None:
    cut = b"".join(map(encode, frames))[:length]
    found = rows(feed_all(running(), [cut]))
    assert found == [frame[:6] for frame in frames[: len(cut) // FRAME_BYTES]]


@given(st.lists(st.sampled_from([b"\x55", b"\x55\x61", b"\x55\x71\x40", b"\x00" * 7, b"\x61" * 19]), max_size=40))
def test_less_than_a_frame_is_kept_and_never_mixed_into_a_whole_one(parts: list[bytes]) -> None:
    """However many short pieces come, what is held is less than a frame: the next whole one is not mixed with it."""
    decoder = running()
    feed_all(decoder, parts)
    (packet, *skipped) = decoder.feed(NOTIFY, encode((1, 2, 3, 4, 5, 6, 7, 8, 9)))
    assert rows([packet]) == [(1, 2, 3, 4, 5, 6)]
    assert all(isinstance(each, Said) and int(each.value) < FRAME_BYTES for each in skipped)


@pytest.mark.parametrize(("code", "rate_hz", "taken"), [(0x09, 100, True), (0x06, 10, False), (0x0B, 200, False)])
def test_the_rate_that_the_module_tells_is_that_of_the_layout(code: int, rate_hz: float, taken: bool) -> None:
    decoder = CODEC.decoder(Wish(rate_hz=100))
    reply, *_ = decoder.feed(NOTIFY, told(code))
    assert isinstance(reply, Reply)
    assert (reply.ok, reply.text) == (taken, f"{rate_hz} Hz")
    assert decoder.layout is not None and decoder.layout.rate_hz == rate_hz
    (asked,) = (command for command in CODEC.start(Wish(rate_hz=100)) if command.answer == reply.op)
    assert asked.optional


def test_an_unknown_rate_leaves_the_layout_alone() -> None:
    decoder = CODEC.decoder(Wish(rate_hz=50))
    reply, *_ = decoder.feed(NOTIFY, told(0x33))
    assert isinstance(reply, Reply) and not reply.ok
    assert decoder.layout is not None and decoder.layout.rate_hz == 50


def test_a_module_that_never_tells_its_rate_is_believed_after_two_seconds() -> None:
    decoder = CODEC.decoder(Wish(rate_hz=50))
    notification = encode((1, 2, 3, 4, 5, 6, 7, 8, 9)) * 4
    came = [len(rows(decoder.feed(NOTIFY, notification))) for _ in range(30)]
    assert came == [0] * 25 + [4] * 5


@pytest.mark.parametrize("rate_hz", RATE_CODES)
def test_the_layout_is_of_the_rate_asked_for_and_has_no_clock_and_no_count(rate_hz: int) -> None:
    layout = CODEC.decoder(Wish(rate_hz=rate_hz)).layout
    assert layout is not None
    assert layout.rate_hz == rate_hz
    assert layout.tick_s is None and layout.count_bits is None and not layout.apart
    assert 32768 * layout.acc_lsb == layout.acc_range_g == 16
    assert 32768 * layout.gyr_lsb == layout.gyr_range_dps == 2000


@pytest.mark.parametrize(
    ("advert", "fits"),
    [
        (Advert(name="WT901BLE67"), True),
        (Advert(name="BWT901BLE5.0"), True),
        (Advert(name="leg", services=frozenset({SERVICE})), True),
        (Advert(name=None, services=frozenset({SERVICE})), True),
        (Advert(name="WTVB01-BT50", services=frozenset({SERVICE})), False),
        (Advert(name=None), False),
        (Advert(name="Kickback"), False),
        (Advert(services=frozenset({SERVICE.replace("9a34fb", "9b34fb")})), False),
    ],
)
def test_it_is_known_by_name_or_service_and_a_vibration_sensor_is_not(advert: Advert, fits: bool) -> None:
    assert CODEC.fits(advert) is fits


def test_other_characteristics_say_nothing() -> None:
    assert CODEC.decoder(Wish()).feed(SERVICE, b"\x55\x61") == []
