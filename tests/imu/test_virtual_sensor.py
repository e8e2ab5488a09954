"""The virtual sensor over bleak's front end and a link in memory: what it sends arrives, each fault is what it says."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bumble", reason="bumble is not installed (extra virtual)")

from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError, BleakGATTProtocolError
from bumble.controller import Controller
from bumble.link import LocalLink
from bumble.transport.tcp_server import open_tcp_server_transport_with_socket

from benchmarks.virtual_central import DEADLINE_S, Central, eventually, noise, on_air
from firmware_protocol import control, registry, wire
from firmware_protocol.control import Result
from imu.c_wire import CannotBuild, CWire, build
from imu.virtual_backend import VirtualClient, VirtualScanner, central_on
from imu.virtual_sensor import Encoder, Faults, TransportError, VirtualSensor, encode_in_python, encoder_in_c


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 2 * DEADLINE_S))


@pytest.fixture(scope="session")
def in_c(tmp_path_factory: pytest.TempPathFactory) -> Encoder:
    folder: Path = tmp_path_factory.mktemp("c_side")
    try:
        return encoder_in_c(CWire(build(folder=folder)))
    except CannotBuild as error:
        pytest.skip(f"the C side cannot be built here: {error}")


@pytest.mark.parametrize("side", ["python", "c"])
def test_nothing_is_lost_at_any_mtu_and_rate(side: str, request: pytest.FixtureRequest) -> None:
    encode = request.getfixturevalue("in_c") if side == "c" else encode_in_python
    kinds = [(mtu, rate) for mtu in (23, 185, 247) for rate in (100, 200)]
    sensors = [
        VirtualSensor(noise(rate), name=f"Kickback {mtu} {rate}", serial=f"{mtu}-{rate}", mtu=mtu, encode=encode)
        for mtu, rate in kinds
    ]

    async def go() -> None:
        async with on_air(*sensors) as centrals:
            for central in centrals:
                assert await central.start() == 0
            await eventually(lambda: all(c.received >= rate for c, (_, rate) in zip(centrals, kinds, strict=True)))
            for central, (mtu, rate) in zip(centrals, kinds, strict=True):
                assert central.client.mtu_size == mtu
                assert (await central.ask(control.Stop())).result is Result.OK
                life = central.sensor.lives[-1]
                late = life.missed.indices()  # only where the machine was so busy that the sensor's queue ran over
                assert central.numbers == [number for number in range(life.taken) if number not in late]
                assert life.sent.total + len(late) == life.taken
                central.check_values()
                most = wire.samples_per_packet(mtu)
                assert max(len(packet.samples) for packet in central.packets) <= most
                starts_us = {packet.t_us - round(packet.seq * 1e6 / rate) for packet in central.packets}
                assert max(starts_us) - min(starts_us) <= 1

    run(go())


def test_it_says_what_it_is() -> None:
    sensor = VirtualSensor(noise(), serial="KB-7", faults=Faults(battery_percent=9))

    async def go() -> None:
        async with on_air(sensor) as (central,):
            await central.connect()
            read = central.client.read_gatt_char
            assert bytes(await read(registry.SERIAL_NUMBER)) == b"KB-7"
            assert bytes(await read(registry.BATTERY_LEVEL)) == b"\x09"
            assert b"virtual" in bytes(await read(registry.FIRMWARE_REVISION))
            assert wire.decode_info(bytes(await read(wire.INFO))) == sensor.device.info()
            await central.client.disconnect()
            assert central.ends == 1
            with pytest.raises(BleakError):
                await read(wire.INFO)
            await central.connect()  # it advertises again

    run(go())


def test_the_control_point_wants_indications_and_one_command_at_a_time() -> None:
    sensor = VirtualSensor(noise(), faults=Faults(stall=((0.0, 1000.0),)))

    async def go() -> None:
        async with on_air(sensor) as (central,):
            await central.connect()
            with pytest.raises(BleakGATTProtocolError) as off:
                await central.client.write_gatt_char(wire.CONTROL, control.Stop().encode(), response=True)
            assert int(off.value.code) == 0xFD
            await central.subscribe()
            await central.ask(control.Start())
            await central.client.write_gatt_char(wire.CONTROL, control.Stop().encode(), response=True)
            with pytest.raises(BleakGATTProtocolError) as busy:  # STOP's answer follows the last sample, which stalls
                await central.client.write_gatt_char(wire.CONTROL, control.Sync(1).encode(), response=True)
            assert int(busy.value.code) == 0xFE
            sensor.device.faults = Faults()
            await eventually(lambda: len(central.answers) == 2)
            assert central.received == sensor.lives[0].taken > 0
            await central.client.stop_notify(wire.DATA)
            assert (await central.ask(control.Identify(2))).result is Result.OK
            assert sensor.identified_s == [2]

    run(go())


def test_what_was_lost_on_purpose_is_known_and_comes_again() -> None:
    sensor = VirtualSensor(noise(), mtu=23, faults=Faults(loss=0.2, seed=5))

    async def go() -> None:
        async with on_air(sensor) as (central,):
            await central.start()
            await eventually(lambda: central.received >= 100)
            await central.ask(control.Stop())
            life = sensor.lives[0]
            dropped = life.dropped.indices()
            assert dropped
            assert dropped == set(range(life.taken)) - set(central.numbers)
            first, stop = min(dropped), max(dropped) + 1
            answer = await central.ask(control.Backfill(first, stop - first))
            assert answer.payload == first.to_bytes(4, "little") + (stop - first).to_bytes(2, "little")
            await eventually(lambda: life.backfilled.total == stop - first)
            await eventually(lambda: set(central.numbers) == set(range(life.taken)))
            central.check_values()

    run(go())


def test_bursts_and_a_stall_delay_but_lose_nothing() -> None:
    bursty = VirtualSensor(noise(), name="Kickback bursty", serial="B", faults=Faults(delay_s=0.4, seed=1))
    stalled = VirtualSensor(noise(), name="Kickback stalled", serial="S", faults=Faults(stall=((0.3, 0.6),)))

    async def go() -> None:
        async with on_air(bursty, stalled) as centrals:
            for central in centrals:
                await central.start()
            await eventually(lambda: all(central.received > 300 for central in centrals))
            for central in centrals:
                await central.ask(control.Stop())
                assert central.numbers == list(range(central.sensor.lives[0].taken))
                # 50 ms of latency fill 11 samples; only what had to wait fills a packet
                assert max(len(packet.samples) for packet in central.packets) == 19
        waits_s = np.diff(centrals[1].arrivals_s)
        assert waits_s.max() > 0.5

    run(go())


def test_a_dropped_link_ends_and_the_gap_comes_again() -> None:
    sensor = VirtualSensor(noise(), faults=Faults(drop=((0.4, 0.3),)))

    async def go() -> None:
        async with on_air(sensor) as (central,):
            await central.start()
            await eventually(lambda: central.ends == 1)
            assert not central.client.is_connected
            heard = central.received
            count = await central.start()
            assert count - heard >= 60  # it was away for 0.3 s
            await central.ask(control.Backfill(heard, count - heard))
            await eventually(lambda: sum(len(packet.samples) for packet in central.again) == count - heard)
            await central.ask(control.Stop())
            assert central.numbers == list(range(sensor.lives[0].taken))
            central.check_values()

    run(go())


def test_a_sensor_that_is_away_cannot_be_connected_and_later_can() -> None:
    sensor = VirtualSensor(noise(), faults=Faults(drop=((0.1, 0.6),)))

    async def go() -> None:
        async with on_air(sensor) as (central,):
            await central.start()
            await eventually(lambda: central.ends == 1)
            away = BleakClient(central.client.address, backend=central.client_backend, timeout=0.1)
            with pytest.raises(BleakError, match="does not answer"):
                await away.connect()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):  # given up by who waits
                    await BleakClient(central.client.address, backend=central.client_backend).connect()
            await central.start()
            await central.ask(control.Stop())
            await central.client.disconnect()
            assert central.ends == 2

    run(go())


def test_a_silent_link_looks_alive_until_the_client_ends_it() -> None:
    sensor = VirtualSensor(noise(), faults=Faults(silent_drop=(0.3,)))

    async def go() -> None:
        async with on_air(sensor) as (central,):
            await central.start()
            await eventually(lambda: sensor.lives[0].silenced.total >= 60)
            assert central.client.is_connected
            assert central.received == sensor.lives[0].sent.total
            await central.client.disconnect()
            heard = central.received
            await central.start()
            await eventually(lambda: central.received > heard)

    run(go())


def test_a_sensor_that_starts_anew_has_another_id_and_counts_from_0() -> None:
    sensor = VirtualSensor(noise(), faults=Faults(reboot=(0.3,)))

    async def go() -> None:
        async with on_air(sensor) as (central,):
            await central.start()
            boot = wire.decode_info(bytes(await central.client.read_gatt_char(wire.INFO))).boot
            await eventually(lambda: central.ends == 1)
            assert await central.start() == 0
            assert wire.decode_info(bytes(await central.client.read_gatt_char(wire.INFO))).boot != boot
            assert len(sensor.lives) == 2

    run(go())


@pytest.mark.parametrize("name", ["nonsense:0", "usb", "tcp-client:127.0.0.1:1", "serial:not-a-port"])
def test_a_radio_that_is_not_there_is_one_line(name: str) -> None:
    with pytest.raises(TransportError, match=r"No radio") as said:
        run(VirtualSensor(noise()).serve(name))
    assert "\n" not in str(said.value)
    assert name in str(said.value)


def test_it_serves_a_radio_behind_a_wire_as_it_would_a_dongle() -> None:
    """HCI over TCP to a controller in memory: the commands are a dongle's, the air is not."""
    sensor = VirtualSensor(noise())

    async def go() -> None:
        link = LocalLink()  # type: ignore[no-untyped-call]  # bumble 0.0.236
        listening = socket.create_server(("127.0.0.1", 0))
        wire_end = await open_tcp_server_transport_with_socket(listening)
        Controller("dongle", host_source=wire_end.source, host_sink=wire_end.sink, link=link)
        serving = asyncio.create_task(sensor.serve(f"tcp-client:127.0.0.1:{listening.getsockname()[1]}"))
        async with central_on(link) as (device, controller):
            mine = {"central": device, "controller": controller, "connecting": asyncio.Lock()}
            client, scanner = type("Client", (VirtualClient,), mine), type("Scanner", (VirtualScanner,), mine)
            seen = await BleakScanner.find_device_by_filter(
                lambda _, said: wire.SERVICE in said.service_uuids, timeout=DEADLINE_S, backend=scanner
            )
            assert seen is not None
            central = Central(sensor, (client, scanner))
            await central.start(seen)
            await eventually(lambda: central.received >= 100)
            await central.ask(control.Stop())
            assert central.numbers == list(range(sensor.lives[0].taken))
            await central.client.disconnect()
        serving.cancel()
        await asyncio.wait({serving})
        await wire_end.close()
        wire_end.server.close()  # type: ignore[attr-defined]  # of bumble's inner class for such a wire

    run(go())
