from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
from rich.panel import Panel
from rich.text import Text

from analysis.params import Tempo
from firmware_protocol.registry import codec
from imu.assembler import Assembler
from imu.records import Kind, Record
from imu.status import Status
from kickback.live.board import Board
from kickback.live.link import AGAIN_S, SETTLED_S, LinkBoard, LinkNow, Retold, Watched, signal_word
from kickback.live.notice import link_line, notice, said_of
from kickback.live.stage import Lane

FINE = LinkNow("streaming", at_s=10.0, battery_percent=87, rssi_dbm=-62, age_s=0.04, rate_hz=100.0)


def after(link: LinkBoard, *looks: LinkNow) -> list[str]:
    return [line for now in looks for line in link.take(now)]


def lost_for(seconds: float) -> LinkNow:
    return replace(FINE, state="lost", at_s=10.0 + seconds, age_s=seconds, trouble="no data")


def test_a_lost_link_is_said_once_and_what_it_cost_when_it_is_back() -> None:
    link = LinkBoard()
    assert after(link, FINE) == ["samples are coming"]
    assert after(link, lost_for(1.0)) == ["LINK LOST (no data): reconnecting, the count is kept"]
    assert after(link, lost_for(2.0), lost_for(4.0)) == []
    assert link.away_s == pytest.approx(4.0)
    back = replace(FINE, state="catching up", at_s=14.5)
    assert after(link, back) == ["connected again after 4.5 s, catching up"]
    assert link.away_s is None
    whole = replace(FINE, at_s=15.0, backfilled=430)
    assert after(link, whole) == []
    said = after(link, replace(whole, at_s=15.0 + SETTLED_S))
    assert said == ["connected again after 4.5 s: 4.3 s back-filled, nothing is missing"], "since it was found"
    assert link.again == said[0]
    after(link, replace(whole, at_s=16.0 + SETTLED_S + AGAIN_S))
    assert link.again == ""


def test_a_gap_that_stays_is_said() -> None:
    link = LinkBoard()
    after(link, FINE, lost_for(2.0))
    back = replace(FINE, at_s=12.5, lost=240)
    assert after(link, back, replace(back, at_s=13.5)) == ["connected again after 2.5 s: a gap of 2.4 s stays"]
    assert after(link, replace(back, at_s=14.0)) == [], "the same gap is not said again"


def test_a_back_fill_that_begins_a_moment_later_belongs_to_the_same_loss() -> None:
    link = LinkBoard()
    after(link, FINE, lost_for(2.0))
    early = replace(FINE, at_s=12.5)
    late = replace(FINE, state="catching up", at_s=12.6)
    assert after(link, early, late) == []
    done = replace(FINE, at_s=13.0, backfilled=250)
    said = after(link, done, replace(done, at_s=14.0))
    assert said == ["connected again after 2.5 s: 2.5 s back-filled, nothing is missing"]


def test_catching_up_again_and_again_is_said_once() -> None:
    link = LinkBoard()
    after(link, FINE, lost_for(2.0))
    looks = [replace(FINE, state=("catching up", "streaming")[n % 2], at_s=12.5 + 0.2 * n) for n in range(8)]
    assert after(link, *looks) == ["connected again after 2.5 s, catching up"]
    whole = replace(FINE, at_s=14.0, backfilled=240)
    said = after(link, whole, replace(whole, at_s=15.0))
    assert said == ["connected again after 2.5 s: 2.4 s back-filled, nothing is missing"]


@pytest.mark.parametrize(
    ("lost", "late", "width", "said"),
    [
        (0, 0, 80, ""),
        (0, 3, 60, "back-filled 0.03 s"),
        (0, 120, 120, "back-filled 1.2 s"),
        (5, 120, 50, "lost 0.05 s"),
        (50, 120, 120, "lost 0.5 s, back-filled 1.2 s"),
    ],
)
def test_what_was_lost_is_no_zero(lost: int, late: int, width: int, said: str) -> None:
    link = LinkBoard()
    after(link, replace(FINE, lost=lost, backfilled=late, age_s=None))
    assert link_line(link, width).plain.partition("-62 dBm")[2].strip(" )") == said


