"""Pushed sound: what every listener gets, and what becomes of those who are slow."""

from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from tests.integration.edge_kit import (
    GREETING,
    SHOW,
    Client,
    FakeStudio,
    RunningEdge,
    body,
    card,
    fake_studio,
    listening,
    request,
    running_edge,
    sounds,
    write_card,
)

from vivavoce.bus.messages import Card, Count, Gone, Report, Sound
from vivavoce.card import State
from vivavoce.deliver.channel import PATIENCE_S
from vivavoce.media import Codec
from vivavoce.package.cmaf import parts_in
from vivavoce.package.heads import HEADS
from vivavoce.testing.clock import FakeClock

pytestmark = pytest.mark.anyio

ENDED = Card(card(state=State.ENDED, version=2))
MP4 = f"/live/{SHOW}/stream.mp4"


async def listen(edge: RunningEdge, path: str = MP4, **options: int) -> Client:
    client = await edge.connect(**options)
    await client.send(request("GET", path))
    await client.until(b"\r\n\r\n")
    return client


def sound_of(client: Client) -> bytes:
    return bytes(client.got).partition(b"\r\n\r\n")[2]


def numbers(client: Client, codec: Codec = Codec.OPUS) -> list[int]:
    """Return the parts that were heard; all bytes after the init segment must be whole parts."""
    sound = sound_of(client)
    assert sound.startswith(HEADS[codec])
    parts = list(parts_in(codec, sound[len(HEADS[codec]) :]))
    assert sum(len(part.body) for part in parts) == len(sound) - len(HEADS[codec])
    return [part.number for part in parts]


