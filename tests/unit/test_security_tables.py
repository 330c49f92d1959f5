"""The page on security has every line that it needs, and the tests that it names exist."""

import ast
import re
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "vivavoce"
PAGE = ROOT / "docs" / "SECURITY-MEDIA.md"

# OWASP ASVS 5.0.0, 0x26-V17-WebRTC.md.
V17 = [
    *("17.1.1", "17.1.2"),
    *("17.2.1", "17.2.2", "17.2.3", "17.2.4", "17.2.5", "17.2.6", "17.2.7", "17.2.8"),
    *("17.3.1", "17.3.2"),
]


def rows(section: int) -> list[list[str]]:
    """Return the cells of a section's table, without its two head lines."""
    text = PAGE.read_text().split("\n## ")[section]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@cache
def known() -> set[str]:
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    }


def test_every_requirement_of_v17_has_its_line() -> None:
    assert [row[0] for row in rows(1)] == V17


@pytest.mark.parametrize("row", rows(1) + rows(2), ids=lambda row: row[0].replace(" ", "-"))
def test_every_line_says_what_we_do_and_names_tests_that_exist(row: list[str]) -> None:
    assert len(row) == 4
    assert all(row)
    named = re.findall(r"`([^`]+)`", row[3])
    assert named
    assert [name for name in named if name not in known()] == []


def sources() -> list[tuple[str, ast.Module]]:
    return [
        (path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text()))
        for path in SOURCE.rglob("*.py")
    ]


def imported(tree: ast.Module) -> set[str]:
    """Return the modules that a module imports, each with its packages."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name[: at or None] for name in names for at in (0, *found(name))}


def found(name: str) -> list[int]:
    return [match.start() for match in re.finditer(r"\.", name)]


def test_who_opens_connections_is_known() -> None:
    """An edge asks its studio, the command line its server: addresses of settings, none typed."""
    clients = {"http.client", "urllib.request", "httpx", "httpx2", "aiohttp", "ftplib", "smtplib"}
    clients |= {"websockets.asyncio.client", "websockets.client", "websockets.sync.client"}
    asks = {name for name, tree in sources() if imported(tree) & clients}
    assert asks == {
        "bus/feed_client.py",
        "cli/remote.py",
        "deliver/upstream.py",
        "record/sources.py",  # vivavoce verify URL, at the command line alone
        "testing/speaker.py",
    }
    users = {name for name, tree in sources() if "vivavoce.record.sources" in imported(tree)}
    assert not [name for name in users if name.startswith(("control/", "stage/", "deliver/"))]


def test_no_shell_and_no_code_from_data() -> None:
    forbidden = {"pickle", "marshal", "shelve", "xml", "yaml", "tarfile", "lzma", "bz2", "pty"}
    started = set()
    for name, tree in sources():
        # Only our own feeds are read there, by tests.
        allowed = {"xml"} if name == "testing/feed_rules.py" else set[str]()
        assert not imported(tree) & (forbidden - allowed), name
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                assert called not in {"eval", "exec", "os.system", "os.popen"}, name
                assert not any(k.arg == "shell" for k in node.keywords), name
                if called.endswith(("open_process", "run_process", "subprocess.run", "Popen")):
                    started.add(name)
    assert started == {
        "control/covers.py",  # our own role, which reads a picture from standard input
        "control/workshop.py",
        "demo/server.py",
        "supervisor/child.py",
    }


def test_no_page_makes_markup_of_words() -> None:
    makers = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment"
        r"|srcdoc|\beval\(|new Function|javascript:|setHTMLUnsafe|parseFromString"
    )
    pages = [p for p in (ROOT / "web").rglob("*") if p.suffix in {".ts", ".html"}]
    pages = [p for p in pages if "node_modules" not in p.parts]
    assert len(pages) > 20
    assert [p.name for p in pages if makers.search(p.read_text())] == []
    inline = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+=", re.IGNORECASE)
    assert [p.name for p in pages if p.suffix == ".html" and inline.search(p.read_text())] == []


TURN = (ROOT / "docs" / "deploy" / "turnserver.conf").read_text()

# https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry.
SPECIAL = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
    *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32"),
    *("::/128", "::1/128", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64"),
    *("100:0:0:1::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16"),
    *("fc00::/7", "fe80::/10", "ff00::/8"),
]


@pytest.mark.parametrize("network", SPECIAL)
def test_the_turn_server_reaches_no_special_purpose_address(network: str) -> None:
    first, last = ip_network(network)[0], ip_network(network)[-1]
    denied = re.findall(r"^denied-peer-ip=(\S+?)-(\S+)$", TURN, re.MULTILINE)
    ranges = [(ip_address(low), ip_address(high)) for low, high in denied]
    assert all(low.version == high.version and int(low) < int(high) for low, high in ranges)
    assert any(
        low.version == first.version and int(low) <= int(first) and int(last) <= int(high)
        for low, high in ranges
    )
    allowed = re.findall(r"^allowed-peer-ip=(\S+)$", TURN, re.MULTILINE)
    assert allowed == ["203.0.113.5"], "one address of documentation, to be filled in"


def test_the_turn_server_has_quotas() -> None:
    settings = dict(re.findall(r"^([a-z-]+)(?:=(\S+))?$", TURN, re.MULTILINE))
    assert 0 < int(settings["user-quota"]) <= 10
    assert 0 < int(settings["total-quota"]) <= 16_384
    assert int(settings["max-port"]) - int(settings["min-port"]) >= int(settings["total-quota"])
    assert {"use-auth-secret", "no-tcp-relay", "no-cli", "no-multicast-peers"} <= set(settings)
    assert "lt-cred-mech" not in settings, "passwords that do not end"
