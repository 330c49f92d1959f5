"""The documented nginx and Caddy before an edge, and nginx alone before a show's folder."""

import shutil
import ssl
from collections import Counter
from pathlib import Path

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest
from anyio.abc import ByteStream
from tests.certificates import believing, self_made
from tests.integration.edge_kit import (
    GREETING,
    SHOW,
    RunningEdge,
    body,
    fake_studio,
    request,
    running_edge,
    sounds,
)
from tests.integration.test_edge_files import LIVE, OPUS, recorded
from tests.integration.test_edge_lowlatency import LIST, on_air
from tests.proxies import caddy_before, nginx_alone, nginx_before

from vivavoce.deliver.proxies import Proxies
from vivavoce.media import SEGMENTED, Codec, Part, Pcm
from vivavoce.package.heads import HEADS
from vivavoce.package.packager import Packager
from vivavoce.testing import dominant_hz, gaps, hls_rules, tone
from vivavoce.testing.decode import decode
from vivavoce.units import PartNumber, Samples

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

HERE = Proxies.read("127.0.0.1")


async def ask(port: int, path: str, tls: ssl.SSLContext | None = None, **fields: str) -> bytes:
    """Ask on a connection of its own; return the whole answer."""
    stream: ByteStream = await (
        anyio.connect_tcp("localhost", port, ssl_context=tls, tls_standard_compatible=False)
        if tls
        else anyio.connect_tcp("127.0.0.1", port)
    )
    async with stream:
        sent = request("GET", path, Connection="close", **fields)
        await stream.send(sent.replace(b"edge.test", b"localhost"))
        answer = b""
        try:
            while True:
                answer += await stream.receive()
        except anyio.EndOfStream:
            return answer


async def many(port: int, paths: list[str], clients: int) -> Counter[bytes]:
    """Let so many clients ask for all ``paths``, all at once; return the bodies and how often."""
    bodies: Counter[bytes] = Counter()

    async def client(number: int) -> None:
        for path in paths:
            answer = await ask(port, path, User_Agent=f"player {number}")
            assert answer.startswith(b"HTTP/1.1 200 "), answer[:200]
            bodies[answer.partition(b"\r\n\r\n")[2]] += 1

    async with anyio.create_task_group() as tasks:
        for number in range(clients):
            tasks.start_soon(client, number)
    return bodies


def answered(edge: RunningEdge) -> int:
    return sum(edge.edge.totals.responses.values())


@pytest.mark.parametrize("clients", [10, 200])
async def test_the_edge_is_asked_once_whatever_the_audience(tmp_path: Path, clients: int) -> None:
    recorded(tmp_path, 60)
    segments = [f"{OPUS}/{number:08d}.m4s" for number in range(10)]
    async with running_edge(tmp_path, proxies=HERE) as edge:
        with nginx_before(tmp_path / "nginx", edge.port) as port:
            bodies = await many(port, [*segments, f"{OPUS}/init.mp4"], clients)
            assert set(bodies.values()) == {clients}
            assert answered(edge) == 11
            began = anyio.current_time()
            lists = [f"{LIVE}/index.m3u8", f"{OPUS}/index.m3u8", f"{OPUS}/index.m3u8?x=1"]
            await many(port, lists, clients)
            # Each is fresh for a second, and serves for another one while it is fetched anew.
            seconds = int(anyio.current_time() - began) + 1
            assert answered(edge) - 11 <= 2 * (seconds + 1)


async def test_who_waits_for_a_part_waits_through_nginx(tmp_path: Path) -> None:
    async with on_air(tmp_path, 12, proxies=HERE) as show:
        with nginx_before(tmp_path / "nginx", show.edge.port) as port:
            path = f"{LIST}?_HLS_msn=2&_HLS_part=0"
            await ask(port, LIST)
            totals = show.edge.edge.totals
            async with anyio.create_task_group() as tasks:
                for _ in range(20):
                    tasks.start_soon(_waited, port, path)
                while not totals.requests_held:
                    await anyio.lowlevel.checkpoint()
                await show.say(1)
            assert totals.requests_held == 1


async def test_of_thousands_who_wait_for_a_part_one_asks_the_edge(tmp_path: Path) -> None:
    """nginx counts those who ask for what it lacks, in ten bits; see docs/deploy/nginx.conf."""
    async with on_air(tmp_path, 12, proxies=HERE) as show:
        with nginx_before(tmp_path / "nginx", show.edge.port) as port:
            path = f"{LIST}?_HLS_msn=2&_HLS_part=0"
            totals = show.edge.edge.totals
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_waited, port, path)
                while not totals.requests_held:
                    await anyio.lowlevel.checkpoint()
                for _ in range(25):  # they need not stay to be counted
                    crowd = [await anyio.connect_tcp("127.0.0.1", port) for _ in range(100)]
                    for stream in crowd:
                        await stream.send(request("GET", path))
                    await ask(port, "/healthz")  # nginx has read so much by now
                    for stream in crowd:
                        await stream.aclose()
                assert totals.requests_held == 1
                await show.say(1)


