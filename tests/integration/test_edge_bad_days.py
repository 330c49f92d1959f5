"""Crowds that misbehave, numbers that cannot be, batches: what one listener hears of it."""

import itertools
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from tests.integration.edge_kit import (
    GREETING,
    SHOW,
    Client,
    RunningEdge,
    body,
    fake_studio,
    request,
    running_edge,
    sounds,
)

from vivavoce.bus.messages import Sound
from vivavoce.deliver.ladder import STEPS
from vivavoce.deliver.patience import Wait
from vivavoce.media import Codec
from vivavoce.package.heads import HEADS
from vivavoce.testing.clock import FakeClock
from vivavoce.testing.fragments import fragments_in
from vivavoce.units import PART_SAMPLES, SAMPLE_RATE

pytestmark = pytest.mark.anyio

HEALTH = request("GET", "/healthz")
MP4 = f"/live/{SHOW}/stream.mp4"
CROWD = 400


async def listen(edge: RunningEdge) -> Client:
    client = await edge.connect()
    await client.send(request("GET", MP4))
    await client.until(HEADS[Codec.OPUS])
    return client


def heard(client: Client) -> list[int]:
    sound = bytes(client.got).partition(HEADS[Codec.OPUS])[2]
    return [
        number
        for found in fragments_in(sound)
        for number in range(
            found.time // PART_SAMPLES,
            (found.time + found.duration * len(found.packets)) // PART_SAMPLES,
        )
    ]


async def until_heard(client: Client, number: int) -> None:
    """Receive until part ``number`` is among what was heard, by itself or in a batch."""
    while number not in heard(client):
        assert await client.receive(), "closed before"


async def test_a_crowd_that_never_speaks_is_shown_out_and_not_heard(tmp_path: Path) -> None:
    clock = FakeClock()
    with anyio.fail_after(60):
        async with (
            fake_studio(*GREETING) as studio,
            running_edge(tmp_path, studio, clock=clock) as edge,
        ):
            listener = await listen(edge)
            silent = [await edge.connect() for _ in range(CROWD)]
            await edge.get("/healthz")  # all who came before it are in
            await studio.say(*sounds(1))
            await listener.until(body(Codec.OPUS, 1))
            clock.advance(Wait.REQUEST.value + 0.1)
            assert [await client.all() for client in silent] == [b""] * CROWD
            await studio.say(*sounds(2))
            await listener.until(body(Codec.OPUS, 2))
            assert heard(listener) == [1, 2]


async def test_a_crowd_that_leaves_at_once_is_not_heard_and_leaves_nothing(tmp_path: Path) -> None:
    with anyio.fail_after(60):
        async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
            listener = await listen(edge)
            crowd = [await listen(edge) for _ in range(CROWD)]
            for number in (1, 2, 3):
                await studio.say(*sounds(number))
                if number == 2:
                    for client in crowd:
                        client.close()
            await listener.until(body(Codec.OPUS, 3))
            assert heard(listener) == [1, 2, 3]
            while edge.edge.report().counts[SHOW].push != 1:  # noqa: ASYNC110  seen from outside
                await anyio.sleep(0.01)
            assert b"vivavoce_edge_connections 2.0" in (await edge.get("/metrics")).body


async def test_numbers_of_the_far_past_and_the_future_come_out_in_order(tmp_path: Path) -> None:
    said = [10, 3, 11, 11, 0, 2**31, 12, 2**31 + 1]
    with anyio.fail_after(30):
        async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
            listener = await listen(edge)
            for number in said:
                await studio.say(*sounds(number, (Codec.OPUS,)))
            await listener.until(body(Codec.OPUS, said[-1]))
            assert heard(listener) == [10, 11, 2**31, 2**31 + 1]
            assert edge.edge.totals.parts_refused == 4


