"""What keeps a server from starting: one line that says what to do, exit code 2, nothing begun."""

import json
import socket
import sqlite3
from pathlib import Path

import pytest
from tests.server import Done, vivavoce


def serve(data: Path, *flags: str, **environment: str) -> Done:
    ports = ["--port", "0", "--studio-port", "0"]
    return vivavoce("serve", "--data", str(data), *ports, *flags, **environment)


def refused(done: Done, *words: str) -> None:
    assert done.code == 2, done
    assert done.err.count("\n") == 1, done.err
    assert done.err.startswith("vivavoce: ")
    for word in words:
        assert word in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("flag", ["--port", "--studio-port"])
def test_a_port_in_use(tmp_path: Path, flag: str) -> None:
    with socket.create_server(("", 0)) as other:
        port = str(other.getsockname()[1])
        refused(serve(tmp_path / "data", flag, port), port, f"with {flag}.")


def test_a_host_that_is_not_ours(tmp_path: Path) -> None:
    refused(serve(tmp_path / "data", "--host", "203.0.113.9"), "203.0.113.9", "--host")
    refused(serve(tmp_path / "data", "--host", "no.such.host.invalid"), "--host")


def test_a_data_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    refused(serve(tmp_path / "data"), str(tmp_path / "data"), "--data")


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    database = tmp_path / "vivavoce.db"
    with sqlite3.connect(database) as connection:
        connection.execute("create table alembic_version (version_num text)")
        connection.execute("insert into alembic_version values ('9999')")
    connection.close()
    before = database.read_bytes()
    refused(serve(tmp_path), "newer version", "9999", "--data")
    assert database.read_bytes() == before


def test_unknown_settings(tmp_path: Path) -> None:
    refused(serve(tmp_path, VIVAVOCE_PROT="1"), "VIVAVOCE_PROT", "VIVAVOCE_PORT")
    (tmp_path / "vivavoce.toml").write_text("prot = 1\n")
    refused(serve(tmp_path), "prot", "did you mean port?")


def test_wrong_use(tmp_path: Path) -> None:
    refused(serve(tmp_path, "--prot", "1"), "--prot", "--help")
    refused(serve(tmp_path, "--edges", "0"), "edges")
    refused(vivavoce("nope"), "nope", "--help")


def test_a_script_is_told_the_code_too(tmp_path: Path) -> None:
    done = vivavoce("show", "list", "--json", "--data", str(tmp_path))
    refused(done, "vivavoce serve", "--data")
    assert json.loads(done.out)["code"] == "server_not_running"


def test_a_stale_server_file(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    said = {"studio_url": f"http://127.0.0.1:{port}", "pid": 1, "token": "x"}
    (tmp_path / "server.json").write_text(json.dumps(said))
    refused(vivavoce("show", "list", "--data", str(tmp_path)), "does not answer")
    (tmp_path / "server.json").write_text("{")
    refused(vivavoce("link", "--data", str(tmp_path)), "server.json")


def test_an_edge_without_a_token(tmp_path: Path) -> None:
    flags = ["--data", str(tmp_path), "--port", "0"]
    refused(vivavoce("edge", "--studio", "http://127.0.0.1:1", *flags), "--token")
    done = vivavoce("edge", "--studio", "nonsense", "--token", "x", *flags)
    assert done.code == 1
    assert "https://" in done.err


def test_what_cannot_be_undone_is_not_done_unasked(tmp_path: Path) -> None:
    done = vivavoce("show", "takedown", "0123456789", "1", "2", "--data", str(tmp_path))
    assert (done.code, done.err.count("\n")) == (1, 1), done
    assert "--yes" in done.err
