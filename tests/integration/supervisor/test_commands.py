"""The commands for scripts and people, against a running server."""

import json
from collections.abc import Iterator

import pytest
from tests.server import Done, Server, serving, vivavoce


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("commands") / "data") as running:
        yield running


def run(server: Server, *arguments: str) -> Done:
    return vivavoce(*arguments, "--data", str(server.data))


def test_a_show_from_its_making_to_its_end(server: Server) -> None:
    flags = ["--description", "D", "--language", "de", "--starts", "2030-01-01T20:00+01:00"]
    show = server.show("new", "A talk", *flags)
    assert (show["title"], show["description"], show["language"]) == ("A talk", "D", "de")
    assert show["starts_ms"] == 1_893_524_400_000
    assert show["listen_url"] == f"{server.public}/{show['show']}"
    assert {"host_url", "whip_url", "whip_token"} <= {key for key, value in show.items() if value}
    assert server.show("start", show["show"])["state"] == "live"
    assert server.show("end", show["show"])["state"] == "ended"
    assert [one["state"] for one in server.show("list")] == ["ended"]


def test_people_read_words(server: Server) -> None:
    made = run(server, "show", "new", "For people [bold]")
    assert made.code == 0
    for word in ("Listen", "Host", "WHIP token", f"{server.public}/", "#key="):
        assert word in made.out
    assert "For people [bold]" in run(server, "show", "list").out
    link = run(server, "link")
    assert f"{server.studio}/#owner=" in link.out
    assert json.loads(run(server, "link", "--json").out)["owner_url"] not in link.out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["start", "0000000000"], "no such show"),
        (["end", "../../etc"], "nothing at this address"),
        (["new", ""], "title"),
        (["new", "x" * 201], "title"),
        (["new", "x", "--language", "german"], "language"),
        (["new", "x", "--starts", "tomorrow"], "2026-12-01T20:00"),
    ],
)
def test_a_refusal_is_one_line_and_code_1(server: Server, arguments: list[str], word: str) -> None:
    done = run(server, "show", *arguments)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert word in done.err


def test_an_ended_show_does_not_start_again(server: Server) -> None:
    show = server.show("new", "Once")["show"]
    assert run(server, "show", "end", show).code == 1
    server.show("start", show)
    server.show("end", show)
    done = run(server, "show", "start", show, "--json")
    assert (done.code, json.loads(done.out)["code"]) == (1, "already_ended")