async def test_a_studio_that_is_gone_for_a_minute_costs_nobody_the_connection(
    tmp_path: Path,
) -> None:
    clock, minute = FakeClock(), 60
    with anyio.fail_after(60):
        async with fake_studio(*GREETING) as studio:
            port = studio.port
            async with running_edge(tmp_path, studio, clock=clock) as edge:
                listener, events = await listen(edge), await edge.connect()
                await events.send(request("GET", f"/live/{SHOW}/events"))
                await events.until(b'"here":true')
                await studio.say(*sounds(0))
                await until_heard(listener, 0)
                await studio.close()
                await events.until(b'"here":false')
                for _ in range(minute):
                    clock.advance(1.0)
                    assert (await edge.get("/readyz")).status == 200
                late = await listen(edge)  # hears where the show stood, and waits
                # Its numbers have gone on: the sound is where the clock says, after a gap.
                parts = round(minute * SAMPLE_RATE / PART_SAMPLES)
                async with fake_studio(*GREETING, *sounds(parts), port=port) as again:
                    await again.until_followed()
                    await again.say(*sounds(parts + 1))
                    for client in (listener, late):
                        await until_heard(client, parts + 1)
                        assert heard(client) == [0, parts, parts + 1]
                assert edge.edge.totals.listeners_let_go == 0
                assert edge.edge.totals.parts_skipped == 0


async def test_rubbish_in_place_of_sound_reaches_nobody(tmp_path: Path) -> None:
    with anyio.fail_after(30):
        async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
            listener = await listen(edge)
            await studio.say(Sound(SHOW, Codec.OPUS, 5, b"rubbish"), *sounds(6))
            await listener.until(body(Codec.OPUS, 6))
            assert heard(listener) == [6]


async def test_a_time_of_day_that_jumps_is_not_heard(tmp_path: Path) -> None:
    clock = FakeClock()
    with anyio.fail_after(30):
        async with (
            fake_studio(*GREETING) as studio,
            running_edge(tmp_path, studio, clock=clock) as edge,
        ):
            listener, silent = await listen(edge), await edge.connect()
            await edge.get("/healthz")  # it is in
            clock.advance(Wait.REQUEST.value - 0.1)
            asking = await edge.connect()
            await asking.send(HEALTH[:-2])
            await edge.get("/healthz")  # what it has said so far has been read
            for number, days in enumerate((-400, 800, -1)):
                clock.set_wall(clock.wall() + timedelta(days=days))
                await studio.say(*sounds(number))
                await listener.until(body(Codec.OPUS, number))
            clock.advance(0.2)  # nobody is taken for late but who is
            assert await silent.all() == b""
            await asking.send(HEALTH[-2:])
            await asking.until(b"HTTP/1.1 200 OK")
            clock.advance(3_600.0)  # a machine that slept: everybody is late at once
            assert (await edge.get("/healthz")).status == 200
            await studio.say(*sounds(3))
            await listener.until(body(Codec.OPUS, 3))
            assert heard(listener) == [0, 1, 2, 3]


@pytest.mark.parametrize("parts", STEPS)
async def test_in_any_batch_every_part_is_heard_once(tmp_path: Path, parts: int) -> None:
    with anyio.fail_after(30):
        async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
            edge.edge.turn(parts)
            listener = await listen(edge)
            for number in range(2, 2 + 2 * parts):
                await studio.say(*sounds(number))
            # The last ones wait for a batch that does not become whole, and are sent all the same.
            await until_heard(listener, 1 + 2 * parts)
            assert heard(listener) == list(range(2, 2 + 2 * parts))
            page = await edge.get(f"/live/{SHOW}/card.json")
            assert f'"batch_ms":{320 * parts}'.encode() in page.body
            assert (
                f"vivavoce_edge_batch_seconds {0.32 * parts:.2f}".encode()
                in (await edge.get("/metrics")).body
            )


async def test_who_speaks_late_or_in_pieces_listens_all_the_same(tmp_path: Path) -> None:
    head = request("GET", MP4)
    with anyio.fail_after(30):
        async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
            clients = []
            for cut in (1, 12, len(head) - 1):
                client = await edge.connect()
                await client.send(head[:cut])
                await edge.get("/healthz")  # so much has been read by now
                await client.send(head[cut:])
                await client.until(HEADS[Codec.OPUS])
                clients.append(client)
            clients.append(await edge.connect())
            await clients[-1].send(head + head)  # more than was asked for
            await clients[-1].until(HEADS[Codec.OPUS])
            await studio.say(*itertools.chain(sounds(1), sounds(2)))
            for client in clients:
                await client.until(body(Codec.OPUS, 2))
                assert heard(client) == [1, 2]
