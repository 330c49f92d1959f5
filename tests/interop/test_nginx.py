"""nginx before the public port as docs/OPERATING.md says, and alone before a show's folder."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from tests.live_server import live_server
from tests.proxies import free_port

from vivavoce.media import Pcm
from vivavoce.testing import dominant_hz, tone
from vivavoce.testing.decode import decode
from vivavoce.testing.speaker import Speaker, voice_of
from vivavoce.units import Samples

pytestmark = [pytest.mark.anyio, pytest.mark.interop]

OPERATING = Path(__file__).parents[2] / "docs" / "OPERATING.md"
HZ = 440.0
SECOND = 48_000


def documented(upstream: str, port: int) -> str:
    """Return the location block of the documented public server, for this port and upstream."""
    found = re.search(
        r"server_name live\..*?(location / \{.*?\})", OPERATING.read_text(), re.DOTALL
    )
    assert found, "OPERATING.md has an nginx server for the public port"
    block = found[1].replace("http://127.0.0.1:8080", upstream)
    return f"server {{ listen 127.0.0.1:{port}; {block} }}"


@contextmanager
def nginx(folder: Path, server: str) -> Iterator[None]:
    """Run nginx with one server block, all of its files in ``folder``."""
    folder.mkdir()
    kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    scratch = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    types = "types { application/vnd.apple.mpegurl m3u8; audio/mp4 mp4 m4s; }"
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;"
        f"events {{}} http {{ access_log off; {scratch} {types} {server} }}"
    )
    command = [
        "nginx",
        "-p",
        str(folder),
        "-e",
        f"{folder}/error.log",
        "-c",
        f"{folder}/nginx.conf",
    ]
    with subprocess.Popen(command) as process:
        try:
            yield
        finally:
            process.terminate()


def hear(url: str, playlist: str, length: Samples) -> Pcm:
    """Listen to a stream once the show's playlist is there."""
    retry = ["--retry", "20", "--retry-delay", "1", "--retry-all-errors"]
    subprocess.run(["curl", "-sf", "-o", "/dev/null", *retry, playlist], check=True)
    return decode(url, limit=length)


async def test_a_proxy_holds_nothing_back_and_a_folder_is_a_replay(tmp_path: Path) -> None:
    port, static = free_port(), free_port()
    with live_server(tmp_path / "data") as server:
        show = server.new_show("Behind nginx")
        server.start(show["show"])
        with nginx(tmp_path / "proxy", documented(server.said["public_url"], port)):
            async with Speaker(voice_of(tone(HZ, Samples(30 * SECOND)))) as speaker:
                await speaker.whip(*server.seat(show["show"]))
                url = f"http://127.0.0.1:{port}/live/{show['show']}/stream.ogg"
                length = Samples(4 * SECOND)
                heard = await anyio.to_thread.run_sync(hear, url, show["hls"], length)
                # Before the speaker leaves: what would come after that is not the tone.
                await anyio.to_thread.run_sync(server.end, show["show"])
    assert len(heard) == 4 * SECOND
    assert dominant_hz(heard[-2 * SECOND :]) == pytest.approx(HZ, abs=1)

    folder = f"server {{ listen 127.0.0.1:{static}; root {tmp_path / 'data'}; }}"
    with nginx(tmp_path / "static", folder):
        replay = f"http://127.0.0.1:{static}/live/{show['show']}/index.m3u8"
        kept = hear(replay, replay, Samples(60 * SECOND))
    assert len(kept) > 4 * SECOND
    assert dominant_hz(kept[-2 * SECOND :]) == pytest.approx(HZ, abs=1)
