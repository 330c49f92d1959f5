"""Documents say what is: links lead somewhere, commands and settings exist, pictures are small."""

import ast
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import typer

from vivavoce import config
from vivavoce.bus import feed_server
from vivavoce.cli import app
from vivavoce.control.access import ACCESS, Who
from vivavoce.deliver import held
from vivavoce.export import jobs
from vivavoce.mix import jitter
from vivavoce.record import mirror, mirroring
from vivavoce.stage import backlog, hands, recorder, signalling, taping
from vivavoce.webrtc import udp_peer

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
PROTOCOL = (ROOT / "docs" / "PROTOCOL.md").read_text()
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)|src=\"([^\"]+)\"")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.name))
def test_links_lead_to_files(document: Path) -> None:
    targets = [first or second for first, second in LINK.findall(document.read_text())]
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


def test_every_make_target_that_is_named_exists() -> None:
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    named = set(re.findall(r"(?:^    |`)make (?:-k )?([a-z]+)", text, re.MULTILINE))
    rules = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named
    assert named <= rules


COMMANDS = re.compile(
    r"^    (?:VIVAVOCE_\w+=\S+ )?vivavoce ([a-z].*)$|`vivavoce ([a-z][^`]*)`", re.M
)


def commands() -> list[list[str]]:
    """Return each command that a document shows, as its words."""
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    lines = [first or second for first, second in COMMANDS.findall(text)]
    # What it prints stands behind a "#" or three spaces; a second command behind a ";".
    found = [re.split(r" ;|   | #", line)[0].split() for line in lines]
    # "show start|end" are two.
    return [list(words) for line in found for words in product(*(w.split("|") for w in line))]


def test_every_command_and_flag_that_is_named_exists() -> None:
    named = commands()
    assert len(named) > 20
    for words in named:
        command: Any = typer.main.get_command(app)
        for word in words:
            inner = getattr(command, "commands", {})
            if word not in inner:
                break
            command = inner[word]
        else:
            word = ""
        assert not getattr(command, "commands", {}), f"vivavoce {' '.join(words)}: no {word}"
        known = {flag for option in command.params for flag in option.opts}
        flags = {flag for word in words for flag in re.findall(r"--[a-z-]+", word)}
        assert flags <= known, words


def test_every_command_answers_machines_too() -> None:
    """Each has ``--json``; a role is started by the supervisor alone, and hidden."""
    groups: list[Any] = [typer.main.get_command(app)]
    for group in groups:
        for name, command in group.commands.items():
            if hasattr(command, "commands"):
                groups.append(command)
            elif not command.hidden:
                assert "--json" in {flag for option in command.params for flag in option.opts}, name
    assert len(groups) == 3


def test_every_file_that_is_named_exists() -> None:
    """Sources are named from the root of the repository, or from that of the package."""
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    named = set(re.findall(r"`((?:[a-z_-]+/)+[A-Za-z0-9_.-]+\.(?:py|md|conf|toml|tsx?))`", text))
    assert len(named) > 10
    places = (ROOT, ROOT / "src" / "vivavoce", ROOT / "docs")
    assert [name for name in named if not any((place / name).exists() for place in places)] == []


def test_every_setting_that_is_named_with_its_table_is_one() -> None:
    text = "\n".join(document.read_text() for document in DOCUMENTS)
    named = set(re.findall(r"`\[(\w+)\] (\w+)`", text))
    assert len(named) > 1
    assert named <= set(config.paths())


RIGHTS = {"owner": Who.OWNER}
RIGHTS |= dict.fromkeys(("owner, its host", "owner, its hosts", "owner, host"), Who.HOST)


def test_the_protocol_says_of_every_route_who_may_use_it() -> None:
    rows = [re.split(r"(?<!\\)\|", line) for line in PROTOCOL.splitlines() if line[:3] == "| `"]
    told = {}
    for _, cell, who, *_ in rows:
        for path in re.findall(r"(?:/api|…|(?<=`)/)[^\s`?]*", cell):
            for method in re.findall(r"\b(?:GET|POST|PUT|PATCH|DELETE)\b", cell):
                told[method, path] = RIGHTS.get(who.strip())
    for (method, route), who in ACCESS.items():
        path = re.sub(r"\{(\w+)\}", lambda match: NAMES[match[1]], route)
        found = [right for (said, end), right in told.items() if said == method and ends(path, end)]
        assert found, f"{method} {path}"
        assert who not in (Who.OWNER, Who.HOST) or who in found, f"{method} {path}"


