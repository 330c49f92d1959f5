"""Whatever lies in a show's folders, an export says so in plain words or leaves it out."""

import os
import subprocess
import zipfile
from pathlib import Path

import msgspec
import pytest

from vivavoce.errors import UsageError
from vivavoce.export.carry import carry_out
from vivavoce.export.names import one_line
from vivavoce.export.orders import Done, Kind, Order
from vivavoce.testing import tone
from vivavoce.testing.decode import decode
from vivavoce.testing.ended_show import SHOW, EndedShow
from vivavoce.units import SEGMENT_SAMPLES, Samples

HOSTILE = [
    b"",
    b"\x00" * 100,
    b"[" * 5_000,
    b'{"version": 1, "chapters": [{"startTime": 1e999, "title": "x"}, {"startTime": "0"}, 7]}',
    b'{"version": 1, "chapters": [{"startTime": -1, "title": "x"}], "speakers": 3, "spans": [[9]]}',
    b'{"speakers": [{"name": null}], "spans": [[0, 5, 1], [7, 0, 1]], "starts_ms": -5}',
    b'{"chapters": [{"startTime": 1, "title": "\\u0000\\u202e]]><i>\\ud83d"}]}',
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    sound = tone(440, Samples(2 * SEGMENT_SAMPLES), db=-26)
    title = '../<b>"x"\u202e\u0007 ]]>'
    EndedShow(round=sound, rounds=1, title=title, speakers=("V",)).write(tmp_path / "live")
    return tmp_path


def made(data: Path, kind: Kind) -> Path:
    """Carry out an order; return what came out."""
    to = data / f"made-{kind}"
    order = Order(
        kind=kind,
        show=SHOW,
        live=str(data / "live" / SHOW),
        record=str(data / "record" / SHOW),
        to=str(to),
    )
    done = carry_out(order, lambda _done, _step: None)
    assert isinstance(done, Done)
    (file,) = done.files
    found = to / file.name
    assert found.parent == to, "a name is no path"
    assert [path.name for path in to.iterdir()] == [file.name], "nothing is left beside it"
    return found


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_a_file_beside_the_sound_that_is_none_costs_only_itself(data: Path, body: bytes) -> None:
    for name in ("chapters.json", "talk.json", "withdrawn.json"):
        (data / "live" / SHOW / name).write_bytes(body)
    archive = made(data, Kind.ARCHIVE)
    page = (archive / "index.html").read_text(encoding="utf-8")
    assert "<b>" not in page
    assert "<i>" not in page
    assert (archive / "programme.opus").read_bytes().startswith(b"OggS")


def test_links_and_pipes_are_not_followed(data: Path) -> None:
    secret = data / "secret"
    secret.write_bytes(b"the owner's key")
    live, tracks = data / "live" / SHOW, data / "record" / SHOW / "tracks"
    tracks.mkdir(parents=True)
    (tracks / "seat.opus").symlink_to(secret)
    (live / "peaks.bin").unlink()
    (live / "peaks.bin").symlink_to(secret)
    os.mkfifo(live / "chapters.json")
    archive = made(data, Kind.ARCHIVE)
    kept = [path for path in archive.rglob("*") if path.is_file()]
    assert all(b"the owner's key" not in path.read_bytes() for path in kept)
    with pytest.raises(UsageError, match="no tracks"):
        made(data, Kind.TRACKS)


def test_sound_that_is_damaged_is_silence_and_said(data: Path) -> None:
    segment = next((data / "live" / SHOW / "opus").glob("00000000*.m4s"))
    body = segment.read_bytes()
    segment.write_bytes(body[:200] + bytes(len(body) - 200))
    file = made(data, Kind.OPUS)
    assert abs(len(decode(file)) - 2 * SEGMENT_SAMPLES) < 1_000


@pytest.mark.parametrize("card", [b"", b"{}", b'{"show": "../../../x"}'])
def test_a_card_that_is_none_makes_no_show(data: Path, card: bytes) -> None:
    (data / "live" / SHOW / "card.json").write_bytes(card)
    with pytest.raises(UsageError, match="no such show"):
        made(data, Kind.OPUS)


def test_a_deleted_show_has_nothing_to_export(data: Path) -> None:
    for path in (data / "live" / SHOW / "opus").iterdir():
        path.unlink()
    with pytest.raises(UsageError, match="no sound"):
        made(data, Kind.MP3)


def test_names_of_speakers_are_no_paths_in_a_zip(data: Path) -> None:
    tracks = data / "record" / SHOW / "tracks"
    tracks.mkdir(parents=True)
    names = ["../../etc/passwd", "CON", "a/b\\c", "", "\x00\x1b[2J", "a" * 400]
    archive = made(data, Kind.ARCHIVE)
    for number, name in enumerate(names):
        (tracks / f"seat{number}.opus").write_bytes((archive / "programme.opus").read_bytes())
        (tracks / f"seat{number}.json").write_bytes(msgspec.json.encode({"name": name}))
    with zipfile.ZipFile(made(data, Kind.TRACKS)) as packed:
        for entry in packed.namelist():
            parts = Path(entry).parts
            assert len(parts) == 2
            assert not {"..", "/", "CON.opus"} & set(parts)
            assert len(parts[1]) < 200
            assert entry.isprintable()
        assert len(set(map(str.lower, packed.namelist()))) == len(packed.namelist())


TEXTS = (
    "=;#\\\\ [CHAPTER]",
    "ID3\u0004 CHAP\u0000TIT2",
    "a\nb\r\nc\u2028d",
    "]]></title><script>",
    "\u202eevil\U0001f600 \xff\xfe",
    "x" * 300,
)


@pytest.mark.parametrize("kind", [Kind.OPUS, Kind.MP3, Kind.AAC])
def test_what_people_write_is_read_from_a_file_as_it_was_written(data: Path, kind: Kind) -> None:
    live = data / "live" / SHOW
    listed = [{"startTime": n / 2, "title": text} for n, text in enumerate(TEXTS, 1)]
    (live / "chapters.json").write_bytes(msgspec.json.encode({"chapters": listed}))
    card = msgspec.json.decode((live / "card.json").read_bytes())
    (live / "card.json").write_bytes(msgspec.json.encode(card | {"title": TEXTS[1] + TEXTS[4]}))
    said = subprocess.run(
        [
            *("ffprobe", "-v", "warning", "-show_chapters", "-of", "json"),
            *("-show_entries", "format_tags:stream_tags:stream=codec_type", str(made(data, kind))),
        ],
        capture_output=True,
        check=True,
    )
    assert said.stderr == b""
    found = msgspec.json.decode(said.stdout)
    chapters = [(float(c["start_time"]), c["tags"]["title"]) for c in found["chapters"]]
    # An M4A's list holds 255 bytes of each.
    most = 255 if kind is Kind.AAC else 300
    assert chapters == [(n / 2, one_line(text)[:most]) for n, text in enumerate(TEXTS, 1)]
    assert abs(float(found["chapters"][-1]["end_time"]) - 2 * SEGMENT_SAMPLES / 48_000) < 0.05
    tags = found["format"].get("tags", {}) | found["streams"][0].get("tags", {})
    assert tags.get("title", tags.get("TITLE")) == one_line(TEXTS[1] + TEXTS[4])
