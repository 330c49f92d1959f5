"""Frames in, parts out: exact numbers in every rhythm, MP3 while wanted, failures survived."""

import math

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vivavoce.media import SEGMENTED, SILENCE, Codec, Part, Pcm
from vivavoce.package import cmaf, rates
from vivavoce.package.encoder import Encoder, PyAvEncoder
from vivavoce.package.heads import AAC_CONFIG, HEADS
from vivavoce.package.packager import Packager
from vivavoce.package.silence import PACKETS, silent_part
from vivavoce.testing.decode import decode
from vivavoce.units import FRAMES_PER_PART, PartNumber


class Counting:
    """An encoder with no delay, whose packets say which samples they cover."""

    head = b""

    def __init__(self, codec: Codec, _bitrate: int) -> None:
        self.codec = codec
        self._size = cmaf.PACKET_SAMPLES.get(codec, 1_152)
        self._taken = 0
        self._given = 0

    def encode(self, pcm: Pcm) -> list[bytes]:
        if np.any(pcm == 13):
            raise av.InvalidDataError(1, "unlucky")
        self._taken += len(pcm)
        packets = []
        while self._given + self._size <= self._taken:
            packets.append(b"%d" % self._given)
            self._given += self._size
        return packets


def by_codec(parts: list[Part], codec: Codec) -> list[Part]:
    return [part for part in parts if part.codec is codec]


@given(
    first=st.integers(0, 1_000).map(PartNumber),
    rhythm=st.lists(st.integers(1, 16), max_size=20),
    toggles=st.lists(st.booleans(), max_size=20),
)
def test_every_rhythm_gives_the_same_parts(
    first: PartNumber, rhythm: list[int], toggles: list[bool]
) -> None:
    packager = Packager(first, make=Counting)
    parts: list[Part] = []
    fed = 0
    for count, wanted in zip(rhythm, toggles + [False] * 20, strict=False):
        packager.want(Codec.MP3, wanted)
        parts += packager.feed([SILENCE] * count)
        fed += count
    assert packager.next_part == first + fed // FRAMES_PER_PART
    parts += packager.flush()
    whole = math.ceil(fed / FRAMES_PER_PART)
    for codec in SEGMENTED:
        mine = by_codec(parts, codec)
        assert [part.number for part in mine] == list(range(first, first + whole))
        starts = [int(packet) for part in mine for packet in cmaf.packets_of(part.body)]
        assert starts == list(range(0, whole * 15_360, cmaf.PACKET_SAMPLES[codec]))
        assert all(
            part.body == cmaf.chunk(codec, part.number, cmaf.packets_of(part.body)) for part in mine
        )
    mp3 = [part.number for part in by_codec(parts, Codec.MP3)]
    assert mp3 == sorted(set(mp3))


def test_mp3_is_made_from_one_part_boundary_to_another() -> None:
    packager = Packager(PartNumber(0), make=Counting)
    made: list[tuple[int, bool]] = []
    for frame in range(6 * FRAMES_PER_PART):
        if frame == 20:
            packager.want(Codec.MP3, True)
        if frame == 70:
            packager.want(Codec.MP3, False)
        made += [
            (part.number, bool(part.body)) for part in by_codec(packager.feed([SILENCE]), Codec.MP3)
        ]
    assert made == [(2, True), (3, True), (4, True)]
    with pytest.raises(ValueError, match="always made"):
        packager.want(Codec.AAC, False)


@given(unlucky=st.integers(0, 79), rhythm=st.integers(1, 16))
def test_a_failed_encoder_costs_no_part_and_no_place_on_the_grid(unlucky: int, rhythm: int) -> None:
    packager = Packager(PartNumber(5), make=Counting)
    packager.want(Codec.MP3, True)
    frames = [SILENCE] * 80
    frames[unlucky] = np.full(960, 13, dtype=np.int16)
    parts = [
        part for at in range(0, 80, rhythm) for part in packager.feed(frames[at : at + rhythm])
    ]
    assert packager.failures == 3
    hit = 5 + unlucky // FRAMES_PER_PART
    parts += packager.feed([SILENCE])  # the next part's first frame brings what was missing
    for codec in SEGMENTED:
        mine = by_codec(parts, codec)
        assert [part.number for part in mine] == [5, 6, 7, 8, 9]
        silent = [part.number for part in mine if part == silent_part(codec, part.number)]
        assert silent == [hit]