NAMES = {"show": "SHOW", "job": "JOB", "file": "FILE", "clip": "FROM-TO", "invitation": "ID"}
NAMES |= {"hand": "HAND", "series_id": "SERIES"}


def ends(path: str, said: str) -> bool:
    """Say whether a row names ``path``, whole, from a "…" on, or by its last piece alone."""
    return path == said or (not said.startswith("/api") and path.endswith(said.removeprefix("…")))


def test_every_code_that_comes_over_the_wire_is_in_the_protocol() -> None:
    """Of the command line's own there is a sentence each; machines read codes of the doors."""
    doors = ("bus", "control", "deliver", "export", "people", "stage", "webrtc")
    codes = set[str]()
    for path in (file for door in doors for file in (ROOT / "src/vivavoce" / door).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and re.search(
                r"(Peer|Usage|Machine)Error$|Problem$", ast.unparse(node.func)
            ):
                codes |= {str(a.value) for a in node.args[:1] if isinstance(a, ast.Constant)}
    codes -= {"setting_invalid", "udp_port_unusable"}  # said at a start, by nobody's request
    assert len(codes) > 50
    assert [code for code in sorted(codes) if not re.search(rf"\b{code}\b", PROTOCOL)] == []


def test_every_variable_and_url_setting_in_operating_is_a_setting() -> None:
    text = (ROOT / "docs" / "OPERATING.md").read_text()
    known = {"VIVAVOCE_" + "_".join(path).upper() for path in config.paths()}
    named = set(re.findall(r"VIVAVOCE_[A-Z_]+", text)) - {"VIVAVOCE_EDGE_TOKEN"}
    assert named
    assert named <= known
    settings = set(re.findall(r"^    ([a-z_]+) = ", text, re.MULTILINE))
    assert settings
    assert settings <= {path[-1] for path in config.paths()}


BOUNDS = {
    "{} packets a voice": jitter.CAPACITY,
    "{} datagrams a second and peer": udp_peer.DATAGRAMS_PER_S,
    "to the encoders {} frames": backlog.BOUND,
    "to the disk {} parts": recorder.QUEUE,
    "a socket {} messages": signalling.OUTBOX,
    "messages and {}/s": signalling.MESSAGES_PER_S,
    "{} hands a show": hands.MOST,
    "hands a show, {} a network": hands.MOST_A_NETWORK,
    "`stage/`'s {} parts": recorder.QUEUE,
    "parts; {:,} ticks": taping.QUEUE,
    "a part {:,}, then 503": held.HELD_LIMIT,
    "to the bucket {} files a show": mirror.BATCH,
    "files a show and {} in all": mirroring.ROUND,
    "{} messages an edge": feed_server.QUEUE,
    "{} jobs, then 503": jobs.QUEUE,
}


@pytest.mark.parametrize(("words", "bound"), BOUNDS.items())
def test_every_queue_has_the_bound_that_is_told(words: str, bound: int) -> None:
    assert words.format(bound) in (ROOT / "docs" / "ARCHITECTURE.md").read_text()


def test_every_decision_is_in_the_list() -> None:
    folder = ROOT / "docs" / "adr"
    table = (folder / "README.md").read_text()
    pages = [page.name for page in folder.glob("0*.md")]
    assert pages
    assert [name for name in pages if f"({name})" not in table] == []


def test_pictures_are_small_and_shown() -> None:
    pictures = list((ROOT / "docs" / "img").glob("*.png"))
    shown = re.findall(r'src="docs/img/([^"]+)"', (ROOT / "README.md").read_text())
    assert sorted(p.name for p in pictures) == sorted(shown)
    assert len(shown) >= 3
    assert [p.name for p in pictures if p.stat().st_size > 200_000] == []


def test_the_licence_is_the_apache_licence_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert len(text.splitlines()) > 200
