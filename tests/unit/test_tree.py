"""The tree: which modules are pure and which are shells (marked ``*``), and that they keep to it.

Shells do I/O or read clocks. Everything else is given what it needs, ``now`` included. A new file
has to be written into ``TREE``; that is the moment to decide which of the two it is.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.application.use_cases import lint_imports
from importlinter.configuration import configure

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "vivavoce"

# Paths of the sound first, then what stands around it. `store/migrations` keeps Alembic's layout.
TREE = """
    .          backoff card clock* config* errors launch log* media metrics* tls* units
    webrtc     endpoint health local* quality
    webrtc     answer budget credentials* demux doctor dtls* fragment ice offer reception rtcp rtp
    webrtc     sender srtp* stun udp_endpoint* udp_peer* udp_socket* voice
    stage      backlog doors* floor messages onair* ports* rate recorder* seats show signalling*
    stage      checkup connections hands handsocket* invitations leading* live_shows* monitors
    stage      muting places powers relay* roster routing standing stage* stages* stretch*
    stage      taping* telling ticker* timeline turn view whep* whip*
    mix        actions clockwork* console filler gate jitter levelling levels limiter loudness
    mix        opus* schedule transit voice
    package    cmaf delta encoder* heads lanes* live_edge ogg packager* playlist rates ring
    package    joined segmenter silence
    deliver    answers clip_pages cutting* oembed pictures* records
    deliver    built* cache channel connection* counting desk directives disk* door* doorway* edge*
    deliver    batch fanout* files gathered held hls http kept* ladder lanes lookup lowlatency
    deliver    metrics* page pages patience proxies proxy_line push renderings ring routes
    deliver    rows sealed* sends* shows sse stretch* totals upstream* watch*
    record     clip clip_files files* layout onair peaks places playing programme* rendition* seal
    record     marks quiet removal* sealed* sources* takedown* takedowns takes* talk track
    record     tracks* verify
    record     bucket* bucket_faults folders* mirror mirroring* mirroring_words podcasts* restoring*
    bus        ears* feed_client* feed_files* follower* feed_server* memory messages relay* tally
    people     attempts keys* people*
    export     archive* carry* categories chapters cover* editors encode* facts* feed jobs
    export     labels lame*
    export     loudness* markup mp4_head mp4_picture names orders player programme* tracks* wav
    store      database* invitation_rows* people_rows* schema* seat_rows* series_rows* show_rows*
    store      header rescue* tables*
    control    access* api* board* cards* desk* docs_page faults* guard* health* links models
    control    origin ports
    control    adopting* covers* finishing* series* series_routes*
    control    episodes* export_routes* exports* forwarded* keeping* keeping_routes* workshop*
    control    takedown_routes* takedowns*
    control    crossorigin* guests* hands* invitation_routes* invitations* network* qr seating*
    control    mark_routes* marks* pages* seats* seals* session_routes* show_routes* shows*
    demo       server* show* talk voices*
    testing    clock decode* ended_show* feed_rules fragments hls_rules hls_text hls_versions
    testing    lossy
    testing    speaker* tones
    app        callers* copies* edge* filler* http* recording*
    app        picture* role* sockets* studio* studio_metrics* worker*
    supervisor addresses child* doors* edge* folder* serve* stopping*
    cli        demo* doctor* export* look* podcast* remote* restore* say* serve* show* storage*
    cli        verify*
"""

FORBIDDEN = [
    *("asyncio", "concurrent", "ctypes", "fcntl", "ftplib", "getpass", "glob", "http", "logging"),
    *("mmap", "multiprocessing", "os", "platform", "queue", "sched", "secrets", "select"),
    *("selectors", "shutil", "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl"),
    *("subprocess", "sys", "tempfile", "threading", "time"),
    *("aiortc", "aioice", "aiosqlite", "alembic", "anyio", "av", "fastapi", "httptools", "httpx2"),
    *("prometheus_client", "rich", "sqlalchemy", "starlette", "typer", "uvicorn", "uvloop"),
    *("obstore", "websockets"),
]

# What reads the world without an import. `datetime.now` needs none: the type is wanted everywhere.
CALLS = {"open", "print", "input", "exec", "eval", "__import__"}
METHODS = {"today", "utcnow", "read_text", "read_bytes", "write_text", "write_bytes", "urandom"}


def listed() -> Iterator[tuple[str, bool]]:
    """Yield (dotted module, is a shell) for each word of ``TREE``."""
    for line in TREE.strip().splitlines():
        folder, *names = line.split()
        prefix = "vivavoce." if folder == "." else f"vivavoce.{folder.replace('/', '.')}."
        for name in names:
            yield prefix + name.removesuffix("*"), name.endswith("*")


def present() -> set[str]:
    """Return the modules on disk; a package's own ``__init__`` is pure and needs no word."""
    files = (path.relative_to(SOURCE.parent) for path in SOURCE.rglob("*.py"))
    return {
        ".".join(path.with_suffix("").parts)
        for path in files
        if path.name not in {"__init__.py", "__main__.py"} and "migrations" not in path.parts
    }


PURE = sorted(name for name, shell in listed() if not shell)


def test_every_module_is_listed_once_and_exists() -> None:
    names = [name for name, _ in listed()]
    assert len(names) == len(set(names))
    assert sorted(present() - set(names)) == [], "new: write them into TREE, a shell with *"
    assert sorted(set(names) - present()) == [], "gone: take them out of TREE"


def test_the_import_contracts_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pure = "\n".join(
        [
            "[importlinter:contract:pure]",
            "name = Pure modules do no I/O, directly or through a shell",
            "type = forbidden",
            "source_modules =",
            *(f"    {name}" for name in PURE),
            "forbidden_modules =",
            *(f"    {name}" for name in FORBIDDEN),
            # Only for the Clock protocol's sake: a clock is handed in, and read by shells.
            "ignore_imports =",
            "    vivavoce.clock -> time",
        ]
    )
    config = tmp_path / "contracts.ini"
    config.write_text(f"{(ROOT / '.importlinter').read_text()}\n{pure}\n")
    configure()
    kept = lint_imports(config_filename=str(config), cache_dir=None, no_logo=True)
    assert kept, capsys.readouterr().out


@pytest.mark.parametrize("module", PURE)
def test_pure_code_calls_nothing_of_the_world(module: str) -> None:
    path = SOURCE.parent.joinpath(*module.split(".")).with_suffix(".py")
    worldly = [
        f"line {node.lineno}: {ast.unparse(node.func)}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and is_worldly(node.func)
    ]
    assert worldly == []


def is_worldly(called: ast.expr) -> bool:
    """Whether this call reads a clock, a file or a terminal."""
    match called:
        case ast.Name(id=name):
            return name in CALLS
        case ast.Attribute(value=ast.Name(id="datetime" | "date"), attr="now" | "today"):
            return True
        case ast.Attribute(attr=name):
            return name in METHODS
        case _:
            return False
