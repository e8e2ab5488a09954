"""What every codec builds on: packets and layouts are checked when they are made, and a sensor finds its codec."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol import packet, registry
from firmware_protocol.packet import Layout, OutOfRange, Packet, ProtocolError, Reply, Said
from firmware_protocol.registry import CODECS, Advert, Command, NoExtras, Wish, codec, codec_for, codecs

ROWS = np.arange(6.0).reshape(2, 3)


# --- packets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("acc", "gyr"), [(ROWS, ROWS), (ROWS, None), (None, ROWS)])
def test_a_packet_has_one_sensor_or_both(acc: packet.FloatArray | None, gyr: packet.FloatArray | None) -> None:
    made = Packet(acc, gyr)
    assert len(made) == 2
    assert (made.acc is None) is (acc is None)
    assert (made.gyr is None) is (gyr is None)


@pytest.mark.parametrize(
    ("acc", "gyr"),
    [
        (None, None),
        (ROWS, ROWS[:1]),
        (ROWS[0], None),
        (ROWS[:, :2], None),
        (np.zeros((0, 3)), None),
        (None, np.zeros((0, 3))),
        (np.zeros((2, 3, 1)), None),
    ],
)
def test_a_packet_of_another_shape_is_refused(acc: packet.FloatArray | None, gyr: packet.FloatArray | None) -> None:
    with pytest.raises(OutOfRange):
        Packet(acc, gyr)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("sensor", ["acc", "gyr"])
def test_a_value_that_is_no_number_is_refused_and_named(value: float, sensor: str) -> None:
    rows = {"acc": ROWS.copy(), "gyr": ROWS.copy()}
    rows[sensor][1, 2] = value
    with pytest.raises(OutOfRange, match=sensor):
        Packet(rows["acc"], rows["gyr"])


@pytest.mark.parametrize("field", [{"count": -1}, {"ticks": -1}, {"count": 5, "ticks": -5}])
def test_counts_and_clocks_are_not_negative(field: dict[str, int]) -> None:
    with pytest.raises(OutOfRange):
        Packet(ROWS, ROWS, **field)  # type: ignore[arg-type]  # mypy does not know which fields these are


def test_a_packet_cannot_be_changed_and_keeps_no_hold_on_what_it_was_made_of() -> None:
    mine = ROWS.copy()
    made = Packet(mine, None)
    mine[0, 0] = 99.0
    assert made.acc is not None
    assert made.acc[0, 0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        made.acc[0, 0] = 1.0
    with pytest.raises(FrozenInstanceError):
        made.count = 1  # type: ignore[misc]  # that it cannot be set is what is shown


@given(st.lists(st.tuples(*[st.integers(-32768, 32767)] * 3), min_size=1, max_size=20))
def test_whole_numbers_become_the_same_real_numbers(rows: list[tuple[int, int, int]]) -> None:
    made = Packet(np.array(rows), None)
    assert made.acc is not None and made.acc.dtype == np.float64
    assert [tuple(row) for row in made.acc] == rows


def test_every_error_of_bytes_is_a_protocol_error() -> None:
    errors = [each for _, each in inspect.getmembers(packet, inspect.isclass) if issubclass(each, Exception)]
    assert len(errors) >= 6
    assert all(issubclass(each, ProtocolError) for each in errors)
    assert issubclass(ProtocolError, ValueError)


# --- layouts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate_hz", [0.0, -1.0, float("nan")])
def test_a_rate_is_above_nothing(rate_hz: float) -> None:
    with pytest.raises(OutOfRange):
        Layout(rate_hz, "g", "deg/s")


@pytest.mark.parametrize("tick_s", [0.0, -1e-6, float("nan")])
def test_a_tick_lasts(tick_s: float) -> None:
    with pytest.raises(OutOfRange):
        Layout(100.0, "g", "deg/s", tick_s=tick_s)


def test_a_layout_without_clock_and_count_is_one() -> None:
    layout = Layout(100.0, "g", "deg/s")
    assert layout.tick_s is None and layout.count_bits is None and layout.boot is None and layout.buffer_s == 0.0


# --- the registry ------------------------------------------------------------------------------------------------


def test_all_codecs_are_there_under_their_names() -> None:
    assert tuple(codecs()) == CODECS
    assert all(each.name == name for name, each in codecs().items())
    assert codec("kickback") is codecs()["kickback"]


@pytest.mark.parametrize("name", ["", "Kickback", "os", "..packet", "no such"])
def test_an_unknown_kind_is_named_and_the_known_ones_are_listed(name: str) -> None:
    with pytest.raises(ValueError, match="known are kickback, witmotion") as caught:
        codec(name)
    assert repr(name) in str(caught.value)


ADVERTS = {
    "kickback": Advert(name="Kickback 1"),
    "witmotion": Advert(name="WT901BLE67"),
    "polar": Advert(name="Polar Sense 12345678"),
    "movesense": Advert(name="Movesense 174430000051"),
    "metamotion": Advert(name="MetaWear"),
    "movella_dot": Advert(name="Xsens DOT", companies=frozenset({0x0886})),
}


@pytest.mark.parametrize("name", CODECS)
def test_a_sensor_is_known_by_its_own_codec_and_by_no_other(name: str) -> None:
    assert [each for each, kind in codecs().items() if kind.fits(ADVERTS[name])] == [name]
    assert codec_for(ADVERTS[name]) is codec(name)


@pytest.mark.parametrize(
    "advert", [Advert(), Advert(name=""), Advert(name="Headphones"), Advert(companies=frozenset({1}))]
)
def test_what_nobody_knows_has_no_codec(advert: Advert) -> None:
    assert codec_for(advert) is None


def test_the_first_codec_of_the_list_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Advert(name="Kickback 1", companies=frozenset({0x0886}))
    assert codec_for(both) is codec("kickback")
    monkeypatch.setattr(registry, "CODECS", CODECS[::-1])
    assert codec_for(both) is codec("movella_dot")


def test_standard_characteristics_are_written_out() -> None:
    assert registry.BATTERY_LEVEL == "00002a19-0000-1000-8000-00805f9b34fb"
    assert registry.SERIAL_NUMBER == "00002a25-0000-1000-8000-00805f9b34fb"


def test_a_sensor_without_extras_offers_none() -> None:
    bare = NoExtras()
    assert bare.reads == ()
    assert bare.sync(7) is None and bare.backfill(0, 10) is None


def test_what_a_command_depends_on_can_be_looked_up_among_what_was_said() -> None:
    heard = {Said("chip", "BMI270"), Said("battery_percent", "80")}
    assert Command("u", b"", when=Said("chip", "BMI270")).when in heard
    assert Command("u", b"", when=Said("chip", "BMI160")).when not in heard
    assert Command("u", b"").when is None
    assert hash(Reply(1, 0, "ok", True)) == hash(Reply(1, 0, "ok", True)) and Wish() == Wish()
