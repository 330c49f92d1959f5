"""Peers without manners cost themselves their connection, and nobody else anything."""

import contextlib
import os
import socket
from pathlib import Path

import pytest
from tests.integration.edge_kit import (
    GREETING,
    SHOW,
    card,
    fake_studio,
    parse,
    request,
    running_edge,
    write_card,
)

from vivavoce.bus.messages import Card
from vivavoce.card import State
from vivavoce.deliver.http import HEAD_LIMIT
from vivavoce.deliver.patience import Wait
from vivavoce.testing.clock import FakeClock

pytestmark = pytest.mark.anyio

HEALTH = request("GET", "/healthz")


async def test_a_connection_is_kept_and_requests_may_come_together(tmp_path: Path) -> None:
    write_card(tmp_path / "live", card())
    async with running_edge(tmp_path) as edge:
        client = await edge.connect()
        # The second needs the disk; answers come in the order of the requests all the same.
        await client.send(HEALTH + request("GET", f"/live/{SHOW}/card.json") + HEALTH[:20])
        await client.until(b'"batch_ms":320}')
        await client.send(HEALTH[20:] + request("HEAD", "/", Connection="close"))
        answers = (await client.all()).split(b"HTTP/1.1 ")
        assert [answer[:3] for answer in answers] == [b"", b"200", b"200", b"200", b"200"]
        assert answers[1].endswith(b"ok\n")
        assert answers[4].endswith(b"Connection: close\r\n\r\n")


async def test_http_1_0_closes_unless_asked_not_to(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as edge:
        client = await edge.connect()
        await client.send(request("GET", "/healthz", version="1.0"))
        assert b"Connection: close" in await client.all()
        client = await edge.connect()
        await client.send(request("GET", "/healthz", version="1.0", Connection="keep-alive"))
        await client.until(b"ok\n")
        assert b"Connection: keep-alive" in client.got
        await client.send(request("GET", "/healthz", version="1.0"))
        assert (await client.all()).count(b"ok\n") == 2


async def test_a_half_sent_head_and_an_idle_connection_are_closed(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running_edge(tmp_path, clock=clock) as edge:
        half, silent, idle = [await edge.connect() for _ in range(3)]
        await half.send(HEALTH[:-2])
        await idle.send(HEALTH)
        await idle.until(b"ok\n")
        clock.advance(Wait.HEAD.value - 0.1)
        other = await edge.connect()
        await other.send(HEALTH)
        await other.until(b"ok\n")
        assert edge.edge.totals.peers_timed_out == 0
        clock.advance(0.2)
        reply = parse(await half.all())
        assert (reply.status, reply.code) == (408, "too_slow")
        clock.advance(Wait.REQUEST.value)
        assert await silent.all() == b""
        assert (await idle.all()).endswith(b"ok\n")
        assert edge.edge.totals.peers_timed_out == 4


async def test_a_dribbled_head_does_not_win_time(tmp_path: Path) -> None:
    clock = FakeClock()
    async with running_edge(tmp_path, clock=clock) as edge:
        client = await edge.connect()
        for byte in HEALTH[:4]:
            await client.send(bytes((byte,)))
            await edge.get("/healthz")  # the byte has been read by now
            clock.advance(Wait.HEAD.value / 3)
        assert parse(await client.all()).status == 408


async def test_an_enormous_head_is_refused(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as edge:
        client = await edge.connect()
        await client.send(b"GET / HTTP/1.1\r\nX: " + b"a" * HEAD_LIMIT)
        reply = parse(await client.all())
        assert (reply.status, reply.code) == (431, "head_too_large")
        assert edge.edge.totals.heads_refused == 1


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n", 400),
        (request("POST", "/"), 405),
        (request("BREW", "/"), 501),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (request("GET", "/", Content_Length="5") + b"hello", 413),
    ],
)
async def test_what_is_no_request_is_answered_once_and_closed(
    tmp_path: Path, data: bytes, status: int
) -> None:
    async with running_edge(tmp_path) as edge:
        client = await edge.connect()
        await client.send(data + HEALTH)
        got = await client.all()
        assert parse(got).status == status
        assert got.count(b"\r\nDate: ") == 1
        assert b"Connection: close" in got


async def test_a_flood_behind_an_unfinished_answer_is_cut_off(tmp_path: Path) -> None:
    card_json = tmp_path / "live" / SHOW / "card.json"
    card_json.parent.mkdir(parents=True)
    os.mkfifo(card_json)  # a disk that does not answer
    async with running_edge(tmp_path) as edge:
        try:
            client = await edge.connect()
            await client.send(request("GET", f"/live/{SHOW}/card.json"))
            with contextlib.suppress(ConnectionError):
                await client.send(HEALTH * 1000)
            assert await client.all() == b""
            assert (await edge.get("/healthz")).status == 200
        finally:
            os.close(os.open(card_json, os.O_RDWR))


async def test_a_peer_who_asks_and_never_reads_is_let_go(tmp_path: Path) -> None:
    clock = FakeClock()
    (tmp_path / "pages" / "assets").mkdir(parents=True)
    (tmp_path / "pages" / "assets" / "big.bin").write_bytes(bytes(4 * 1024 * 1024))
    async with running_edge(tmp_path, clock=clock) as edge:
        client = await edge.connect(receive_buffer=4096)
        for _ in range(3):
            await client.send(request("GET", "/assets/big.bin"))
        await client.until(b"HTTP/1.1 200 OK")
        before = edge.edge.totals.peers_timed_out
        clock.advance(Wait.TAKING.value + 1)
        while edge.edge.totals.peers_timed_out == before:
            assert (await edge.get("/healthz")).status == 200
        got = await client.all()
        assert len(got) < 4 * 1024 * 1024
        assert b"vivavoce_edge_connections 1.0" in (await edge.get("/metrics")).body


async def test_a_full_house_says_so(tmp_path: Path) -> None:
    async with running_edge(tmp_path, connections=3) as edge:
        inside = [await edge.connect() for _ in range(3)]
        for client in inside:
            await client.send(HEALTH)
            await client.until(b"ok\n")
        reply = await edge.get("/healthz")
        assert (reply.status, reply.code) == (503, "full")
        assert reply.headers["retry-after"] == "1"
        assert edge.edge.totals.connections_refused == 1
        inside[0].close()
        await inside[1].send(request("GET", "/healthz", Connection="close"))
        await inside[1].all()
        assert (await edge.get("/healthz")).status == 200


async def test_a_listener_who_talks_is_not_listened_to(tmp_path: Path) -> None:
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        client = await edge.connect()
        await client.send(request("GET", f"/live/{SHOW}/stream.mp4") + HEALTH * 50)
        await client.until(b"ftyp")
        await client.send(b"x" * 100_000)
        await studio.say(Card(card(state=State.ENDED, version=2)))
        assert (await client.all()).count(b"HTTP/1.1 ") == 1


async def test_a_peer_who_shuts_its_side_gets_its_answer(tmp_path: Path) -> None:
    write_card(tmp_path / "live", card())
    async with running_edge(tmp_path) as edge:
        client = await edge.connect()
        await client.send(request("GET", f"/live/{SHOW}/card.json"))
        client.sock.shutdown(socket.SHUT_WR)
        assert parse(await client.all()).status == 200
