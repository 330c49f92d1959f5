"""What goes into the head of a pushed stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.http import response_head
from vivavoce.deliver.push import one_line, stream_of
from vivavoce.deliver.routes import Format
from vivavoce.deliver.shows import Stream
from vivavoce.errors import PeerError


@given(title=st.text(max_size=400))
def test_any_title_fits_a_header_field(title: str) -> None:
    line = one_line(title)
    assert len(line) <= 200
    head = response_head(200, (("icy-name", line),), date="d", length=None, keep_alive=False)
    assert head.count(b"\r\n") == 5


def test_a_plain_title_is_kept() -> None:
    assert one_line("Über  alles\tandere 1/2") == "Über alles andere 1/2"


def test_formats_and_codecs() -> None:
    assert stream_of(Format.MP4, {}) is Stream.OPUS
    assert stream_of(Format.MP4, {"codec": "aac"}) is Stream.AAC
    assert stream_of(Format.OGG, {"codec": "aac"}) is Stream.OGG
    assert stream_of(Format.MP3, {}) is Stream.MP3
    for codec in ("mp3", "events", "ogg", ""):
        with pytest.raises(PeerError):
            stream_of(Format.MP4, {"codec": codec})
