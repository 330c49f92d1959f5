"""A hostile data folder: whatever lies where a file of ours should, a server starts and serves."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from tests.server import get, serving
from tests.unit.record.ended import SHOW, ended

SECRET = "nobody's business"


def pipe(path: Path) -> None:
    """Whoever opens it waits for ever."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.unlink(missing_ok=True)
    (path / "..." / "more").mkdir(parents=True)


def link(path: Path, to: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(to)


def endless(path: Path) -> None:
    """A device that has no end: a real one where we may make it, otherwise a link to it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    except OSError:
        path.symlink_to("/dev/zero")


def poison(data: Path) -> None:
    """Put something wrong wherever something is looked for."""
    outside = data.parent / "secret"
    outside.write_text(SECRET)
    pipe(data / "edge.token")
    folder(data / "server.json")
    folder(data / "vivavoce.db")
    (data / "database").write_bytes(b"a file where a folder should be")
    (data / "trash").write_bytes(b"a file where a folder should be")
    (data / "mirror").write_bytes(b"a file where a folder should be")
    good, live = data / "live" / SHOW, data / "live"
    for name in ("takedowns.json", "chapters.json", "withdrawn.json"):
        pipe(good / name)
    folder(good / "talk.json")
    link(good / "peaks.bin", outside)
    pipe(good / "opus" / "99999999.m4s")
    link(good / "opus" / "loop.m4s", good / "opus" / "loop.m4s")
    link(good / "aac" / "away", Path("/"))
    for number, make in enumerate((pipe, folder, endless)):
        (live / f"000000001{number}").mkdir()
        make(live / f"000000001{number}" / "card.json")
    link(live / "0000000020" / "card.json", outside)
    link(live / "0000000021", Path("/"))
    pipe(live / "0000000022" / "gone.json")
    (live / "0000000023").write_bytes(b"")
    (live / ("x" * 255)).mkdir()
    (live / "new\nline \N{RIGHT-TO-LEFT OVERRIDE}").mkdir()
    (live / os.fsdecode(b"\xff\xfe")).mkdir()
    folder(live / "feed.xml")
    (live / "series").write_bytes(b"")
    (data / "record" / "0000000024").write_bytes(b"")
    pipe(data / "exports" / SHOW / "0000000000" / "job.json")
    pipe(data / "exports" / "0000000025")
    (data / "exports" / SHOW / "a file").write_bytes(b"")


def test_a_server_starts_on_it_serves_what_is_sound_and_gives_nothing_else_away(
    tmp_path: Path,
) -> None:
    data = tmp_path / "data"
    card = ended(data)
    poison(data)
    with serving(data) as server:
        assert [shown["show"] for shown in server.show("list")] == [card.show]
        made = server.show("new", "A new one")
        server.show("start", made["show"])
        base = f"{server.public}/live/{SHOW}"
        assert get(f"{base}/index.m3u8")[0] == 200
        assert get(f"{base}/opus/00000001.m4s")[0] == 200
        for name in ("peaks.bin", "opus/99999999.m4s", "opus/loop.m4s", "aac/away/etc/passwd"):
            status, body = get(f"{base}/{name}")
            assert status == 404, name
            assert SECRET.encode() not in body
        assert get(f"{server.public}/live/0000000021/etc/hostname")[0] == 404
        server.show("end", made["show"])
        assert server.stop() == 0
    assert (tmp_path / "secret").read_text() == SECRET
    for path in data.rglob("*"):
        if path.is_fifo():
            with suppress(OSError):
                path.unlink()