def test_a_sensor_that_is_gone_for_good() -> None:
    link = LinkBoard()
    after(link, FINE, lost_for(100.0))
    gone = replace(FINE, state="stopped", at_s=130.0, age_s=120.0, trouble="it did not come back within 120 s.")
    assert after(link, gone) == ["the sensor did not come back (it did not come back within 120 s)"]
    panel = notice(Lane("Kickback 7", Board(Tempo()), link=link), 80, 3)
    assert isinstance(panel, Panel)
    assert "did not come back" in str(panel.renderable)


def test_losses_while_the_link_is_there_are_said_when_they_matter() -> None:
    link = LinkBoard()
    after(link, FINE)
    assert after(link, replace(FINE, lost=4)) == []
    assert after(link, replace(FINE, lost=30)) == ["gap: 0.3 s of the signal lost"]
    assert after(link, replace(FINE, lost=31)) == []


def test_warnings_and_a_full_disk_are_said_once() -> None:
    link = LinkBoard()
    low = replace(FINE, warnings=("The battery is low.",))
    assert after(link, FINE, low, low) == ["samples are coming", "The battery is low."]
    full = replace(low, disk="the disk is full")
    assert after(link, full, full, low) == ["the disk is full", "the disk is well again: recording goes on"]


def shown(link: LinkBoard, rows: int = 3) -> str:
    found = notice(Lane("Kickback 7", Board(Tempo()), link=link), 80, rows)
    return str(found.renderable) if isinstance(found, Panel) else found.plain


def test_the_notice_says_what_matters_most() -> None:
    link = LinkBoard()
    after(link, replace(FINE, warnings=("The battery is low.",)))
    assert shown(link) == "The battery is low."
    after(link, replace(FINE, disk="the disk is full"))
    assert shown(link) == "NOT RECORDED: the disk is full"
    after(link, replace(FINE, disk="kickback sessions/monday.kbraw: the disk is full: make room"))
    assert shown(link) == "NOT RECORDED: the disk is full: make room"
    after(link, replace(lost_for(3.0), disk="the disk is full"))
    assert shown(link) == "LINK LOST 3 s: reconnecting, the count is kept"
    assert shown(link, rows=1).rstrip() == "LINK LOST 3 s: reconnecting, the count is kept"
    after(link, replace(FINE, state="catching up", at_s=14.0))
    assert shown(link).startswith("CATCHING UP")


def test_warnings_take_turns() -> None:
    link = LinkBoard()
    both = replace(FINE, warnings=("The battery is low.", "The signal is weak."))
    seen = set()
    for at_s in range(10, 20):
        after(link, replace(both, at_s=float(at_s)))
        seen.add(shown(link))
    assert seen == set(both.warnings)


def test_where_there_is_room_all_warnings_stand_still() -> None:
    link = LinkBoard()
    both = replace(FINE, warnings=("The battery is low.", "The signal is weak."))
    seen = set()
    for at_s in range(10, 20):
        after(link, replace(both, at_s=float(at_s)))
        seen.add(said_of(link))
    (said,) = seen
    assert said is not None
    assert (said.text, said.level) == ("The battery is low.\nThe signal is weak.", "warn")


def test_news_of_the_link_stand_before_the_warnings_and_not_in_their_place() -> None:
    link = LinkBoard()
    low = replace(FINE, warnings=("The battery is low.",))
    after(link, low, replace(lost_for(3.0), warnings=low.warnings), replace(low, at_s=14.0))
    after(link, replace(low, at_s=14.0 + SETTLED_S))
    said = said_of(link)
    assert said is not None
    assert said.text == "Connected again after 4.0 s: nothing is missing\nThe battery is low."
    assert (said.key, said.level) == ("back", "warn")
    assert shown(link) == "Connected again after 4.0 s: nothing is missing"
    after(link, replace(FINE, at_s=14.5 + SETTLED_S))
    said = said_of(link)
    assert said is not None
    assert (said.text, said.level) == ("Connected again after 4.0 s: nothing is missing", "ok")


