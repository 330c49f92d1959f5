"""TLS on both ports: pages, API, files and push, with a certificate of our own."""

import http.client
import json
import socket
import ssl
import subprocess
import urllib.request
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import pytest
from tests.certificates import believing, self_made
from tests.integration.edge_kit import (
    GREETING,
    SHOW,
    fake_studio,
    request,
    running_edge,
    sounds,
)
from tests.server import Server, serving, vivavoce

from vivavoce import tls
from vivavoce.config import Settings
from vivavoce.deliver.channel import PATIENCE_S
from vivavoce.errors import MachineError, UsageError
from vivavoce.media import Codec
from vivavoce.package.heads import HEADS
from vivavoce.testing import FakeClock

pytestmark = pytest.mark.anyio


def get(url: str, certificate: Path) -> bytes:
    with urllib.request.urlopen(url, context=believing(certificate), timeout=30) as answer:
        read: bytes = answer.read()
        return read


def test_a_server_with_a_certificate(tmp_path: Path) -> None:
    certificate, key = self_made(tmp_path)
    flags = ["--tls-cert", str(certificate), "--tls-key", str(key)]
    with serving(tmp_path / "data", *flags) as server:
        assert server.public.startswith("https://localhost:")
        assert server.told["owner_url"].startswith("https://localhost:")
        metric = b"vivavoce_edge_studio_here 1.0"  # the edge finds its feed by the inner door
        while metric not in get(f"{server.public}/metrics", certificate):
            pass
        assert json.loads(get(f"{server.studio}/api/session", certificate))["role"] == "none"
        show = server.show("new", "Sealed")  # the command line, by the inner door
        assert show["listen_url"].startswith("https://")
        server.show("start", show["show"])
        card = json.loads(get(f"{server.public}/live/{show['show']}/card.json", certificate))
        assert card["state"] == "live"
        renewed_under_way(server, certificate, key, tmp_path)
        plain = subprocess.run(
            ["curl", "-s", server.public.replace("https", "http")], check=False, capture_output=True
        )
        assert plain.returncode != 0
        assert server.stop() == 0


def renewed_under_way(server: Server, certificate: Path, key: Path, folder: Path) -> None:
    """Put other files in place: both ports show them, and who is connected stays."""
    (folder / "newer").mkdir()
    newer, newer_key = self_made(folder / "newer")
    before = certificate.with_name("before.pem")
    before.write_bytes(certificate.read_bytes())
    public, studio = (urlsplit(url).port or 0 for url in (server.public, server.studio))
    connection = http.client.HTTPSConnection(
        "localhost", public, timeout=30, context=believing(before)
    )
    with closing(connection):
        connection.connect()
        stayed = connection.sock
        newer_key.replace(key)
        newer.replace(certificate)
        for port in (public, studio):
            while shown(port) != der(certificate):
                connection.request("GET", "/healthz")
                assert connection.getresponse().read() == b"ok\n"
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        assert connection.sock is stayed


def shown(port: int) -> bytes:
    """Return the certificate that a port shows."""
    nobody = ssl.create_default_context()
    nobody.check_hostname, nobody.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("localhost", port), timeout=30) as sock,
        nobody.wrap_socket(sock, server_hostname="localhost") as sealed,
    ):
        return sealed.getpeercert(binary_form=True) or b""


async def test_push_over_tls(tmp_path: Path) -> None:
    certificate, key = self_made(tmp_path)
    sealed = tls.context(Settings(tls_cert=str(certificate), tls_key=str(key)))
    count = 40
    async with (
        fake_studio(*GREETING) as studio,
        running_edge(tmp_path, studio, tls=sealed) as edge,
    ):
        listeners = [
            await anyio.connect_tcp(
                "127.0.0.1", edge.port, ssl_context=believing(certificate),
                tls_hostname="localhost", tls_standard_compatible=False,
            )
            for _ in range(3)
        ]  # fmt: skip
        for listener in listeners:
            await listener.send(request("GET", f"/live/{SHOW}/stream.mp4"))
        while edge.edge.totals.listeners_joined < 3:
            await anyio.lowlevel.checkpoint()
        sent = b""
        for number in range(count):
            sent += sounds(number)[0].body  # type: ignore[union-attr]
            swept = edge.edge.totals.batches_sent
            await studio.say(*sounds(number, (Codec.OPUS,)))
            while edge.edge.totals.batches_sent < swept + 3:
                await anyio.lowlevel.checkpoint()
        for listener in listeners:
            got = b""
            while not got.endswith(sent[-200:]):
                got += await listener.receive()
            assert got.partition(b"\r\n\r\n")[2] == HEADS[Codec.OPUS] + sent
            await listener.aclose()


