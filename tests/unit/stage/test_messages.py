"""Any text is a message or a ``PeerError``; what is written can be read by anyone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.errors import PeerError
from vivavoce.stage.messages import MAX_MESSAGE_BYTES, Leave, Media, Mute, Offer, read, write
from vivavoce.webrtc.endpoint import PeerState


def test_messages_are_json_with_a_type() -> None:
    assert read('{"type": "offer", "sdp": "v=0", "take": true}') == Offer("v=0", take=True)
    assert read('{"type": "offer", "sdp": "v=0"}') == Offer("v=0")
    assert read('{"type": "leave"}') == Leave()
    assert read('{"type": "mute", "muted": true}') == Mute(muted=True)
    assert json.loads(write(Media(PeerState.LOST))) == {"type": "media", "state": "lost"}


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", '{"type": "status"}', '{"type": "mute"}', '{"type": "offer"', "\ud800"],
)
def test_what_is_not_understood_is_the_peers_fault(text: str) -> None:
    with pytest.raises(PeerError) as refused:
        read(text)
    assert refused.value.code == "bad_message"


def test_a_message_has_64_kib_at_most() -> None:
    long = json.dumps({"type": "offer", "sdp": "x" * MAX_MESSAGE_BYTES})
    with pytest.raises(PeerError) as refused:
        read(long)
    assert refused.value.code == "message_too_long"


@given(st.text() | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(json.dumps))
def test_no_text_is_anything_else_than_a_message_or_a_problem(text: str) -> None:
    with pytest.raises(PeerError):
        read(text)
