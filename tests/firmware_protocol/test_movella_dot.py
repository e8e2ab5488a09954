from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol.codecs.movella_dot import (
    CODEC,
    COMPANY,
    MEDIUM,
    MOST_DPS,
    MOST_MPS2,
    RATES_HZ,
    SETTINGS,
    nearest_rate_hz,
)
from firmware_protocol.packet import Packet, ProtocolError
from firmware_protocol.registry import Advert, Wish

TICKS = st.integers(0, 2**32 - 1)
ACC = st.floats(-196, 196, width=32)
GYR = st.floats(-2500, 2500, width=32)


@given(TICKS, st.tuples(ACC, ACC, ACC), st.tuples(GYR, GYR, GYR), st.integers(0, 12))
def test_what_a_dot_sends_comes_out_again(
    ticks: int, acc: tuple[float, ...], gyr: tuple[float, ...], unused: int
) -> None:
    (packet,) = CODEC.decoder(Wish()).feed(MEDIUM, struct.pack("<I6f", ticks, *acc, *gyr) + bytes(unused))
    assert isinstance(packet, Packet)
    np.testing.assert_array_equal(packet.acc, [acc])
    np.testing.assert_array_equal(packet.gyr, [gyr])
    assert (packet.ticks, packet.count, len(packet)) == (ticks, None, 1)


@given(st.sampled_from([MEDIUM, *CODEC.reads]), st.binary(max_size=50))
def test_any_bytes_are_an_error_or_messages_and_a_sample_is_understood_after_them(uuid: str, data: bytes) -> None:
    decoder = CODEC.decoder(Wish())
    try:
        assert isinstance(decoder.feed(uuid, data), list)
    except ProtocolError as error:
        assert str(error)
    assert len(decoder.feed(MEDIUM, struct.pack("<I6f", 7, 0, 0, 9.8, 1, 2, 3))) == 1


@given(TICKS, st.lists(st.integers(0, 2**32 - 1), min_size=6, max_size=6))
def test_any_bit_patterns_are_finite_samples_or_an_error(ticks: int, words: list[int]) -> None:
    try:
        (packet,) = CODEC.decoder(Wish()).feed(MEDIUM, struct.pack("<7I", ticks, *words))
    except ProtocolError:
        values = struct.unpack("<6f", struct.pack("<6I", *words))
        limits = [MOST_MPS2] * 3 + [MOST_DPS] * 3
        assert not all(abs(value) <= limit for value, limit in zip(values, limits, strict=True))
    else:
        assert isinstance(packet, Packet)


@pytest.mark.parametrize(("wished", "taken"), [(1, 1), (13, 12), (26, 30), (60, 60), (100, 60), (1000, 60)])
def test_the_rate_is_the_nearest_that_it_streams(wished: int, taken: int) -> None:
    wish = Wish(rate_hz=wished)
    assert nearest_rate_hz(wish) == taken
    layout = CODEC.decoder(wish).layout
    assert layout is not None and layout.rate_hz == taken and max(RATES_HZ) == 60
    assert (layout.tick_s, layout.tick_bits, layout.count_bits) == (1e-6, 32, None)


@pytest.mark.parametrize(("told", "rate_hz"), [(20, 20), (60, 60), (120, 30), (0, 30)])
def test_the_rate_that_is_read_is_that_of_the_layout_where_it_can_be_streamed(told: int, rate_hz: int) -> None:
    decoder = CODEC.decoder(Wish(rate_hz=30))
    decoder.feed(SETTINGS, bytes(24) + struct.pack("<H", told) + bytes(6))
    assert decoder.layout is not None and decoder.layout.rate_hz == rate_hz


def test_setting_the_rate_touches_nothing_else() -> None:
    (settings,) = (command.data for command in CODEC.start(Wish(rate_hz=30)) if command.uuid == SETTINGS)
    assert len(settings) == 32
    assert settings[0] == 1 << 4  # only the rate is to be taken
    assert [place for place, byte in enumerate(settings) if byte] == [0, 24]


@pytest.mark.parametrize(
    ("advert", "fits"),
    [
        (Advert(name="Movella DOT"), True),
        (Advert(name="Xsens DOT"), True),
        (Advert(name="Xsens Dot"), True),
        (Advert(companies=frozenset({COMPANY})), True),
        (Advert(name="Polar Sense", companies=frozenset({0x006B})), False),
        (Advert(), False),
    ],
)
def test_it_is_known_by_name_or_company(advert: Advert, fits: bool) -> None:
    assert CODEC.fits(advert) is fits
