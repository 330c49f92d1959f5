"""Every parser of bytes that strangers, peers or a disk give, each with what it may answer.

A reader takes bytes and returns nothing: it fails (``AssertionError``) if an answer breaks the
parser's promise, and lets through whatever the parser raises beyond what it promises.
"""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.types import Message
from tests.caller import WALL, Caller

from vivavoce.bus.messages import Card, Gone, Head, Hello, Report, Sound, read_down, read_up
from vivavoce.deliver.files import File
from vivavoce.deliver.http import HEAD_LIMIT, RequestParser
from vivavoce.deliver.lookup import _card
from vivavoce.deliver.proxies import Proxies
from vivavoce.deliver.proxy_line import introduced
from vivavoce.deliver.records import object_in, ranges_in, segments_in
from vivavoce.errors import PeerError
from vivavoce.media import Codec
from vivavoce.package import cmaf
from vivavoce.record import layout, seal, tracks
from vivavoce.record.takedowns import read_takedowns
from vivavoce.record.talk import Talk
from vivavoce.stage.handsocket import lowers
from vivavoce.stage.messages import MAX_MESSAGE_BYTES
from vivavoce.stage.messages import read as read_message
from vivavoce.stage.whip import MAX_BODY_BYTES, _body
from vivavoce.units import PARTS_PER_SEGMENT, SegmentNumber
from vivavoce.webrtc import demux, rtcp, rtp, stun
from vivavoce.webrtc.answer import Local, build_answer
from vivavoce.webrtc.dtls import MTU, Dtls, Identity, _lengths
from vivavoce.webrtc.ice import Credentials, ufrag_of
from vivavoce.webrtc.offer import parse_offer

Reader = Callable[[bytes], None]
IDENTITY: Final = Identity(WALL)
EXPECTED: Final = parse_offer(Caller().offer()).fingerprints
LOCAL: Final = Local(
    session=1,
    version=1,
    credentials=Credentials("abcd", "a" * 24),
    fingerprint=IDENTITY.fingerprint,
    addresses=(("192.0.2.1", 50_000),),
    ssrc=1,
    cname="c",
    returns=True,
)
TRUSTING: Final = Proxies.read("0.0.0.0/0, ::/0")
SHOW: Final = "0123456789"


def read_stun(data: bytes) -> None:
    message = stun.parse(data)
    if message is None:
        return
    assert not message.signed_by("not the password of any seed")
    assert message.error is None or 0 <= message.error < 1_000
    assert len(message.attributes) <= stun.MAX_ATTRIBUTES
    assert ufrag_of(message) is None or ":" not in str(ufrag_of(message))
    assert message.mapped is None or 0 <= message.mapped[1] < 65_536
    for code in (400, 401, 420, 487):
        assert stun.parse(stun.refusal(message, code, "p")) is not None