@pytest.mark.parametrize("width", [120, 80, 48, 30, 10])
@pytest.mark.parametrize("now", [FINE, lost_for(3.0), replace(FINE, lost=120, backfilled=300, rssi_dbm=-90)])
def test_the_line_of_the_link_fits(width: int, now: LinkNow) -> None:
    link = LinkBoard()
    after(link, FINE, now)
    line = link_line(link, width)
    assert isinstance(line, Text)
    assert line.cell_len <= width
    if width >= 80:
        assert "battery 87 %" in line.plain
        assert "dBm" in line.plain
    if width >= 30:
        assert ("link lost" if now.state == "lost" else "connected") in line.plain


@pytest.mark.parametrize(
    ("dbm", "word"), [(-50, "strong"), (-60, "strong"), (-61, "good"), (-80, "fair"), (-86, "weak"), (None, "unknown")]
)
def test_signals_have_words(dbm: int | None, word: str) -> None:
    assert signal_word(dbm).split(" ")[0] == word


def test_a_live_sensor_is_looked_at() -> None:
    status = Status(state="streaming", battery_percent=12, rssi_dbm=-60, last_packet_ns=4_000_000_000, rate_hz=50.0)
    assembler = Assembler(codec("kickback"))
    now = Watched(status, lambda: assembler, lambda: "no room", lambda: 5_000_000_000)()
    assert (now.state, now.at_s, now.age_s, now.rate_hz, now.disk) == ("streaming", 5.0, 1.0, 50.0, "no room")
    assert len(now.warnings) == 1
    before = Watched(Status(), lambda: None, clock_ns=lambda: 0)()
    assert (before.state, before.age_s, before.lost) == ("looking", None, 0)


def facts(kind: Kind, at_s: float, **said: object) -> Record:
    return Record.of_facts(kind, int(at_s * 1e9), **said)


def told() -> Iterator[Record]:
    uuid = codec("kickback").subscribes[0]
    yield facts(Kind.CONNECTED, 100.0, name="Kickback 7", battery_percent=15, rssi_dbm=-70)
    yield Record.of_bytes(Kind.NOTIFIED, int(100.5e9), uuid, b"no packet")
    yield facts(Kind.DISCONNECTED, 103.0, reason="no data")
    yield facts(Kind.CONNECTED, 105.0, name="Kickback 7", battery_percent=None, rssi_dbm=None)
    yield Record.of_bytes(Kind.NOTIFIED, int(105.5e9), uuid, b"no packet")
    yield facts(Kind.DISCONNECTED, 107.0, reason="stopped")
    yield facts(Kind.ENDED, 107.0, text="stopped")
    yield Record(Kind.CONNECTED, int(108e9), b"no JSON")


def test_a_replayed_link_has_the_states_of_then() -> None:
    retold = Retold(Assembler(codec("kickback")), speed=math.inf)
    seen = []
    for record in told():
        retold.take(record)
        now = retold()
        seen.append((now.state, now.at_s, now.battery_percent, now.trouble))
    assert seen == [
        ("connecting", 100.0, 15, ""),
        ("streaming", 100.5, 15, ""),
        ("lost", 103.0, 15, "no data"),
        ("lost", 105.0, 15, "no data"),
        ("streaming", 105.5, 15, ""),
        ("streaming", 107.0, 15, ""),
        ("stopped", 107.0, 15, ""),
        ("stopped", 108.0, 15, ""),
    ]


def test_a_replayed_link_ages_between_the_records_at_the_replays_speed() -> None:
    clock_s = [50.0]
    retold = Retold(Assembler(codec("kickback")), speed=4.0, clock=lambda: clock_s[0])
    records = told()
    for _ in range(3):
        retold.take(next(records))
    clock_s[0] += 1.0
    now = retold()
    assert now.state == "lost"
    assert now.at_s == pytest.approx(104.5)
    assert now.age_s == pytest.approx(4.0)
