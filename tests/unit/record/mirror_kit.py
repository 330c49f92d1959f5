"""A show's folder that is written like a studio's, and a bucket that fails when it is told to."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Generic, TypeVar

import anyio
import obstore
from obstore.store import MemoryStore, ObjectStore

from vivavoce.record import mirror
from vivavoce.record.bucket import Bucket, StoreBucket
from vivavoce.record.bucket_faults import AWAY
from vivavoce.record.mirroring import Mirror
from vivavoce.testing import FakeClock

SHOW = "0123456789"

B = TypeVar("B", bound=Bucket)


class Faulty:
    """A bucket that can be away, before or after it did what it was asked for; or just hang."""

    def __init__(self, store: ObjectStore) -> None:
        self._bucket = StoreBucket(lambda: store)
        self.store = store
        self.away = False
        self.late = False
        self.hang = anyio.Event()
        self.hanging = False
        self.puts: list[str] = []

    async def put(self, key: str, body: bytes | Path) -> None:
        await self._trouble()
        if self.late or not self.away:
            await self._bucket.put(key, body)
            self.puts.append(key)
            self.check_lists()
        if self.away:
            raise AWAY

    async def sizes(self, prefix: str) -> dict[str, int]:
        await self._trouble()
        if self.away:
            raise AWAY
        return await self._bucket.sizes(prefix)

    async def delete(self, keys: Sequence[str]) -> None:
        await self._trouble()
        if self.late or not self.away:
            await self._bucket.delete(keys)
            self.check_lists()
        if self.away:
            raise AWAY

    async def _trouble(self) -> None:
        if self.hanging:
            await self.hang.wait()

    def content(self) -> dict[str, bytes]:
        pages = obstore.list(self.store)
        keys = [about["path"] for page in pages for about in page]
        return {key: bytes(obstore.get(self.store, key).bytes()) for key in keys}

    def check_lists(self) -> None:
        """No list in the bucket ever names what is not there."""
        content = self.content()
        for key, text in content.items():
            assert mirror.names_in(key, text) <= set(content), key


class Studio(Generic[B]):
    """What writes a show's folder, and may be started again at any time."""

    def __init__(self, data: Path, bucket: B) -> None:
        self.data = data
        self.clock = FakeClock()
        self.bucket = bucket
        self.numbers: list[str] = []
        self.count = self.taken = 0
        self.live = True
        self.restart()

    def restart(self) -> None:
        self.mirror = Mirror(self.bucket, "s3://test", self.data, self.clock)
        self.next = self.clock.now()

    def write(self, key: str, body: bytes, *, append: bool = False) -> None:
        path = self.data / key
        path.parent.mkdir(parents=True, exist_ok=True)
        if append:
            with path.open("ab") as file:
                file.write(body)
        else:
            draft = path.with_name(f".{path.name}.tmp")
            draft.write_bytes(body)
            draft.replace(path)
        now_ns = int(self.clock.wall().timestamp() * 1e9)
        os.utime(path, ns=(now_ns, now_ns))
        if not append:  # a real folder's own time moves with it
            os.utime(path.parent, ns=(now_ns + self._later(), now_ns))
            now_ns = int(self.clock.wall().timestamp() * 1e9) + self._later()
            os.utime(path.parent, ns=(now_ns, now_ns))

    def _later(self) -> int:
        self.count += 1
        return self.count

    def card(self, *, recorded: bool = True) -> None:
        state = "live" if self.live else "ended"
        card = {"state": state, "recorded": recorded}
        self.write(f"live/{SHOW}/card.json", json.dumps(card).encode())

    def finish_segment(self) -> None:
        name = f"{len(self.numbers):08}.m4s"
        self.write(f"live/{SHOW}/opus/{name}", os.urandom(20))
        self.numbers.append(name)
        self.lists()
        self.write(f"live/{SHOW}/peaks.bin", b"123456", append=True)
        self.write(f"record/{SHOW}/tracks/a.opus", b"sound", append=True)

    def lists(self) -> None:
        text = "#EXTM3U\n" + "".join(f"#EXTINF:1.92,\n{name}\n" for name in self.numbers)
        self.write(f"live/{SHOW}/opus/show.m3u8", text.encode())
        self.write(f"live/{SHOW}/index.m3u8", b"#EXTM3U\nopus/show.m3u8\n")

    def half_segment(self) -> None:
        self.write(f"live/{SHOW}/opus/{len(self.numbers):08}.m4s", b"half")

    def take_down(self) -> None:
        """As ``record.takedown``: new segments, then lists, then the old ones go."""
        if not self.numbers:
            return
        self.taken += 1
        old = self.numbers[0]
        self.numbers[0] = f"{old[:8]}.t{self.taken}.m4s"
        self.write(f"live/{SHOW}/opus/{self.numbers[0]}", b"silence")
        self.lists()
        (self.data / "live" / SHOW / "opus" / old).unlink(missing_ok=True)
        self.card()

    def end(self) -> None:
        self.live = False
        self.lists()
        self.card()

    def delete(self) -> None:
        shutil.rmtree(self.data / "live" / SHOW)
        shutil.rmtree(self.data / "record" / SHOW, ignore_errors=True)
        self.write(f"live/{SHOW}/gone.json", b"{}")

    async def rounds(self, seconds: float) -> None:
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            if self.clock.now() >= self.next:
                wait_s = await self.mirror.round([SHOW] if self.live else [])
                self.next = self.clock.now() + wait_s
            self.clock.advance(max(0.0, min(self.next, end) - self.clock.now()))

    def folder(self) -> dict[str, bytes]:
        found = [p for top in mirror.FOLDERS for p in (self.data / top).rglob("*") if p.is_file()]
        return {path.relative_to(self.data).as_posix(): path.read_bytes() for path in found}


@contextmanager
def studio() -> Iterator[Studio[Faulty]]:
    with TemporaryDirectory() as folder:
        yield Studio(Path(folder), Faulty(MemoryStore()))
