"""Which sensor is meant, and what is said when it is not clear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.fake_link import FakeRadio, FakeSensor, now_ns, run
from firmware_protocol.registry import Advert
from imu.client import LiveSensor, NotFound, Status, scan
from imu.link import LinkError, NoAdapter
from imu.status import LOW_BATTERY_PERCENT, WEAK_DBM

LEFT = FakeSensor("Kickback left", "K-100", "A1", -60)
RIGHT = FakeSensor("Kickback right", "K-200", "A2", -50)
PHONE = FakeSensor("Phone", None, "A3", -40)


def radio_of(*sensors: FakeSensor) -> FakeRadio:
    return FakeRadio(*(replace(each, said=[], link=None) for each in sensors))


def opened(radio: FakeRadio, name: str | None = None) -> Status:
    async def going() -> Status:
        sensor = LiveSensor(radio, name, clock_ns=now_ns)
        status = await sensor.open()
        await sensor.stop()
        return status

    return run(going())


@pytest.mark.parametrize(
    ("wanted", "serial"),
    [
        ("Kickback left", "K-100"),
        ("kickback RIGHT", "K-200"),
        ("Kickback r", "K-200"),
        ("K-200", "K-200"),
        ("k-100", "K-100"),
        ("K-2", "K-200"),
    ],
)
def test_a_sensor_is_chosen_by_its_name_or_its_serial_or_their_beginning(wanted: str, serial: str) -> None:
    assert opened(radio_of(PHONE, RIGHT, LEFT), wanted).serial == serial


def test_an_exact_name_goes_before_a_longer_one() -> None:
    short = replace(LEFT, name="Kickback", serial="K-7")
    assert opened(radio_of(RIGHT, LEFT, short), "kickback").serial == "K-7"


def test_the_only_sensor_needs_no_name() -> None:
    assert opened(radio_of(PHONE, LEFT)).name == "Kickback left"


def test_a_named_sensor_is_not_waited_for_longer_than_needed() -> None:
    async def going() -> float:
        began = now_ns()
        await LiveSensor(radio_of(LEFT), "Kickback left", clock_ns=now_ns).open()
        return (now_ns() - began) / 1e9

    assert run(going()) < 1.0


def test_two_of_the_same_name_are_told_apart_by_serial() -> None:
    twins = [replace(LEFT, name="Kickback", serial=f"T-{number}", address=f"T{number}") for number in (1, 2)]
    with pytest.raises(NotFound, match=r"Several sensors found: Kickback \(-60 dBm\), Kickback.*by its serial number"):
        opened(radio_of(*twins))
    assert opened(radio_of(*twins), "T-2").serial == "T-2"


def test_sensors_that_are_asked_for_a_serial_and_are_not_meant_are_let_go() -> None:
    radio = radio_of(RIGHT, LEFT)
    opened(radio, "K-100")
    assert radio.sensors[0].said == ["connect", "close"]


def test_several_are_listed() -> None:
    with pytest.raises(
        NotFound, match=r"^Several sensors found: Kickback right \(-50 dBm\), Kickback left \(-60 dBm\)"
    ):
        opened(radio_of(LEFT, RIGHT, PHONE))


def test_a_beginning_that_several_share_is_not_guessed() -> None:
    with pytest.raises(NotFound, match=r'Several sensors begin with "Kick": Kickback right'):
        opened(radio_of(LEFT, RIGHT), "Kick")
    with pytest.raises(NotFound, match=r'Several sensors begin with "K-"'):
        opened(radio_of(LEFT, RIGHT), "K-")


def test_none_is_one_line_that_says_what_to_do() -> None:
    with pytest.raises(
        NotFound, match=r"^No sensor found in 10 s \(1 other Bluetooth device heard\)\. Switch the sensor"
    ):
        opened(radio_of(PHONE))
    with pytest.raises(NotFound) as nobody:
        opened(radio_of())
    with pytest.raises(NotFound) as another:
        opened(radio_of(LEFT), "Foo")
    assert (nobody.value.nobody, another.value.nobody) == (True, False)


def test_a_wrong_name_lists_what_is_there() -> None:
    with pytest.raises(NotFound, match=r'^No sensor with the name or serial "Foo" found .* There is: Kickback left'):
        opened(radio_of(LEFT), "Foo")


def test_a_device_that_is_no_sensor_is_called_so() -> None:
    with pytest.raises(
        NotFound, match=r"^Phone is there, but it is no sensor that Kickback knows\. It knows: Kickback"
    ):
        opened(radio_of(LEFT, PHONE), "phone")


def test_no_adapter_is_told_at_once_and_a_busy_one_is_tried_again() -> None:
    radio = radio_of(LEFT)
    radio.trouble = [NoAdapter("Bluetooth is off.")]
    with pytest.raises(NoAdapter):
        opened(radio)
    assert len(radio.scans) == 1
    radio.trouble = [LinkError("busy"), LinkError("busy")]
    assert opened(radio).name == "Kickback left"
    radio.trouble = [LinkError("busy")] * 3
    with pytest.raises(LinkError, match="busy"):
        opened(radio)


def test_a_connection_that_fails_at_first_is_tried_again() -> None:
    radio = radio_of(LEFT)
    radio.connect_trouble = [LinkError("it was interrupted")]
    assert opened(radio).serial == "K-100"


def test_a_low_battery_and_a_weak_signal_are_said_before_the_set() -> None:
    weak = replace(LEFT, battery=LOW_BATTERY_PERCENT - 1, rssi_dbm=WEAK_DBM - 1)
    battery, signal = opened(radio_of(weak)).warnings
    assert battery == "The battery of Kickback left is low (19 %): charge it before the set."
    assert signal.startswith("The signal of Kickback left is weak (-86 dBm)")
    assert opened(radio_of(replace(LEFT, battery=LOW_BATTERY_PERCENT, rssi_dbm=WEAK_DBM))).warnings == ()
    assert opened(radio_of(replace(LEFT, battery=None, rssi_dbm=None))).warnings == ()


def test_a_scan_tells_serials_and_batteries_and_puts_known_sensors_first() -> None:
    radio = radio_of(PHONE, LEFT, RIGHT)
    right, left, phone = run(scan(radio, 2.0))
    assert (right.serial, right.battery_percent, right.codec, right.rssi_dbm) == ("K-200", 90, "kickback", -50)
    assert (left.name, phone.name, phone.codec, phone.serial) == ("Kickback left", "Phone", None, None)
    assert all(each.link is None for each in radio.sensors)


def test_a_scan_that_may_not_ask_connects_nothing_and_one_that_fails_to_says_why() -> None:
    radio = radio_of(LEFT)
    assert run(scan(radio, 2.0, ask=False))[0].serial is None
    assert radio.sensors[0].said == []
    radio.connect_trouble = [LinkError("it was interrupted")]
    assert run(scan(radio, 2.0))[0].trouble == "it was interrupted"


def test_an_advertised_name_may_come_without_its_service() -> None:
    assert opened(radio_of(LEFT)).codec == "kickback"
    assert LEFT.found.advert != Advert("Kickback left")
