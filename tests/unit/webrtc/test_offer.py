import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.caller import Caller

from vivavoce.errors import PeerError
from vivavoce.webrtc.offer import MAX_LINES, MAX_SECTIONS, MAX_SIZE, Direction, Offer, parse_offer

# As Chromium 156 and Firefox write it, shortened to one section's worth of each habit.
HASH = ":".join(f"{n:02X}" for n in range(29))
CHROMIUM = f"""v=0
o=- 5567856483687077004 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS d4fd
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:67KF
a=ice-pwd:QKeqYoxFnJ+WlSQSZK5fNFmE
a=ice-options:trickle
a=fingerprint:sha-256 08:12:0D:{HASH}
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=sendrecv
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=ssrc:1682824652 cname:AA7NCjNhWZk09M29
"""
FIREFOX = f"""v=0
o=mozilla...THIS_IS_SDPARTA-99.0 3 0 IN IP4 0.0.0.0
s=-
t=0 0
a=sendonly
a=fingerprint:sha-256 08:12:0D:{HASH}
a=group:BUNDLE 0 1
a=ice-options:trickle
a=msid-semantic:WMS *
m=video 9 UDP/TLS/RTP/SAVPF 120
c=IN IP4 0.0.0.0
a=ice-pwd:0123456789abcdef0123456789abcdef
a=ice-ufrag:deadbeef
a=mid:0
a=rtpmap:120 VP8/90000
a=setup:actpass
m=audio 0 UDP/TLS/RTP/SAVPF 109 101
c=IN IP4 0.0.0.0
a=bundle-only
a=extmap:1/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=mid:1
a=rtcp-mux
a=rtpmap:109 opus/48000/2
a=rtpmap:101 telephone-event/8000
"""
GOOD = Caller().offer()


def refused(text: str) -> str:
    with pytest.raises(PeerError) as caught:
        parse_offer(text)
    assert caught.value.code == "bad_offer"
    return caught.value.message


def test_chromium_s_offer_is_understood() -> None:
    offer = parse_offer(CHROMIUM)
    assert offer.payload_type == 111
    assert offer.remote.ufrag == "67KF"
    assert offer.fingerprints[0].digest[:3] == b"\x08\x12\x0d"
    assert offer.direction is Direction.BOTH
    assert offer.level_extension == 1
    assert offer.bundled


def test_firefox_s_session_attributes_and_bundle_are_looked_through() -> None:
    offer = parse_offer(FIREFOX.replace("\n", "\r\n"))
    assert (offer.audio, offer.payload_type) == (1, 109)
    assert offer.remote.ufrag == "deadbeef"
    assert offer.direction is Direction.SEND
    assert offer.level_extension == 1


@pytest.mark.parametrize(
    ("pattern", "instead", "why"),
    [
        (r"opus/48000/2", "PCMU/8000", "no Opus"),
        (r"UDP/TLS/RTP/SAVPF", "RTP/AVP", "no Opus"),
        (r"m=audio 9", "m=audio 0", "no Opus"),
        (r"m=audio", "m=video", "no Opus"),
        (r"a=rtcp-mux\r\n", "", "rtcp-mux"),
        (r"setup:actpass", "setup:passive", "setup"),
        (r"a=setup:\w+\r\n", "", "setup"),
        (r"a=ice-ufrag:\w+\r\n", "", "user fragment"),
        (r"a=ice-ufrag:\w+", "a=ice-ufrag:a b c", "user fragment"),
        (r"a=ice-pwd:\w+", "a=ice-pwd:short", "password"),
        (r"sha-256 .*", "sha-1 " + ":".join(["00"] * 20), "fingerprint"),
        (r"sha-256 ..:", "sha-256 ", "fingerprint"),
        (r"a=group", "a=ice-lite\r\na=group", "ICE-lite"),
        (r"^v=0", "v=1", "v=0"),
        (r"s=-", "this is no SDP", "not SDP"),
        (r"m=audio 9 ", "m=audio 99999 ", "malformed"),
        (r"m=audio 9 ", "m=audio nine ", "malformed"),
        (r"SAVPF 111", "SAVPF", "malformed"),
    ],
)
def test_a_bad_offer_is_refused_with_its_reason(pattern: str, instead: str, why: str) -> None:
    changed = re.sub(pattern, instead, GOOD)
    assert changed != GOOD
    assert why in refused(changed)


def test_sdp_bombs_are_refused() -> None:
    assert "too long" in refused(GOOD + "a=x\r\n" * MAX_SIZE)
    assert "too many lines" in refused(GOOD + "a=x\n" * MAX_LINES)
    video = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n"
    assert "media sections" in refused(GOOD + video * MAX_SECTIONS)
    formats = " ".join(map(str, range(65)))
    assert "malformed" in refused(GOOD + f"m=video 9 UDP/TLS/RTP/SAVPF {formats}\r\n")
    assert "media sections" in refused("v=0\n")


@given(text=st.text(max_size=400))
def test_noise_is_a_bad_offer_and_nothing_else(text: str) -> None:
    refused(text)
    refused("v=0\n" + text)


@given(cut=st.integers(0, len(GOOD)))
def test_a_truncated_offer_is_understood_or_refused(cut: int) -> None:
    outcome(GOOD[:cut])


@given(at=st.integers(0, len(GOOD) - 1), character=st.characters(exclude_categories=["Cs"]))
def test_a_changed_character_is_understood_or_refused(at: int, character: str) -> None:
    outcome(GOOD[:at] + character + GOOD[at + 1 :])


@given(lines=st.permutations(GOOD.splitlines()))
def test_lines_out_of_order_are_understood_or_refused(lines: list[str]) -> None:
    outcome("\r\n".join(lines))


def outcome(text: str) -> Offer | None:
    try:
        return parse_offer(text)
    except PeerError:
        return None
