"""Server-sent events: the card, the studio's presence, the time."""

import json
from pathlib import Path

import anyio
import pytest
from tests.integration.edge_kit import (
    GREETING,
    SHOW,
    Client,
    RunningEdge,
    card,
    fake_studio,
    request,
    running_edge,
    write_card,
)

from vivavoce.bus.messages import Card
from vivavoce.card import State
from vivavoce.clock import SystemClock, unix_ms

pytestmark = pytest.mark.anyio


async def events(edge: RunningEdge, **options: int) -> Client:
    client = await edge.connect(**options)
    await client.send(request("GET", f"/live/{SHOW}/events"))
    await client.until(b"event: clock\n")
    await client.until(b'"now_ms"')
    return client


def read(client: Client) -> list[tuple[str, dict[str, object]]]:
    """Return the whole events, in order."""
    body = bytes(client.got).partition(b"\r\n\r\n")[2].decode()
    blocks = [block.split("\n") for block in body.split("\n\n")[:-1]]
    assert blocks[0] == ["retry: 1000"]
    return [
        (name.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for name, data in blocks[1:]
    ]


async def test_all_there_is_to_know_comes_at_once_and_then_each_change(tmp_path: Path) -> None:
    planned = Card(card(state=State.PLANNED))
    async with fake_studio(planned) as studio, running_edge(tmp_path, studio) as edge:
        before = unix_ms(SystemClock().wall())
        client = await events(edge)
        assert b"Content-Type: text/event-stream\r\n" in client.got
        first = read(client)
        assert [name for name, _ in first] == ["card", "studio", "clock"]
        assert first[0][1]["state"] == "planned"
        assert first[1][1] == {"here": True}
        told = first[2][1]["now_ms"]
        assert isinstance(told, int)
        assert before <= told <= unix_ms(SystemClock().wall())
        await studio.say(Card(card(version=3)), Card(card(version=2, state=State.PLANNED)))
        await client.until(b'"version":3')
        await studio.say(Card(card(version=4, state=State.ENDED)))
        await client.until(b'"version":4')
        changes = [about for name, about in read(client)[3:] if name == "card"]
        assert [change["version"] for change in changes] == [3, 4]


async def test_the_time_is_told_again_and_again(tmp_path: Path) -> None:
    write_card(tmp_path / "live", card())
    async with running_edge(tmp_path) as edge:
        client = await events(edge)
        with anyio.fail_after(30):
            while [name for name, _ in read(client)].count("clock") < 2:
                assert await client.receive()


async def test_who_does_not_read_events_is_let_go(tmp_path: Path) -> None:
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        client = await events(edge, receive_buffer=2048)
        description = "long words " * 2_000
        for version in range(2, 60):
            await studio.say(Card(card(version=version, description=description)))
        while edge.edge.totals.listeners_let_go == 0:
            await anyio.lowlevel.checkpoint()
        await client.all()
        versions = [about["version"] for name, about in read(client) if name == "card"]
        assert versions == list(range(1, len(versions) + 1))  # never one left out
        assert len(versions) < 59
