"""What was changed after the show is found and named; what was not is not."""

import gzip
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.record.ended import EPOCH_MS, SHOW, ended, parts, private, public, recording

from vivavoce.card import ShowCard, State
from vivavoce.errors import PeerError, UsageError
from vivavoce.record import seal, sealed
from vivavoce.record.sources import Address, Folder, card_of
from vivavoce.record.verify import Published, Report, verify
from vivavoce.units import PartNumber


def look(data: Path, *published: Published) -> Report:
    source = Folder(public(data))
    return verify(source, card_of(source), published)


def kinds(report: Report) -> list[str]:
    return [finding.kind for finding in report.findings]


def test_an_untouched_show_is_whole(tmp_path: Path) -> None:
    card = ended(tmp_path)
    report = look(tmp_path)
    assert report.whole
    assert (report.segments, report.findings) == (7, ())
    assert card.seal is not None
    assert report.head == card.seal.head


def sealed_files(data: Path) -> list[Path]:
    """All files but the card: its title may change."""
    found = [path for path in public(data).rglob("*") if path.is_file()]
    found += [path for path in private(data).rglob("*") if path.is_file()]
    return sorted(path for path in found if path.name != "card.json")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("finished")
    ended(folder)
    return folder


@given(st.data())
def test_one_bit_flipped_anywhere_is_found(finished: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sealed_files(finished)))
    before = path.read_bytes()
    place = data.draw(st.integers(0, len(before) * 8 - 1))
    flipped = bytearray(before)
    flipped[place // 8] ^= 1 << place % 8
    check_found(finished, path, lambda: path.write_bytes(flipped))


@given(st.data())
def test_a_truncated_or_missing_file_is_found(finished: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sealed_files(finished)))
    before = path.read_bytes()
    length = data.draw(st.integers(-1, len(before) - 1))
    if length < 0 and path.name == seal.SEAL:
        return  # then there is nothing to compare with, which is said: see below
    check_found(
        finished, path, lambda: path.unlink() if length < 0 else path.write_bytes(before[:length])
    )


def check_found(data: Path, path: Path, change: Callable[[], object]) -> None:
    before = path.read_bytes()
    change()
    try:
        report = look(data)
    finally:
        path.write_bytes(before)
    assert not report.whole
    if path.suffix == ".m4s":
        (finding,) = report.findings
        number = int(path.name[:8])
        assert finding.segments == (number, number)
        assert finding.seconds == (round(number * 1.92, 2), round((number + 1) * 1.92, 2))
        assert path.parent.name in finding.words
    assert look(data).whole


def test_runs_of_segments_are_said_together(tmp_path: Path) -> None:
    ended(tmp_path, 80)
    for number in (3, 4, 5, 9):
        (public(tmp_path) / "opus" / f"{number:08d}.m4s").unlink()
    (public(tmp_path) / "aac" / "00000004.m4s").write_bytes(b"")
    report = look(tmp_path)
    assert [(finding.kind, finding.segments) for finding in report.findings] == [
        ("missing", (3, 5)),
        ("missing", (9, 9)),
    ]
    assert "0:00:05 to 0:00:11" in report.findings[0].words


def test_a_head_that_was_noted_during_the_show_is_found_again(tmp_path: Path) -> None:
    show = recording(tmp_path)
    show.append(parts(0, 30))
    noted = sealed.newest(public(tmp_path))
    assert noted is not None
    show.append(parts(30, 40))
    ended(tmp_path)
    for good in (
        Published(head=noted.head),
        Published(head=noted.head.upper(), segment=4),
    ):
        assert look(tmp_path, good).whole
    for wrong in (Published(head=noted.head, segment=3), Published(head="0" * 64)):
        report = look(tmp_path, wrong)
        assert not report.whole
        assert report.published == ((wrong, False),)


def test_another_show_sealed_as_well_is_not_the_one_that_was_heard(tmp_path: Path) -> None:
    """Who makes everything anew, seal and card too, cannot make the heads that listeners noted."""
    recording(tmp_path).append(parts(0, 40))
    noted = sealed.newest(public(tmp_path))
    assert noted is not None
    shutil.rmtree(tmp_path / "live")
    show = recording(tmp_path)
    show.append(parts(0, 12) + parts(13, 40))
    show.finish()
    ended(tmp_path)
    assert look(tmp_path).whole
    assert not look(tmp_path, Published(head=noted.head)).whole


def test_a_live_show_is_compared_as_far_as_it_is(tmp_path: Path) -> None:
    show = recording(tmp_path)
    show.append(parts(0, 30))
    card = ShowCard(
        show=SHOW, version=2, title="", description="", language="en", state=State.LIVE,
        epoch_ms=EPOCH_MS,
    )  # fmt: skip
    (public(tmp_path) / "card.json").write_bytes(msgspec.json.encode(card))
    report = look(tmp_path)
    assert (report.whole, report.live, report.segments) == (True, True, 5)


def test_dead_air_cut_off_by_the_studio_is_said_and_is_no_fault(tmp_path: Path) -> None:
    show = recording(tmp_path)
    show.append(parts(0, 60))
    show.finish(PartNumber(14))
    ended(tmp_path)
    report = look(tmp_path)
    assert (report.whole, report.segments, kinds(report)) == (True, 3, ["cut"])


def test_the_tracks_are_said_not_to_have_been_looked_at_where_they_are_not(tmp_path: Path) -> None:
    ended(tmp_path)
    shutil.rmtree(private(tmp_path))
    report = look(tmp_path)
    assert (report.whole, kinds(report)) == (True, ["unchecked"])


def test_a_hostile_seal_reads_nothing_outside_its_folder(tmp_path: Path) -> None:
    ended(tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("x")
    source = Folder(public(tmp_path))
    for name in ("../../secret", str(secret), "opus/../../../secret", "tracks/../../../secret"):
        assert source.read(name) is None


def test_without_a_seal_it_cannot_be_told(tmp_path: Path) -> None:
    ended(tmp_path)
    (public(tmp_path) / seal.SEAL).unlink()
    with pytest.raises(UsageError):
        Folder(public(tmp_path))


@pytest.mark.parametrize(
    "url", ["ftp://x/0123456789", "https:///0123456789", "https://x/", "https://x/0123"]
)
def test_what_is_no_listen_address(url: str) -> None:
    with pytest.raises(UsageError):
        Address(url)


@contextmanager
def answering(status: int, body: bytes, encoding: str) -> Iterator[str]:
    """Run a server that answers everything so; yield a listen address there."""

    class Same(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Encoding", encoding)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Same) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{SHOW}"
        finally:
            server.shutdown()
            thread.join()


PACKED = gzip.compress(b"{}")
BOMB = gzip.compress(bytes(65 * 1024 * 1024), 1)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, PACKED, "card_missing"),
        (200, BOMB, "address_refuses"),
        (200, PACKED[:-9], "address_refuses"),
        (200, b"no gzip", "address_refuses"),
        (404, b"", "show_unknown"),
        (410, b"", "show_deleted"),
        (500, b"", "address_refuses"),
    ],
    ids=["packed", "a bomb", "torn", "not packed", "unknown", "deleted", "broken"],
)
def test_whatever_an_address_answers_is_said_in_a_line(status: int, body: bytes, code: str) -> None:
    with answering(status, body, "gzip") as url, pytest.raises((UsageError, PeerError)) as said:
        card_of(Address(url))
    assert said.value.code == code
