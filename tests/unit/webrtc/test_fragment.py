"""Fragments of descriptions: strict, bounded, and never anything but our own error."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.errors import PeerError
from vivavoce.webrtc.fragment import MAX_LINES, MAX_SIZE, build_fragment, parse_fragment
from vivavoce.webrtc.ice import Credentials

THEIRS = Credentials("EsAw", "P2uYro0UCOQ4zxjKXaWCBui1")
HOST = "candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host"
RELAY = "candidate:3 1 UDP 100 2001:db8::1 3478 typ relay raddr 0.0.0.0 rport 0 generation 0"
# In the form of RFC 8840 section 4.4.1.1.1.
WHOLE = "\r\n".join(
    (
        "a=ice-options:trickle ice2",
        "a=group:BUNDLE 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=mid:0",
        f"a=ice-ufrag:{THEIRS.ufrag}",
        f"a=ice-pwd:{THEIRS.password}",
        f"a={HOST}",
        f"a={RELAY}",
        "a=end-of-candidates",
        "",
    )
)


def test_a_fragment_says_credentials_candidates_and_that_no_more_follow() -> None:
    fragment = parse_fragment(WHOLE)
    assert fragment.credentials == THEIRS
    assert fragment.candidates == (HOST, RELAY)
    assert fragment.complete
    bare = parse_fragment(f"a={HOST}")
    assert (bare.credentials, bare.complete) == (None, False)


def test_our_own_is_read_back() -> None:
    ours = Credentials("abcdef", "p" * 24)
    fragment = parse_fragment(
        build_fragment("0", ours, (("192.0.2.1", 8082), ("2001:db8::1", 8082)))
    )
    assert fragment.credentials == ours
    assert len(fragment.candidates) == 2
    assert fragment.complete


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "a=ice-ufrag:EsAw",
        "a=ice-ufrag:EsAw\na=ice-pwd:short",
        "a=candidate:1 1 udp",
        "a=" + HOST + " " + "x" * 300,
        "a=" + HOST + "\x00",
        "a=x\n" * (MAX_LINES + 1),
        "a=" + "x" * MAX_SIZE,
    ],
)
def test_what_is_none_is_refused_in_our_words(text: str) -> None:
    with pytest.raises(PeerError) as refused:
        parse_fragment(text)
    assert refused.value.code == "bad_fragment"


@given(st.text(max_size=2_000) | st.lists(st.sampled_from(WHOLE.splitlines())).map("\n".join))
def test_nothing_else_is_ever_raised(text: str) -> None:
    with suppress(PeerError):
        parse_fragment(text)