async def test_a_peer_behind_tls_that_takes_nothing_is_not_waited_for(tmp_path: Path) -> None:
    certificate, key = self_made(tmp_path)
    clock = FakeClock()
    sealed = tls.context(Settings(tls_cert=str(certificate), tls_key=str(key)))
    async with (
        fake_studio(*GREETING) as studio,
        running_edge(tmp_path, studio, tls=sealed, clock=clock) as edge,
    ):
        with await anyio.to_thread.run_sync(small_client, edge.port, certificate) as slow:
            slow.sendall(request("GET", f"/live/{SHOW}/stream.mp4?codec=aac"))
            while not edge.edge.totals.listeners_joined:
                await anyio.lowlevel.checkpoint()
            for number in range(3_000):  # 660 KB: more than the kernel and the transport hold
                received = edge.edge.totals.parts_received
                await studio.say(*sounds(number, (Codec.AAC,)))
                while edge.edge.totals.parts_received == received:
                    await anyio.lowlevel.checkpoint()
            clock.advance(PATIENCE_S + 1)
            while not edge.edge.totals.listeners_let_go:
                await anyio.lowlevel.checkpoint()


def small_client(port: int, certificate: Path) -> ssl.SSLSocket:
    """Connect with a receive buffer that is soon full."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    sock.connect(("127.0.0.1", port))
    return believing(certificate).wrap_socket(sock, server_hostname="localhost")


def test_a_certificate_is_renewed_once_both_files_are_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    old, old_key = self_made(tmp_path / "old")
    new, new_key = self_made(tmp_path / "new")
    used, used_key = tmp_path / "fullchain.pem", tmp_path / "privkey.pem"
    # As certbot has it: links, which a renewal points elsewhere.
    used.symlink_to(old)
    used_key.symlink_to(old_key)
    certificate = tls.Certificate.of(Settings(tls_cert=str(used), tls_key=str(used_key)))
    assert certificate is not None
    assert handshake(certificate, old) == der(old)
    certificate.look()
    assert certificate.renewed == 0

    def point(link: Path, to: Path | str) -> None:
        link.unlink()
        link.symlink_to(to)
        certificate.look()

    point(used, new)  # halfway: the key does not belong to it
    certificate.look()
    assert (certificate.renewed, handshake(certificate, old)) == (0, der(old))
    assert caplog.text.count("belong together") == 1, "said once, not at every look"
    point(used_key, tmp_path / "nowhere")
    assert (certificate.renewed, handshake(certificate, old)) == (0, der(old))
    point(used_key, new_key)
    assert (certificate.renewed, handshake(certificate, new)) == (1, der(new))
    point(used, old)
    point(used_key, old_key)
    assert (certificate.renewed, handshake(certificate, old)) == (2, der(old))
    assert tls.Certificate.of(Settings()) is None


def der(certificate: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.read_text())


def handshake(certificate: tls.Certificate, believed: Path) -> bytes:
    """Shake hands in memory, with and without a host's name; return what was shown."""
    seen = set()
    for name in (None, "localhost"):
        context = believing(believed)
        context.check_hostname = name is not None
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(down, up, server_hostname=name)
        server = certificate.context.wrap_bio(up, down, server_side=True)
        for _ in range(4):
            for end in (client, server):
                with suppress(ssl.SSLWantReadError):
                    end.do_handshake()
        assert client.version() in ("TLSv1.2", "TLSv1.3")
        seen.add(client.getpeercert(binary_form=True))
    (shown_to_both,) = seen
    return shown_to_both or b""


def test_half_a_certificate_is_refused(tmp_path: Path) -> None:
    certificate, key = self_made(tmp_path)
    with pytest.raises(UsageError, match="--tls-key"):
        tls.context(Settings(tls_cert=str(certificate)))
    with pytest.raises(MachineError, match="cannot be read"):
        tls.context(Settings(tls_cert=str(certificate), tls_key=str(tmp_path / "none")))
    with pytest.raises(MachineError, match="belong together"):
        tls.context(Settings(tls_cert=str(key), tls_key=str(key)))
    assert tls.context(Settings()) is None
    flags = ["--tls-cert", str(certificate), "--tls-key", str(tmp_path / "none")]
    done = vivavoce("serve", "--data", str(tmp_path / "data"), *flags)
    assert done.code != 0
    assert "cannot be read" in done.err