def read_sdp(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    with suppress(PeerError):
        offer = parse_offer(text)
        answer = build_answer(offer, LOCAL)
        lines = answer.removesuffix("\r\n").split("\r\n")
        # Nothing of the offer breaks out of its line, and each section has its answer.
        assert all(line[1] == "=" and line.isprintable() for line in lines)
        assert sum(line.startswith("m=") for line in lines) == len(offer.sections)
        assert sum(line.startswith("a=fingerprint:") for line in lines) == 1


def read_rtp(data: bytes) -> None:
    packet = rtp.parse(data)
    if packet is None:
        return
    assert len(packet.payload) + len(packet.extension) + 12 <= len(data)
    assert packet.payload in data
    for number in range(16):
        element = packet.element(number)
        assert element is None or element in packet.extension
        level = rtp.audio_level(element)
        assert level is None or -127 <= level.dbov <= 0


def read_rtcp(data: bytes) -> None:
    reports = rtcp.parse(data)
    if reports is not None:
        said = 24 * len(reports.receptions) + 20 * len(reports.senders) + 4 * len(reports.byes)
        assert said <= len(data)


def read_dtls(data: bytes) -> None:
    lengths = _lengths(data)
    assert lengths is None or sum(lengths) == len(data)
    association = Dtls(IDENTITY, EXPECTED)
    with suppress(PeerError):
        for _ in range(2):
            assert all(len(datagram) <= MTU for datagram in association.receive(data))
    assert association.keys is None


def read_datagram(data: bytes) -> None:
    assert isinstance(demux.kind_of(data), demux.Kind)


def read_signalling(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    with suppress(PeerError):
        read_message(text)
        assert len(data) <= MAX_MESSAGE_BYTES
    lowers(data)


def read_whip(data: bytes) -> None:
    """The body of an offer over WHIP, as it comes in pieces, and the offer in it."""
    pieces = [data[:100], data[100:101], data[101:]]

    async def receive() -> Message:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    taken = _body(Request({"type": "http", "headers": []}, receive))
    try:
        with suppress(StopIteration):
            taken.send(None)  # nothing in it waits
            raise AssertionError
    except PeerError:
        return
    assert len(data) <= MAX_BODY_BYTES
    read_sdp(data)


def read_cmaf(data: bytes) -> None:
    for codec in (Codec.OPUS, Codec.AAC):
        parts = list(cmaf.parts_in(codec, data))
        assert b"".join(part.body for part in parts) == data[: sum(len(p.body) for p in parts)]
        count, size = layout.leading_parts(codec, SegmentNumber(0), data)
        assert 0 <= count <= PARTS_PER_SEGMENT
        assert size <= len(data)
        assert len(layout.salvage(codec, SegmentNumber(0), data)) <= PARTS_PER_SEGMENT


def read_ogg(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "track.ogg"
        path.write_bytes(data)
        went_on = tracks._continue(path)
        assert (went_on is None) != path.exists(), "gone on with, or set aside to be seen"


def read_seal(data: bytes) -> None:
    chain, size = seal.Chain.read(SHOW, 1_723_509_720_000, data)
    assert size <= len(data)
    again, whole = seal.Chain.read(SHOW, 1_723_509_720_000, data[:size])
    assert (again.head, whole) == (chain.head, size)
    seal.newest(data)


def read_takes(data: bytes) -> None:
    file = Talk(data.splitlines()).file([])
    assert all(0 <= who < len(file.speakers) and begin < end for who, begin, end in file.spans)
    for takedown in read_takedowns(data):
        assert isinstance(takedown.from_ms, int)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "seat.json"
        path.write_bytes(data)
        assert isinstance(tracks._name_in(path), str)
        assert all(len(mark) == 3 for mark in tracks._marks_in(path))


def read_public(data: bytes) -> None:
    """What an edge reads beside the sound: a card, playlists, ranges."""
    file = File.of(data)
    card = _card(file, SHOW)
    assert card is None or card.show == SHOW
    assert isinstance(object_in(file), dict)
    assert all(isinstance(begin, int) for begin, _ in ranges_in(file))
    assert all(0 <= number < 10**8 for number in [*segments_in(file), *layout.listed(data)])


def read_feed(data: bytes) -> None:
    down, up = read_down(data), read_up(data)
    assert down is None or isinstance(down, Hello | Card | Gone | Head | Sound)
    assert up is None or isinstance(up, Report)


def read_http(data: bytes) -> None:
    answers = []
    for pieces in ([data], [data[n : n + 1] for n in range(len(data))]):
        parser, found = RequestParser(), []
        with suppress(PeerError):
            for piece in pieces:
                parser.receive(piece)
                while (request := parser.next()) is not None:
                    found.append(request)
                    assert request.method in ("GET", "HEAD")
                    assert TRUSTING.origin("192.0.2.1", request.headers.get("x-forwarded-for"))
                assert parser.buffered <= HEAD_LIMIT
        answers.append(found)
    assert answers[0] == answers[1], "the same requests, however they were cut"


def read_proxy(data: bytes) -> None:
    with suppress(PeerError):
        said = introduced(data)
        assert said is None or said.size <= len(data)


READERS: Final[dict[str, Reader]] = {
    "stun": read_stun,
    "sdp": read_sdp,
    "rtp": read_rtp,
    "rtcp": read_rtcp,
    "dtls": read_dtls,
    "datagram": read_datagram,
    "signalling": read_signalling,
    "whip": read_whip,
    "cmaf": read_cmaf,
    "ogg": read_ogg,
    "seal": read_seal,
    "takes": read_takes,
    "public": read_public,
    "feed": read_feed,
    "http": read_http,
    "proxy": read_proxy,
}