def test_an_encoder_that_cannot_be_opened_is_tried_again_at_each_part() -> None:
    tries = 0

    def make(codec: Codec, bitrate: int) -> Encoder:
        nonlocal tries
        tries += 1
        if tries <= 3:
            raise av.FFmpegError(1, "not now")
        return Counting(codec, bitrate)

    packager = Packager(PartNumber(0), (Codec.OPUS,), make=make)
    parts = packager.feed([SILENCE] * (5 * FRAMES_PER_PART))
    silent = [part.number for part in parts if part == silent_part(part.codec, part.number)]
    assert silent == [0, 1, 2]
    assert [part.number for part in parts] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("codec", SEGMENTED)
def test_ready_made_silence_is_what_the_encoder_makes_and_decodes_to_nothing(codec: Codec) -> None:
    encoder = PyAvEncoder(codec, 32_000)
    assert set(encoder.encode(np.zeros(48_000, np.int16))) == {PACKETS[codec]}
    parts = [silent_part(codec, PartNumber(n)).body for n in range(4)]
    pcm = decode(HEADS[codec] + b"".join(parts))
    assert len(pcm) == 4 * 15_360
    assert not np.any(pcm)


def test_the_encoder_agrees_with_the_head() -> None:
    context = av.CodecContext.create("aac", "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate, context.layout, context.format = 48_000, "mono", "fltp"
    context.open()
    assert context.extradata == AAC_CONFIG


@pytest.mark.parametrize("codec", SEGMENTED)
@settings(max_examples=10, deadline=None)
@given(at=st.integers(2_000, 40_000), rhythm=st.sampled_from([960, 1_920, 4_800]))
def test_a_click_comes_out_where_it_went_in(codec: Codec, at: int, rhythm: int) -> None:
    pcm = np.zeros(61_440, np.int16)
    pcm[at] = 30_000
    packager = Packager(PartNumber(0), (codec,))
    frames = list(pcm.reshape(-1, 960))
    step = rhythm // 960
    parts = [part for n in range(0, 64, step) for part in packager.feed(frames[n : n + step])]
    heard = decode(HEADS[codec] + b"".join(part.body for part in parts + packager.flush()))
    assert len(heard) == len(pcm)
    assert abs(int(np.argmax(np.abs(heard.astype(int)))) - at) <= 1


def test_mp3_frames_stand_alone() -> None:
    packager = Packager(PartNumber(0))
    packager.want(Codec.MP3, True)
    noise = np.random.default_rng(1).normal(0, 3_000, 960).astype(np.int16)
    parts = by_codec(packager.feed([noise] * 160), Codec.MP3)
    assert len(parts) == 10
    for part in parts:
        # 64 kbit/s at 48 kHz is 192 bytes a frame; after the 4-byte header, the 9 bits of
        # main_data_begin say how far a frame reaches back (ISO/IEC 11172-3, 2.4.1.7).
        frames = [part.body[at : at + 192] for at in range(0, len(part.body), 192)]
        assert all(frame[:2] == b"\xff\xfb" for frame in frames)
        assert all(frame[4] == 0 and not frame[5] & 0x80 for frame in frames)


@pytest.mark.parametrize("level", [300, 8_000, 20_000])
@pytest.mark.parametrize("pause", [12 * 16, 25, 100])
def test_no_sound_needs_more_than_was_declared(level: int, pause: int) -> None:
    # An encoder that has saved bits in silence may spend them afterwards, and most in noise.
    noise = np.random.default_rng(1).normal(0, level, (16 * 54, 960)).clip(-32_768, 32_767)
    noise[np.arange(len(noise)) // pause % 2 == 0] = 0
    parts = Packager(PartNumber(0)).feed(list(noise.astype(np.int16)))
    for codec in SEGMENTED:
        bodies = [part.body for part in by_codec(parts, codec)]
        segments = [(sum(map(len, bodies[at : at + 6])), 6) for at in range(48)]
        assert rates.peak(segments) <= rates.declared(rates.BITRATES[codec])
