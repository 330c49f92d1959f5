"""How late one recording is beside another: told by words that are in both, and never made up."""

import numpy as np
from bench.record_child import sound
from bench.sync import lags
from hypothesis import given, settings
from hypothesis import strategies as st

from vivavoce.media import Pcm
from vivavoce.mix.opus import Decoder, Encoder

WORD = 9_600  # 60 ms of noise in 200 ms


def through_opus(pcm: Pcm, bitrate: int) -> Pcm:
    encoder, decoder = Encoder(bitrate=bitrate), Decoder()
    frames = pcm.reshape(-1, 960)
    return np.concatenate([decoder.decode(encoder.encode(frame)) for frame in frames])


# As it comes, and as it is in the programme, encoded a second time.
SAID = through_opus(np.concatenate([sound(n) for n in range(400)]), 32_000)
HEARD = through_opus(SAID, 32_000)
# What the second encoding adds: libopus' look-ahead (6.5 ms at 48 kHz).
AHEAD = 312

words = st.lists(st.integers(0, 9), min_size=1, max_size=6, unique=True)


@settings(max_examples=8)
@given(late=st.integers(-20_000, 20_000), both=words, one=words, other=words)
def test_a_shift_is_told_whatever_else_was_lost(
    late: int, both: list[int], one: list[int], other: list[int]
) -> None:
    # A word and its ringing out are one piece to look for, or two.
    track, programme = np.zeros((2, 30 * WORD), dtype=np.int16)
    for number in both:
        put(programme, HEARD, number, number * WORD + 10 * WORD)
        put(track, SAID, number, number * WORD + 10 * WORD + late)
    for number in one:  # each has words that the other lost
        put(track, SAID, 20 + number, number * WORD + 20 * WORD + late)
    for number in other:
        put(programme, HEARD, 30 + number, number * WORD)
    found = lags(track, programme)
    assert all(abs(lag.samples - (late - AHEAD)) <= 5 for lag in found.told)
    assert len(found.told) >= len(both)
    assert len(found.lost) >= len(one)


@settings(max_examples=8)
@given(
    cuts=st.lists(st.integers(480, WORD), min_size=10, max_size=10),
    late=st.integers(0, WORD),
    loud=st.booleans(),
)
def test_of_what_has_nothing_in_common_nothing_is_told(
    cuts: list[int], late: int, loud: bool
) -> None:
    track, programme = np.zeros((2, 20 * WORD), dtype=np.int16)
    for number, cut in enumerate(cuts):
        at = number * WORD
        track[at : at + cut] = SAID[at : at + cut]
        other = at + 20 * WORD
        programme[at + late : at + late + WORD - cut] = HEARD[other : other + WORD - cut]
    if loud:  # a click of 20 ms, as wrong a packet may be
        track[5 * WORD : 5 * WORD + 960] = np.clip(SAID[:960].astype(int) * 9, -32_768, 32_767)
    assert lags(track, programme).told == []


def put(to: Pcm, said: Pcm, number: int, at: int) -> None:
    begin = max(0, number * WORD - 480)
    piece = said[begin : begin + WORD]
    to[at : at + len(piece)] = piece
