"""A series' cover: sent, fitted in a process of its own, in the feed, in episodes; and refused."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx2
import pytest
from PIL import Image
from tests.studio import COMMAND_LINE, Studio

from vivavoce.control import covers
from vivavoce.errors import UsageError
from vivavoce.export.cover import UPLOAD_LIMIT
from vivavoce.testing import feed_rules

pytestmark = pytest.mark.anyio

JPEG = {"content-type": "image/jpeg"}


def picture(kind: str, size: tuple[int, int] = (1_800, 1_500), colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    told = Image.Exif()
    told[0x010E] = "where I live"
    Image.new("RGB", size, colour).save(buffer, kind, exif=told)
    return buffer.getvalue()


def bomb(side: int) -> bytes:
    """Return a PNG that says it is ``side`` pixels wide and high, and is a few bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


async def made(owner: httpx2.AsyncClient) -> str:
    answer = await owner.post("/api/series", json={"title": "The long table"})
    assert answer.json()["cover"] is False
    return str(answer.json()["series"])


async def image(studio: Studio, folder: Path, series: str) -> str:
    """Write the feeds; return the address of the picture in one."""

    async def want(_: str) -> None: ...

    await studio.desk.series.write_all(studio.shows, want)
    text = (folder / "live" / "series" / f"{series}.xml").read_bytes()
    assert feed_rules.broken(text) == []
    found = ET.fromstring(text).find("channel/{*}image")
    assert found is not None
    return found.attrib["href"].rpartition("/")[2]


async def test_a_cover_is_fitted_and_shown_and_taken_away(studio: Studio, tmp_path: Path) -> None:
    folder = tmp_path / "live" / "series"
    async with studio.client(COMMAND_LINE) as owner:
        series = await made(owner)
        address = f"/api/series/{series}/cover"
        assert await image(studio, tmp_path, series) == f"{series}.png"
        name, before = "", set[str]()
        for kind, colour in (("PNG", "red"), ("JPEG", "blue"), ("WEBP", "green")):
            headers = {"content-type": f"image/{kind.lower()}"}
            body = picture(kind, colour=colour)
            told = await owner.put(address, content=body, headers=headers)
            assert (told.status_code, told.json()["cover"]) == (200, True)
            name = await image(studio, tmp_path, series)
            assert told.json()["cover_url"].endswith(f"/series/{name}")
            assert name not in before, "another picture has another address"
            before.add(name)
            sent = (await owner.get(address)).content
            assert sent == (folder / name).read_bytes()
            assert b"where I live" not in sent
            with Image.open(io.BytesIO(sent)) as fitted:
                assert (fitted.format, fitted.size, fitted.mode) == ("JPEG", (1_500, 1_500), "RGB")
        assert [path.name for path in folder.glob("*.jpg")] == [name], "the others are gone"
        assert studio.desk.series.all()[0].image == name
        changed = {"title": "Another"}
        assert (await owner.put(f"/api/series/{series}", json=changed)).json()["cover"] is True
        assert (await owner.delete(address)).json()["cover"] is False
        assert await image(studio, tmp_path, series) == f"{series}.png"
        assert not list(folder.glob("*.jpg"))
        await owner.put(address, content=picture("PNG"), headers={"content-type": "image/png"})
        await owner.delete(f"/api/series/{series}")
    assert not [path.name for path in folder.iterdir() if series in path.name]


@pytest.mark.parametrize(
    ("body", "headers", "wanted"),
    [
        (b"", JPEG, (400, "picture_unreadable")),
        (b"GIF89a" + bytes(500), JPEG, (400, "picture_unreadable")),
        (picture("PNG")[:300], JPEG, (400, "picture_unreadable")),
        (picture("PNG", (8, 8)), JPEG, (413, "picture_size")),
        (bomb(20_000), JPEG, (413, "picture_size")),
        (bomb(7_000), JPEG, (400, "picture_unreadable")),
        (bytes(UPLOAD_LIMIT + 1), JPEG, (413, "picture_too_large")),
        (b"{}", {"content-type": "application/json"}, (415, "picture_only")),
        (b"<svg/>", {"content-type": "image/svg+xml"}, (415, "picture_only")),
    ],
    ids=["nothing", "other", "torn", "tiny", "huge", "short", "long", "json", "svg"],
)
async def test_what_is_no_cover_is_refused_in_plain_words(
    studio: Studio, body: bytes, headers: dict[str, str], wanted: tuple[int, str]
) -> None:
    async with studio.client(COMMAND_LINE) as owner:
        series = await made(owner)
        answer = await owner.put(f"/api/series/{series}/cover", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == wanted
        assert (await owner.get("/api/series")).json()[0]["cover"] is False


async def test_a_body_without_a_length_has_an_end(studio: Studio) -> None:
    async def endless() -> Any:
        for _ in range(UPLOAD_LIMIT // 65_536 + 2):
            yield bytes(65_536)

    async with studio.client(COMMAND_LINE) as owner:
        series = await made(owner)
        address = f"/api/series/{series}/cover"
        answer = await owner.put(address, content=endless(), headers=JPEG)
        assert (answer.status_code, answer.json()["code"]) == (413, "picture_too_large")
        nobody = await owner.put("/api/series/0123456789/cover", content=b"", headers=JPEG)
        assert (nobody.status_code, nobody.json()["code"]) == (404, "series_unknown")


async def test_only_one_is_made_at_a_time(studio: Studio) -> None:
    codes: list[tuple[int, str]] = []

    async def another(_: bytes) -> bytes:
        answer = await other.put(address, content=b"x", headers=JPEG)
        codes.append((answer.status_code, answer.json()["code"]))
        return picture("JPEG")

    studio.desk.series._fit = another
    async with studio.client(COMMAND_LINE) as owner, studio.client(COMMAND_LINE) as other:
        address = f"/api/series/{await made(owner)}/cover"
        assert (await owner.put(address, content=b"x", headers=JPEG)).status_code == 200
    assert codes == [(503, "picture_busy")]


async def test_a_process_that_dies_of_a_picture_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(covers, "_COMMAND", ("sh", "-c", "kill -9 $$"))
    with pytest.raises(UsageError, match="cannot be read"):
        await covers.fit(b"x")
