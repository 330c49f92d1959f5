import re

import pytest
from tests.unit.webrtc.test_offer import CHROMIUM, FIREFOX

from vivavoce.webrtc.answer import Local, answered, build_answer, candidate
from vivavoce.webrtc.ice import Credentials
from vivavoce.webrtc.offer import Direction, Fingerprint, parse_offer

LOCAL = Local(
    session=17,
    version=2,
    credentials=Credentials("ufra", "p" * 24),
    fingerprint=Fingerprint("sha-256", bytes(range(32))),
    addresses=(("192.0.2.1", 8082), ("2001:db8::1", 8082)),
    ssrc=99,
    cname="viva-voce",
    returns=False,
)


def test_the_answer_to_chromium() -> None:
    assert build_answer(parse_offer(CHROMIUM), LOCAL).split("\r\n") == [
        "v=0",
        "o=- 17 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        "a=group:BUNDLE 0",
        "m=audio 8082 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 192.0.2.1",
        "a=recvonly",
        "a=mid:0",
        "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1;stereo=0;sprop-stereo=0",
        "a=ptime:20",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "a=ice-ufrag:ufra",
        f"a=ice-pwd:{'p' * 24}",
        "a=fingerprint:sha-256 " + ":".join(f"{n:02X}" for n in range(32)),
        "a=setup:passive",
        "a=candidate:1 1 udp 2130706431 192.0.2.1 8082 typ host",
        "a=candidate:2 1 udp 2130706175 2001:db8::1 8082 typ host",
        "a=end-of-candidates",
        "",
    ]


def test_what_is_not_taken_is_refused_in_its_place() -> None:
    answer = build_answer(parse_offer(FIREFOX), LOCAL)
    sections = re.split(r"(?m)^(?=m=)", answer)[1:]
    assert [s.split("\r\n")[0] for s in sections] == [
        "m=video 0 UDP/TLS/RTP/SAVPF 120",
        "m=audio 8082 UDP/TLS/RTP/SAVPF 109",
    ]
    assert "a=inactive" in sections[0]
    assert "a=group:BUNDLE 1\r\n" in answer


@pytest.mark.parametrize(
    ("offered", "returns", "answer"),
    [
        (Direction.BOTH, False, Direction.RECEIVE),
        (Direction.BOTH, True, Direction.BOTH),
        (Direction.SEND, True, Direction.RECEIVE),
        (Direction.RECEIVE, True, Direction.SEND),
        (Direction.RECEIVE, False, Direction.NONE),
        (Direction.NONE, True, Direction.NONE),
    ],
)
def test_directions_fit_each_other(offered: Direction, returns: bool, answer: Direction) -> None:
    assert answered(offered, returns) is answer


def test_better_addresses_have_higher_priority() -> None:
    priorities = [int(candidate(n, ("192.0.2.1", 1)).split()[3]) for n in range(8)]
    assert priorities == sorted(priorities, reverse=True)
    assert len(set(priorities)) == 8
