"""What the doors of a running server say to strangers, and which metrics they tell."""

import ast
import http.client
import itertools
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.server import Server, get, serving
from tests.unit.record.mirror_kit import studio

from vivavoce.metrics import Metrics

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("doors") / "data") as running:
        yield running


# The doors of the studio port that are not in the table of ``control.access``, by who opens them.
SOCKET = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
SOCKET |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
SDP = {"Content-Type": "application/sdp"}
PIECE = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*"}
CLOSED: dict[str, list[tuple[str, str, dict[str, str]]]] = {
    "bus/feed_files.py": [("GET", "/live/SHOW/card.json", {}), ("GET", "/live/feed.xml", {})],
    "bus/feed_server.py": [("GET", "/feed", SOCKET)],
    "stage/signalling.py": [("GET", "/api/shows/SHOW/stage", SOCKET)],
    "stage/handsocket.py": [("GET", "/api/shows/SHOW/hand?token=made-up", SOCKET)],
    "stage/relay.py": [("POST", "/api/shows/SHOW/ice", {"Content-Type": "application/json"})],
    "stage/whip.py": [
        *(("POST", f"/{way}/SHOW", SDP) for way in ("whip", "whep")),
        *(("PATCH", f"/{way}/SHOW/0123456789", PIECE) for way in ("whip", "whep")),
        *(("DELETE", f"/{way}/SHOW/0123456789", {}) for way in ("whip", "whep")),
    ],
}
# Pages and health, which are for anybody who reaches the port.
OPEN = {"control/pages.py", "control/health.py"}


def test_no_door_is_missing_from_the_list() -> None:
    source = ROOT / "src" / "vivavoce"
    opens = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in {"Route", "WebSocketRoute", "Mount"}
    }
    assert opens == set(CLOSED) | OPEN


@pytest.mark.parametrize("caller", ["nobody", "made up", "another show's"])
def test_no_door_opens_to_a_stranger(server: Server, caller: str) -> None:
    ours, theirs = server.show("new", "Ours"), server.show("new", "Theirs")
    server.show("start", ours["show"])
    token = {"made up": "made-up", "another show's": theirs["whip_token"]}.get(caller)
    known = {} if token is None else {"Authorization": f"Bearer {token}"}
    for method, path, more in itertools.chain(*CLOSED.values()):
        status, said = asked(
            server.studio, method, path.replace("SHOW", ours["show"]), known | more
        )
        assert status in {401, 403, 404}, f"{method} {path}: {status}"
        assert ours["show"] not in said
    server.show("end", ours["show"])


def asked(door: str, method: str, path: str, fields: dict[str, str]) -> tuple[int, str]:
    """Ask a door; return the status and what was said."""
    parts = urlsplit(door)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    with closing(connection):
        connection.request(method, path, None if method == "GET" else "{}", fields)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_every_metric_that_a_document_names_is_told(server: Server) -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    words = "\n".join(document.read_text() for document in documents)
    named = set(re.findall(r"`(vivavoce(?:_[a-z0-9]+){2,})`", words))
    told = "".join(get(f"{door}/metrics")[1].decode() for door in (server.studio, server.public))
    told += of_a_bucket()
    assert len(named) > 10
    assert [name for name in sorted(named) if f"\n{name} " not in told] == []


def of_a_bucket() -> str:
    """Return what a server with ``[storage]`` tells besides."""
    metrics = Metrics()
    with studio() as mirrored:
        mirrored.mirror.tell_of(metrics)
        return metrics.text().decode()
