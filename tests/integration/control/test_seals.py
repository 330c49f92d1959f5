"""From the recorder's thread to the card, and from the card to whoever asks whether it is so."""

import functools
import http.server
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.studio import FakeBoard, FakeStages, put_database
from tests.unit.record import ended

from vivavoce.card import ShowCard
from vivavoce.cli import run
from vivavoce.control.seals import Seals
from vivavoce.control.shows import Shows
from vivavoce.package.heads import HEADS
from vivavoce.record.programme import Programme, write_card
from vivavoce.record.sealed import Sealed
from vivavoce.record.sources import Folder
from vivavoce.record.verify import verify
from vivavoce.store.database import Database, open_database
from vivavoce.store.show_rows import ShowRows
from vivavoce.testing.clock import FakeClock
from vivavoce.units import Samples

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.anyio


class RecordingStages(FakeStages):
    """Records real files of made-up sound."""

    def __init__(self, data: Path) -> None:
        super().__init__()
        self._data = data

    def recording(self, card: ShowCard) -> Sealed:
        folder = self._data / "live" / card.show
        epoch = ended.at(card.epoch_ms)
        return Sealed(Programme(folder, HEADS, epoch), folder, card.show, epoch)

    async def start(self, card: ShowCard) -> None:
        self.card_on_air = card
        self.files = self.recording(card)

    async def end(self, show: str) -> Samples | None:
        return self.files.finish()


class DiskBoard(FakeBoard):
    """Lays cards beside the sound, as the real one does."""

    def __init__(self, data: Path) -> None:
        super().__init__()
        self._data = data

    async def put(self, card: ShowCard) -> None:
        await super().put(card)
        write_card(self._data / "live" / card.show, card)


def studio(database: Database, data: Path) -> tuple[Shows, RecordingStages, DiskBoard]:
    stages, board = RecordingStages(data), DiskBoard(data)
    return Shows(ShowRows(database), stages, board, FakeClock(), seals=Seals(data)), stages, board


async def test_the_head_is_on_the_card_while_live_and_at_the_end(tmp_path: Path) -> None:
    put_database(tmp_path / "a.db")
    async with open_database(tmp_path / "a.db") as database:
        shows, stages, board = studio(database, tmp_path)
        row, _ = await shows.create("A talk", "", "en", None)
        show = row.card.show
        await shows.start(show)
        await shows.renew_seal(show)
        assert board.cards[-1].seal is None
        stages.files.append(ended.parts(0, 31))
        await shows.renew_seal(show)
        during = board.cards[-1].seal
        assert during is not None
        assert during.segment == 4
        told = len(board.cards)
        await shows.renew_seal(show)
        assert len(board.cards) == told, "nothing new is not told"
        stages.files.append(ended.parts(31, 40))
        final = (await shows.end(show)).seal
        assert final is not None
        assert (final.segment, board.cards[-1].seal) == (6, final)
        folder = tmp_path / "live" / show
        report = verify(Folder(folder), board.cards[-1])
        assert report.whole, report.findings
        assert report.head == final.head
        again, _, told_again = studio(database, tmp_path)
        await again.open()
        assert told_again.cards[-1].seal == final
        # What befalls the seal afterwards is not mended with what happens to lie there.
        chain = (folder / "seal.jsonl").read_bytes()
        (folder / "seal.jsonl").write_bytes(chain[:-1] + b"?")
        for _ in range(2):
            again, _, told_again = studio(database, tmp_path)
            await again.open()
            assert told_again.cards[-1].seal == final
            assert not verify(Folder(folder), told_again.cards[-1]).whole
        (folder / "seal.jsonl").write_bytes(chain)
    said_of(folder, during.head, during.segment)


def said_of(folder: Path, head: str, segment: int) -> None:
    assert vivavoce("verify", str(folder), "--head", f"{head}@{segment}") == 0
    assert vivavoce("verify", str(folder), "--head", f"{head}@{segment - 1}") == 1
    assert vivavoce("verify", str(folder), "--head", "beef") == 2
    assert vivavoce("verify", str(folder.parent)) == 2
    with served(folder.parent.parent) as url:
        assert vivavoce("verify", f"{url}/live/{folder.name}/") == 0
        assert vivavoce("verify", f"{url}/{folder.name}") == 0
        assert outsider(f"{url}/live/{folder.name}/").returncode == 0
        path = folder / "aac" / "00000003.m4s"
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        assert vivavoce("verify", f"{url}/{folder.name}", "--json") == 1
        altered = outsider(f"{url}/live/{folder.name}/")
        assert (altered.returncode, altered.stderr.strip()) == (1, "ALTERED")
        assert altered.stdout.splitlines()[-1].startswith("2 ")
        assert vivavoce("verify", f"{url}/zzzzzzzzzz") == 2
    assert vivavoce("verify", f"{url}/{folder.name}") == 2


def vivavoce(*arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["vivavoce", *arguments])
        return run()


def outsider(url: str) -> "subprocess.CompletedProcess[str]":
    """Run the lines that docs/PROTOCOL.md gives to whoever trusts nobody."""
    text = (ROOT / "docs" / "PROTOCOL.md").read_text()
    (lines,) = re.findall(r"```python\n(import hashlib.*?)```", text, re.DOTALL)
    assert len(lines.splitlines()) <= 12
    command = [sys.executable, "-c", lines, url]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...
