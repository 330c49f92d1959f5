"""``vivavoce serve`` with real processes: its doors, its children, its end."""

import json
import os
import re
import signal
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.server import Server, command, get, line_of, serving, vivavoce
from tests.unit.record.ended import ended

from vivavoce.errors import MachineError
from vivavoce.webrtc.udp_socket import bind_all


def until(true: Callable[[], bool], within_s: float = 60) -> None:
    """Wait for another process."""
    end = time.monotonic() + within_s
    wait = threading.Event()
    while not true():
        assert time.monotonic() < end, "it did not come"
        wait.wait(0.05)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # A child whose supervisor was killed may lie unreaped where nobody is init.
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"


def refuses(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


@contextmanager
def knocking(url: str) -> Iterator[list[str]]:
    """Connect again and again meanwhile; yield what went wrong."""
    wrong: list[str] = []
    over = threading.Event()

    def knock() -> None:
        while not over.wait(0.01):
            if refuses(url):
                wrong.append("refused")

    thread = threading.Thread(target=knock)
    thread.start()
    try:
        yield wrong
    finally:
        over.set()
        thread.join()


def is_ready(server: Server) -> bool:
    try:
        return get(f"{server.studio}/readyz", 2)[0] == 200 and get(server.public, 2)[0] < 500
    except OSError:
        return False


def answers(url: str) -> bool:
    try:
        return get(url, 2)[0] == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("serve") / "data") as running:
        yield running


def test_it_says_where_everything_is(server: Server) -> None:
    told = server.told
    assert told["owner_url"].startswith(f"{server.studio}/#owner=")
    assert told["pid"] == server.process.pid
    assert get(f"{server.studio}/healthz")[0] == 200
    assert get(f"{server.public}/healthz")[0] == 200


@pytest.mark.parametrize(("port", "one"), [("studio", "feed_edges"), ("public", "edge_shows")])
def test_all_metrics_of_both_ports_have_one_prefix(server: Server, port: str, one: str) -> None:
    text = get(f"{getattr(server, port)}/metrics")[1].decode()
    names = {re.split(r"[ {]", line)[0] for line in text.splitlines() if not line.startswith("#")}
    assert f"vivavoce_{one}" in names
    assert [name for name in names if not re.fullmatch(r"vivavoce(_[a-z0-9]+){2,}", name)] == []


def test_its_secrets_are_for_this_user_alone(server: Server) -> None:
    for name in ("server.json", "edge.token", "vivavoce.db"):
        assert stat.S_IMODE((server.data / name).stat().st_mode) == 0o600, name
    said = json.loads((server.data / "server.json").read_text())
    assert set(said) == {"studio_url", "pid", "token", "udp_port", "hosts"}


def test_neither_keys_nor_addresses_are_in_the_log(server: Server) -> None:
    made = server.show("new", "A quiet talk")
    get(f"{server.studio}/api/session")
    log = server.log.read_text()
    for word in (made["whip_token"], made["host_url"], "quiet", "127.0.0.1", "::1", "#owner"):
        assert word not in log
    for line in log.splitlines():
        assert {"time", "level", "role", "message"} <= set(json.loads(line))


@pytest.mark.parametrize("role", ["studio", "edge"])
def test_a_killed_role_comes_back_behind_an_open_door(server: Server, role: str) -> None:
    before = server.children()
    door = server.studio if role == "studio" else server.public
    with knocking(door) as wrong:
        os.kill(before[role], signal.SIGKILL)
        until(lambda: server.children().get(role, before[role]) != before[role])
        until(lambda: is_ready(server))
    assert wrong == []
    other = ({"studio", "edge"} - {role}).pop()
    assert server.children()[other] == before[other]


