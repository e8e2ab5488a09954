"""Which samples are asked for again, and when."""

from __future__ import annotations

from firmware_protocol.codecs.kickback import CODEC
from imu.asking import MOST_ASKED, MOST_OPEN, Asking


def test_a_long_stretch_is_asked_for_in_pieces_each_once() -> None:
    asking = Asking(CODEC)
    awaited = [(10, 20), (1000, 101_000)]
    assert asking.fresh(awaited) == [(10, 20), (1000, 1000 + MOST_ASKED), (1000 + MOST_ASKED, 101_000)]
    assert asking.fresh(awaited) == []
    assert asking.fresh([(15, 20), (2000, 101_000), (200_000, 200_010)]) == [(200_000, 200_010)]


def test_no_more_is_asked_for_than_a_sensor_takes_at_a_time() -> None:
    asking = Asking(CODEC)
    awaited = [(start, start + 10) for start in range(0, 1000, 100)]
    assert asking.fresh(awaited) == awaited[:MOST_OPEN]
    assert asking.fresh(awaited) == []
    assert asking.fresh(awaited[1:]) == awaited[MOST_OPEN : MOST_OPEN + 1]
    assert asking.fresh(awaited[3:]) == awaited[MOST_OPEN + 1 : MOST_OPEN + 3]
