import struct

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.webrtc import rtp
from vivavoce.webrtc.rtp import AudioLevel, Unwrapper, audio_level

u4, u8 = st.integers(0, 15), st.integers(0, 255)
u16, u32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)


@given(pt=st.integers(0, 127), seq=u16, ts=u32, ssrc=u32, payload=st.binary(max_size=100))
def test_what_is_built_is_read_back(pt: int, seq: int, ts: int, ssrc: int, payload: bytes) -> None:
    packet = rtp.parse(rtp.build(pt, seq, ts, ssrc, payload))
    assert packet == rtp.RtpPacket(pt, False, seq, ts, ssrc, payload)


@given(data=st.binary(max_size=100))
def test_noise_raises_nothing(data: bytes) -> None:
    rtp.parse(data)


@given(data=st.binary(min_size=11, max_size=80), flags=st.integers(0, 63))
def test_lengths_that_lie_never_give_more_than_was_sent(data: bytes, flags: int) -> None:
    packet = rtp.parse(bytes([0x80 | flags]) + data)
    if packet is not None:
        assert len(packet.payload) <= len(data) + 1 - 12
        for number in range(16):
            element = packet.element(number)
            assert element is None or len(element) <= len(packet.extension)


@given(
    extension=st.binary(max_size=12) | st.builds(lambda n, b: bytes((n << 4, b)), u4, u8),
    profile=st.sampled_from([0xBEDE, 0x1000, 0x1234]),
    number=st.integers(0, 15),
)
def test_the_level_is_that_of_its_element(extension: bytes, profile: int, number: int) -> None:
    packet = rtp.RtpPacket(111, False, 1, 2, 3, b"voice", extension, profile)
    level = audio_level(packet.element(number))
    assert packet.level_dbov(number) == (None if level is None else level.dbov)


def packet(*, first: int, rest: bytes) -> bytes:
    return struct.pack("!BBHII", first, 111, 1, 2, 3) + rest


def test_rtp_padding_lies_are_refused() -> None:
    assert rtp.parse(packet(first=0xA0, rest=b"voice\x00")) is None  # none, though there is some
    assert rtp.parse(packet(first=0xA0, rest=b"voice\x07")) is None  # more than there is
    assert rtp.parse(packet(first=0xA0, rest=b"")) is None
    good = rtp.parse(packet(first=0xA0, rest=b"voice\x00\x00\x03"))
    assert good is not None
    assert good.payload == b"voice"


def test_rtp_extension_lies_are_refused() -> None:
    assert rtp.parse(packet(first=0x90, rest=b"\xbe\xde\x00\x02abcd")) is None
    assert rtp.parse(packet(first=0x90, rest=b"\xbe")) is None
    assert rtp.parse(packet(first=0x8F, rest=b"csrc")) is None  # 15 CSRCs, room for one
    # An element that is longer than its extension, in both forms.
    one = rtp.parse(packet(first=0x90, rest=b"\xbe\xde\x00\x01\x1f\xaa\xbb\xccvoice"))
    two = rtp.parse(packet(first=0x90, rest=b"\x10\x00\x00\x01\x01\xff\xbb\xccvoice"))
    assert one is not None
    assert one.element(1) is None
    assert one.payload == b"voice"
    assert two is not None
    assert two.element(1) is None
    assert two.payload == b"voice"


def test_elements_are_found_in_both_forms() -> None:
    one = rtp.parse(packet(first=0x90, rest=b"\xbe\xde\x00\x02\x00\x30\x99\x11\xaa\xbb\x00\x00v"))
    two = rtp.parse(packet(first=0x90, rest=b"\x10\x00\x00\x02\x03\x01\x99\x00\x01\x02\xaa\xbbv"))
    for found in (one, two):
        assert found is not None
        assert found.element(3) == b"\x99"
        assert found.element(1) == b"\xaa\xbb"
        assert found.element(2) is None


def test_a_reserved_element_ends_the_reading() -> None:
    found = rtp.parse(packet(first=0x90, rest=b"\xbe\xde\x00\x01\xf0\x10\xaa\x00v"))
    assert found is not None
    assert found.element(1) is None


def test_audio_level_is_read_as_rfc_6464_says() -> None:
    assert audio_level(b"\x94") == AudioLevel(-20, voice=True)
    assert audio_level(b"\x7f\x00") == AudioLevel(-127, voice=False)
    assert audio_level(b"") is None
    assert audio_level(None) is None


@given(
    start=u16,
    steps=st.lists(st.integers(-30_000, 30_000), max_size=60),
)
def test_a_counter_is_unwrapped_as_if_it_had_never_wrapped(start: int, steps: list[int]) -> None:
    unwrapper = Unwrapper(16)
    newest = unwrapper.unwrap(start)
    assert newest == start
    for step in steps:
        true = newest + step
        assert unwrapper.unwrap(true & 0xFFFF) == true
        newest = max(newest, true)
