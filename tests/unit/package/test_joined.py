"""One fragment for a batch: the same frames in the same order, and the same sound."""

import io
import struct

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.media import SEGMENTED, Codec
from vivavoce.package import cmaf
from vivavoce.package.heads import HEADS
from vivavoce.package.joined import joined, merged
from vivavoce.package.packager import Packager
from vivavoce.testing.fragments import frames_of, read_fragment
from vivavoce.units import FRAME_SAMPLES, PartNumber, start_of

NUMBERS = st.integers(0, 2**31).map(PartNumber)


@given(
    codec=st.sampled_from(SEGMENTED),
    first=NUMBERS,
    seeds=st.lists(st.binary(max_size=1_300), min_size=2, max_size=6),
)
def test_it_has_all_packets_in_order_and_lasts_as_long(
    codec: Codec, first: PartNumber, seeds: list[bytes]
) -> None:
    count = cmaf.PACKETS_PER_PART[codec]
    packets = [[seed[n:] for n in range(count)] for seed in seeds]
    chunks = [cmaf.chunk(codec, PartNumber(first + n), p) for n, p in enumerate(packets)]
    found = read_fragment(joined(chunks))
    assert found.time == start_of(first)
    assert found.duration * len(found.packets) == len(seeds) * 15_360
    flat = [packet for part in packets for packet in part]
    assert b"".join(found.packets) == b"".join(flat) or _frames(found.packets) == _frames(flat)


def _frames(packets: list[bytes]) -> list[bytes]:
    return [frame for packet in packets for frame in frames_of(packet)]


@given(
    contents=st.integers(0, 63).map(lambda kind: kind << 2),
    frames=st.lists(st.binary(max_size=1_275), min_size=6, max_size=36),
)
def test_six_frames_of_a_kind_make_a_packet(contents: int, frames: list[bytes]) -> None:
    packets = [bytes((contents,)) + frame for frame in frames]
    made = merged(packets)
    if len(frames) % 6:
        assert made is None
        return
    assert made is not None
    assert _frames(made) == _frames(packets)
    assert {packet[0] >> 2 for packet in made} == {contents >> 2}
    mixed = [bytes((contents ^ 8,)) + frames[0], *packets[1:]]
    assert merged(mixed) is None


@pytest.mark.parametrize("codec", SEGMENTED)
def test_joined_parts_sound_as_single_ones_do(codec: Codec) -> None:
    chance = np.random.default_rng(1)
    frames = [chance.integers(-9_000, 9_000, FRAME_SAMPLES, dtype=np.int16) for _ in range(112)]
    bodies = [part.body for part in Packager(PartNumber(7)).feed(frames) if part.codec is codec]
    assert len(bodies) >= 6
    one = decoded(HEADS[codec] + b"".join(bodies[:6]))
    assert np.array_equal(decoded(HEADS[codec] + joined(bodies[:6])), one)


def test_a_batch_of_six_costs_a_twentieth_beyond_its_sound_at_most() -> None:
    packets = [b"\xf8" + bytes(79)] * 16  # 32 kbit/s
    chunks = [cmaf.chunk(Codec.OPUS, PartNumber(n), packets) for n in range(6)]
    assert len(joined(chunks)) <= 1.05 * 6 * 16 * 80


def test_parts_that_do_not_follow_each_other_are_not_joined() -> None:
    chunks = [cmaf.chunk(Codec.OPUS, PartNumber(n), [b"x"] * 16) for n in (3, 5)]
    assert joined(chunks) == b"".join(chunks)
    assert joined([b"moov", b"y"]) == b"moovy"
    assert joined(chunks[:1]) == chunks[0]
    silence = struct.pack(">I", 0)
    assert joined([chunks[0], silence]) == chunks[0] + silence


def decoded(file: bytes) -> npt.NDArray[np.float32]:
    with av.open(io.BytesIO(file), "r") as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(frames, axis=1)