async def test_a_listener_gets_the_init_segment_the_newest_parts_and_then_every_part(
    tmp_path: Path,
) -> None:
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        for number in range(8):
            await studio.say(*sounds(number))
        early = await listen(edge)
        await early.until(body(Codec.OPUS, 7))
        late = await listen(edge)
        await studio.until_reported(Report({SHOW: Count(push=2)}))
        await studio.say(*sounds(8), *sounds(9), ENDED)
        head, _, sound = (await late.all()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        for field in (
            b"Content-Type: audio/mp4",
            b"Connection: close",
            b"Cache-Control: no-store",
            b"Access-Control-Allow-Origin: *",
        ):
            assert field in head.split(b"\r\n")
        assert b"Content-Length" not in head
        assert b"Transfer-Encoding" not in head
        assert sound == HEADS[Codec.OPUS] + b"".join(body(Codec.OPUS, n) for n in range(5, 10))
        await early.all()
        assert numbers(early)[-5:] == [5, 6, 7, 8, 9]
        assert studio.tokens == ["Bearer edge-token"]
        await studio.until_reported(Report({}))


async def test_each_format_has_its_own_stream(tmp_path: Path) -> None:
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        await studio.say(*sounds(0))
        aac = await listen(edge, f"{MP4}?codec=aac")
        ogg = await listen(edge, f"/live/{SHOW}/stream.ogg")
        await aac.until(HEADS[Codec.AAC])
        await studio.say(*sounds(1), ENDED)
        await aac.all()
        await ogg.all()
        assert numbers(aac, Codec.AAC)[-1] == 1
        assert b"Content-Type: audio/ogg\r\n" in ogg.got
        pages = sound_of(ogg).split(b"OggS")[1:]
        assert b"OpusHead" in pages[0]
        assert b"OpusTags" in pages[1]
        assert len(pages) in (3, 4)
        assert (await edge.get(f"{MP4}?codec=flac")).code == "codec_unknown"


async def test_mp3_is_asked_for_by_listening_to_it(tmp_path: Path) -> None:
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        client = await listen(edge, f"/live/{SHOW}/stream.mp3")  # the head comes at once
        await studio.until_reported(Report({SHOW: Count(push=1, mp3=1)}))
        await studio.say(*sounds(40, [Codec.MP3]), *sounds(41, [Codec.MP3]), ENDED)
        await client.all()
        assert b"Content-Type: audio/mpeg\r\n" in client.got
        assert sound_of(client) == body(Codec.MP3, 40) + body(Codec.MP3, 41)


async def test_before_and_after_a_show_there_is_no_push(tmp_path: Path) -> None:
    planned = Card(card(state=State.PLANNED))
    async with fake_studio(planned) as studio, running_edge(tmp_path, studio) as edge:
        reply = await edge.get(MP4)
        assert (reply.status, reply.code) == (409, "show_not_live")
        listener = await edge.connect()
        await listener.send(request("GET", f"/live/{SHOW}/events"))
        await listener.until(b'"state":"planned"')
        await studio.say(ENDED)
        await listener.until(b'"state":"ended"')
        reply = await edge.get(MP4)
        assert (reply.status, reply.code) == (409, "show_not_live")


async def test_old_players(tmp_path: Path) -> None:
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        await studio.say(*sounds(0))
        client = await edge.connect()
        await client.send(request("GET", MP4, version="1.0", Icy_MetaData="1"))
        await client.until(HEADS[Codec.OPUS])
        assert b"icy-name: A <b>title</b>\r\n" in client.got
        assert b"icy-metaint" not in client.got
        head = await edge.ask("HEAD", MP4)
        assert (head.status, head.body) == (200, b"")
        assert head.headers["content-type"] == "audio/mp4"
        assert "icy-name" not in head.headers


async def test_a_listener_who_does_not_read_is_moved_to_the_live_edge_then_let_go(
    tmp_path: Path,
) -> None:
    clock = FakeClock()
    big = b"".join((b"\xff\xfb", bytes(40_000)))
    async with (
        fake_studio(*GREETING) as studio,
        running_edge(tmp_path, studio, clock=clock) as edge,
    ):
        totals = edge.edge.totals
        stuck = await listen(edge, f"/live/{SHOW}/stream.mp3", receive_buffer=4096)
        quick = await listen(edge, f"/live/{SHOW}/stream.mp3")
        for number in range(40):
            await studio.say(Sound(SHOW, Codec.MP3, number, big))
            while len(sound_of(quick)) < (number + 1) * len(big):
                assert await quick.receive()
        # The quick one has everything, although the other's window has been shut for 38 parts.
        assert sound_of(quick) == big * 40
        while len(sound_of(stuck)) < len(big):  # it wakes up, takes a little, and stops again
            assert await stuck.receive()
        await until(lambda: totals.parts_skipped > 0)
        assert totals.listeners_let_go == 0
        clock.advance(PATIENCE_S + 1)
        await until(lambda: totals.listeners_let_go == 1)
        await stuck.all()
        assert len(sound_of(stuck)) < len(big) * 20
        await studio.until_reported(Report({SHOW: Count(push=1, mp3=1)}))


async def test_a_listener_who_catches_up_has_whole_parts_only(tmp_path: Path) -> None:
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        slow = await listen(edge, receive_buffer=2048)
        count = 600
        for number in range(count):
            await studio.say(*sounds(number, [Codec.OPUS]))
        await until(lambda: edge.edge.totals.parts_received == count)
        await studio.say(ENDED)
        await slow.all()
        got = numbers(slow)
        assert got == sorted(set(got))
        assert got[-1] == count - 1
        assert edge.edge.totals.parts_skipped > 0
        assert len(got) + edge.edge.totals.parts_skipped == count


async def test_two_hundred_leave_in_the_same_moment(tmp_path: Path) -> None:
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        await studio.say(*sounds(0))
        stays = await listen(edge)
        for _ in range(200):
            await listen(edge)
        await studio.until_reported(Report({SHOW: Count(push=201)}))
        for client in edge.clients[1:]:
            client.close()
        for number in range(1, 6):
            await studio.say(*sounds(number))
        await stays.until(body(Codec.OPUS, 5))
        await studio.until_reported(Report({SHOW: Count(push=1)}))
        assert numbers(stays)[-5:] == [1, 2, 3, 4, 5]


async def test_a_studio_that_restarts_is_not_heard(tmp_path: Path) -> None:
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        await studio.say(*sounds(0), *sounds(1))
        client = await listen(edge)
        events = await edge.connect()
        await events.send(request("GET", f"/live/{SHOW}/events"))
        await events.until(b'"here":true')
        await client.until(body(Codec.OPUS, 1))
        # It comes back with what it has: a part that was heard, and then a gap in the numbers.
        studio.greeting += [*sounds(1), *sounds(7)]
        await studio.hang_up()
        await events.until(b'"here":false')
        await client.until(body(Codec.OPUS, 7))
        while events.got.count(b'"here":true') < 2:
            assert await events.receive()
        await studio.say(*sounds(8), ENDED)
        await client.all()
        assert numbers(client)[-3:] == [1, 7, 8]


async def test_an_edge_that_restarts_finds_the_show_and_its_listeners(tmp_path: Path) -> None:
    door = listening()
    with door:
        async with fake_studio(*GREETING, *sounds(0), *sounds(1)) as studio:
            async with running_edge(tmp_path, studio, sock=door.dup()) as edge:
                client = await listen(edge)
                await client.until(body(Codec.OPUS, 1))
            async with running_edge(tmp_path, studio, sock=door.dup()) as edge:
                client = await listen(edge)
                await client.until(body(Codec.OPUS, 1))
                assert (await edge.get("/readyz")).status == 200


async def test_without_a_studio_a_live_show_is_held_open_until_sound_comes(tmp_path: Path) -> None:
    write_card(tmp_path / "live", card())
    async with fake_studio() as nobody:
        port = nobody.port
    async with running_edge(tmp_path, FakeStudio(port), follow=False) as edge:
        client = await listen(edge)
        events = await edge.connect()
        await events.send(request("GET", f"/live/{SHOW}/events"))
        await events.until(b'"here":false')
        async with fake_studio(*GREETING, *sounds(3), *sounds(4), port=port) as studio:
            await client.until(body(Codec.OPUS, 4))
            assert numbers(client) == [3, 4]
            await studio.until_reported(Report({SHOW: Count(push=1)}))


async def test_a_deleted_show_ends_for_everybody(tmp_path: Path) -> None:
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        await studio.say(*sounds(0))
        client = await listen(edge)
        events = await edge.connect()
        await events.send(request("GET", f"/live/{SHOW}/events"))
        await events.until(b"event: clock")
        await studio.say(Gone(SHOW))
        await client.all()
        await events.all()
        gone = await edge.get(MP4)
        assert (gone.status, gone.code) == (410, "show_deleted")


async def until(done: Callable[[], bool]) -> None:
    """Let the edge work until something about it is true; the test's timeout bounds it."""
    while not done():
        await anyio.lowlevel.checkpoint()