@pytest.mark.parametrize(
    "query", ["_HLS_skip=&_HLS_skip=YES", "_HLS_skip&_HLS_skip=YES", "%5FHLS_skip=YES"]
)
async def test_nobody_puts_an_answer_to_others_questions_into_the_cache(
    tmp_path: Path, query: str
) -> None:
    async with on_air(tmp_path, 100, proxies=HERE) as show:
        with nginx_before(tmp_path / "nginx", show.edge.port) as port:
            await ask(port, f"{LIST}?{query}")
            assert b"#EXT-X-SKIP" not in await ask(port, LIST)
            assert b"#EXT-X-SKIP" in await ask(port, f"{LIST}?_HLS_skip=YES")


async def _waited(port: int, path: str) -> None:
    answer = await ask(port, path)
    text = answer.partition(b"\r\n\r\n")[2].decode()
    assert hls_rules.media(text) == []
    assert "00000002.0.m4s" in text


async def test_nginx_holds_push_back_for_nobody(tmp_path: Path) -> None:
    async with (
        fake_studio(*GREETING) as studio,
        running_edge(tmp_path, studio, proxies=HERE) as edge,
    ):
        with nginx_before(tmp_path / "nginx", edge.port) as port:
            stream = await anyio.connect_tcp("127.0.0.1", port)
            await stream.send(request("GET", f"{LIVE}/stream.mp4"))
            got = b""
            while HEADS[Codec.OPUS] not in got:
                got += await stream.receive()
            for number in range(3):  # each comes through before the next is made
                await studio.say(*sounds(number, (Codec.OPUS,)))
                while body(Codec.OPUS, number) not in got:
                    got += await stream.receive()
            await stream.aclose()


async def test_caddy_passes_everything_on(tmp_path: Path) -> None:
    recorded(tmp_path, 12)
    made = self_made(tmp_path)
    async with running_edge(tmp_path, proxies=HERE) as edge:
        with caddy_before(tmp_path / "caddy", edge.port, made) as port:
            tls = believing(made[0])
            answer = await ask(port, f"{LIVE}/index.m3u8", tls)
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert b"opus/index.m3u8" in answer
            for n in range(3):
                await ask(port, LIST, tls, X_Forwarded_For=f"198.51.100.{n}", User_Agent="p")
            # Caddy does not pass on what a listener says of himself.
            assert edge.edge.report().counts[SHOW].hls <= 2


async def test_caddy_holds_push_back_for_nobody(tmp_path: Path) -> None:
    async with fake_studio(*GREETING) as studio, running_edge(tmp_path, studio) as edge:
        with caddy_before(tmp_path / "caddy", edge.port) as port:
            stream = await anyio.connect_tcp("localhost", port)
            message = request("GET", f"{LIVE}/stream.mp4").replace(b"edge.test", b"localhost")
            await stream.send(message)
            got = b""
            while HEADS[Codec.OPUS] not in got:
                got += await stream.receive()
            await studio.say(*sounds(0, (Codec.OPUS,)))
            while body(Codec.OPUS, 0) not in got:
                got += await stream.receive()
            await stream.aclose()


@pytest.fixture(scope="module")
def spoken() -> list[Part]:
    """18 parts of 440 Hz: three segments."""
    packager = Packager(PartNumber(0), SEGMENTED)
    return packager.feed(list(tone(440, Samples(18 * 15_360)).reshape(-1, 960))) + packager.flush()


@pytest.mark.parametrize("ended", [False, True])
async def test_a_folder_plays_without_a_program_of_ours(
    tmp_path: Path, spoken: list[Part], ended: bool
) -> None:
    programme = recorded(tmp_path, 0)
    programme.append(spoken)
    if ended:
        programme.finish()
    shutil.copytree(tmp_path / "live", tmp_path / "elsewhere" / "live")
    with nginx_alone(tmp_path / "nginx", tmp_path / "elsewhere") as port:
        for name in ("index.m3u8", "rewind.m3u8", "opus/index.m3u8", "aac/show.m3u8"):
            url = f"http://127.0.0.1:{port}{LIVE}/{name}"
            heard = await anyio.to_thread.run_sync(hear, url)
            check(heard, at_least=4 * 48_000)


def hear(url: str) -> Pcm:
    """Listen; a list without an end is left before its player looks for more."""
    return decode(url, limit=Samples(5 * 48_000))


def check(heard: Pcm, *, at_least: int) -> None:
    assert len(heard) >= at_least
    assert abs(dominant_hz(heard) - 440) < 2
    assert gaps(heard[9_600:-9_600]) == []