def test_a_used_owners_link_stays_used_when_the_studio_comes_back(server: Server) -> None:
    key = server.told["owner_url"].partition("=")[2]

    def sign_in() -> int:
        parts = urlsplit(server.studio)
        body = json.dumps({"key": key}).encode()
        with socket.create_connection((parts.hostname or "", parts.port or 80), 30) as peer:
            peer.sendall(
                f"POST /api/session HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            return int(peer.recv(100).split()[1])

    assert sign_in() == 200
    assert sign_in() == 403
    before = server.children()["studio"]
    os.kill(before, signal.SIGKILL)
    until(lambda: server.children().get("studio", before) != before)
    until(lambda: is_ready(server))
    assert sign_in() == 403


def test_a_second_server_on_the_same_data_is_refused(server: Server) -> None:
    flags = ["--data", str(server.data), "--port", "0", "--studio-port", "0"]
    done = vivavoce("serve", *flags)
    assert done.code == 2
    assert "--data" in done.err
    assert done.err.count("\n") == 1
    until(lambda: is_ready(server))


@pytest.fixture
def terminal() -> Iterator[int]:
    """One end of a terminal, to sit before; what starts here heeds it, even below ``nohup``."""
    ours, theirs = os.openpty()
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield theirs
    signal.signal(signal.SIGHUP, before)
    os.close(ours)
    os.close(theirs)


def stops(server: Server, how: signal.Signals) -> None:
    show = server.show("new", "A")["show"]
    server.show("start", show)
    pids = [server.process.pid, *server.children().values()]
    # The law is 5 s; the machine is shared, so a test asks only that it is bounded.
    assert server.stop(how) == 0
    assert all(gone(pid) for pid in pids)
    assert refuses(server.public)
    assert refuses(server.studio)
    assert not (server.data / "server.json").exists()


def test_a_terminal_that_is_closed_stops_all_of_it(tmp_path: Path, terminal: int) -> None:
    with serving(tmp_path / "data", stdin=terminal) as server:
        stops(server, signal.SIGHUP)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_of_it_but_a_service_is_left_alone_by_sighup(
    tmp_path: Path, how: signal.Signals
) -> None:
    with serving(tmp_path / "data", "--edges", "2") as server:
        before = server.children()
        server.process.send_signal(signal.SIGHUP)
        until(lambda: "SIGHUP" in server.log.read_text())
        until(lambda: is_ready(server))
        assert server.children() == before
        stops(server, how)


MANY = 20


def listener(server: Server, show: str) -> socket.socket:
    """Listen, and wait for the first sound."""
    parts = urlsplit(server.public)
    sock = socket.create_connection((parts.hostname or "", parts.port or 80), 30)
    sock.sendall(f"GET /live/{show}/stream.mp4 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    got = b""
    while b"mdat" not in got:
        more = sock.recv(65_536)
        assert more, "hung up on before there was sound"
        got += more
    return sock


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Let a process do nothing for as long as the block lasts."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def has_ended(sock: socket.socket) -> bool:
    sock.setblocking(False)
    try:
        while sock.recv(65_536):
            pass
    except BlockingIOError:
        return False
    return True


def hung_up(sock: socket.socket) -> None:
    with suppress(ConnectionResetError):
        while sock.recv(65_536):
            pass
    sock.close()


def test_the_listeners_of_an_edge_that_dies_are_taken_by_the_other_and_it_comes_back(
    tmp_path: Path,
) -> None:
    with serving(tmp_path / "data", "--edges", "2") as server, ExitStack() as stack:
        show = server.show("new", "Two edges")["show"]
        server.show("start", show)
        one, two = server.pids("edge")
        on: dict[int, list[socket.socket]] = {}
        for busy, free in ((one, two), (two, one)):
            with stopped(busy):
                on[free] = [stack.enter_context(listener(server, show)) for _ in range(MANY)]
        with stopped(server.process.pid):  # nobody starts it again meanwhile
            os.kill(one, signal.SIGKILL)
            for sock in on[one]:
                hung_up(sock)
                stack.enter_context(listener(server, show))
        until(lambda: len(server.pids("edge")) == 2 and one not in server.pids("edge"), 30)
        for sock in on[two]:
            assert not has_ended(sock)
        with stopped(two):  # the one that has come back takes listeners too
            stack.enter_context(listener(server, show))


def test_a_killed_supervisor_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        children = server.children()
        server.process.kill()
        server.process.wait()
        ports = [str(urlsplit(url).port) for url in (server.public, server.studio)]
        flags = ["--port", ports[0], "--studio-port", ports[1]]
        with serving(tmp_path / "data", *flags) as again:
            assert [again.public, again.studio] == [server.public, server.studio]
            assert all(gone(pid) for pid in children.values())


def test_shows_are_there_at_the_next_start_and_live_ones_go_on(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as server:
        planned, live = server.show("new", "Planned"), server.show("new", "Live")
        server.show("start", live["show"])
        old_link = server.told["owner_url"]
        server.stop()
    with serving(tmp_path / "data") as server:
        states = {show["show"]: show["state"] for show in server.show("list")}
        assert states == {planned["show"]: "planned", live["show"]: "live"}
        assert server.told["owner_url"].partition("=")[2] != old_link.partition("=")[2]
        status, card = get(f"{server.public}/live/{live['show']}/card.json")
        assert (status, json.loads(card)["state"]) == (200, "live")
        ended = server.show("end", live["show"])
        assert ended["state"] == "ended"
        assert ended["duration_s"] > 0


def test_a_role_that_dies_at_every_start_is_named_with_its_reason(tmp_path: Path) -> None:
    """Somebody takes the studio's UDP port while it is away."""
    with serving(tmp_path / "data") as server, ExitStack() as stack:
        said = json.loads((server.data / "server.json").read_text())

        def taken() -> bool:
            with suppress(ProcessLookupError, KeyError):
                os.kill(server.children()["studio"], signal.SIGKILL)
            with suppress(MachineError):
                for sock in bind_all(said["hosts"], said["udp_port"])[0]:
                    stack.enter_context(sock)
                return True
            return False

        def told() -> list[dict[str, Any]]:
            lines = server.log.read_text().splitlines(keepends=True)
            found = [json.loads(line) for line in lines if line[0] == "{" and line.endswith("}\n")]
            return [line for line in found if line["message"].startswith("a role dies at every")]

        until(taken, 30)
        until(lambda: len(told()) > 1, 60)
        for line in told():
            assert (line["child"], line["status"], line["level"]) == ("studio", 2, "error")
            assert f"UDP port {said['udp_port']}" in line["reason"]
            assert "--udp-port" in line["reason"]
            assert 0 < line["next_s"] <= 10
        assert get(f"{server.public}/healthz")[0] == 200, "the edge goes on"
        assert not is_ready(server)
        stack.close()
        until(lambda: is_ready(server), 40)


def test_an_edge_alone_serves_the_studios_shows(server: Server, tmp_path: Path) -> None:
    token = (server.data / "edge.token").read_text().strip()
    show = server.show("new", "Heard elsewhere")["show"]
    flags = ["--studio", server.studio, "--port", "0", "--data", str(tmp_path), "--json"]
    with command("edge", *flags, VIVAVOCE_EDGE_TOKEN=token) as edge:
        told = json.loads(line_of(edge))
        card = f"{told['public_url']}/live/{show}/card.json"
        until(lambda: get(card)[0] == 200)
        assert json.loads(get(card)[1])["title"] == "Heard elsewhere"
        alone = Server(edge, told, Path(os.devnull))
        before = alone.children()["edge"]
        with knocking(told["public_url"]) as wrong:
            os.kill(before, signal.SIGKILL)
            until(lambda: alone.children().get("edge", before) != before)
            until(lambda: answers(card))
        assert wrong == []
        pid = alone.children()["edge"]
        edge.send_signal(signal.SIGINT)
        assert edge.wait(timeout=20) == 0
        assert gone(pid)


def test_a_damaged_database_and_a_foreign_folder_keep_no_server_from_starting(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    card = ended(data)
    (data / "vivavoce.db").write_bytes(b"not a database, but long enough to look at" * 100)
    with serving(data) as server:
        (shown,) = server.show("list")
        assert (shown["show"], shown["title"], shown["state"]) == (card.show, card.title, "ended")
        assert get(f"{server.public}/live/{card.show}/index.m3u8")[0] == 200
    assert (data / "vivavoce.db.damaged").exists()
    assert "the database was damaged" in server.log.read_text()
