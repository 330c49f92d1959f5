"""Somebody with a seat sends far more than a voice: the show and its recording go on."""

import socket
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from tests.caller import Caller
from tests.integration.stage_rig import GUEST, HOST, SHOW, TestWindow, rig
from tests.integration.test_stage import middle, on_disk, saying, seat, tone_db

from vivavoce.media import Codec
from vivavoce.mix.opus import Encoder
from vivavoce.testing import gaps, tone
from vivavoce.testing.speaker import Speaker
from vivavoce.units import FRAME_SAMPLES, Samples
from vivavoce.webrtc.udp_endpoint import UdpConnection
from vivavoce.webrtc.udp_peer import DATAGRAMS_PER_S

pytestmark = pytest.mark.anyio


def connected(caller: Caller, port: int) -> socket.socket:
    """Check the path and shake hands over a real socket."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(20)
    sock.connect(("127.0.0.1", port))
    sock.send(caller.check())
    sock.recv(2_000)
    flight = caller.shake([])
    while flight:
        for datagram in flight:
            sock.send(datagram)
        flight = caller.shake([sock.recv(2_000)])
    caller.agree()
    return sock


async def test_the_recording_goes_on_while_one_floods(tmp_path: Path) -> None:
    loud = Encoder().encode(tone(1_000, Samples(FRAME_SAMPLES)))
    async with rig(tmp_path) as studio:
        await studio.shows.start()
        async with Speaker(saying(440)) as ada:
            await seat(studio, HOST, ada, TestWindow())
            await studio.feed.until(3)
            flooder, over = Caller(), anyio.Event()
            stage = await studio.stages.open(SHOW)
            answer = await stage.sit(GUEST, TestWindow("bob", GUEST), flooder.offer(), take=True)
            flooder.accept(answer)
            port = int(answer.split("m=audio ")[1].split(" ")[0])
            with await anyio.to_thread.run_sync(connected, flooder, port) as sock:
                sock.setblocking(False)

                async def flood() -> None:
                    sent = 0
                    while not over.is_set():
                        # In bursts that the loop has to take: five times what a peer may send.
                        # Twice that, and the loop's other half is gone for making them: then it
                        # is the speaker's own clock that runs late, which sends from here as well.
                        for _ in range(25):
                            packet = flooder.rtp(loud, time=sent * FRAME_SAMPLES)
                            sent += 1
                            try:
                                sock.send(packet)
                            except BlockingIOError:
                                break
                        await anyio.sleep(0.01)

                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(flood)
                    await studio.feed.until(12)
                    over.set()
            connection = stage.peer(GUEST.id)
            assert isinstance(connection, UdpConnection)
            assert connection.peer.counts.flood > DATAGRAMS_PER_S
            assert connection.peer.live
            await studio.shows.end(SHOW)
    heard = middle(studio.feed.heard())
    assert tone_db(heard, 440) == pytest.approx(-20, abs=1.5)
    assert gaps(heard) == []
    parts = studio.feed.parts[Codec.OPUS]
    assert on_disk(tmp_path / "opus") == b"".join(parts[n] for n in sorted(parts))
