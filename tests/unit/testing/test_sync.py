"""How late one recording is beside another: told where it can be, and never made up."""

import numpy as np
from bench.record_child import sound
from bench.sync import WINDOW, Lag, lags
from hypothesis import given, settings
from hypothesis import strategies as st

from vivavoce.media import Pcm
from vivavoce.mix.opus import Decoder, Encoder

WORD = 9_600  # 60 ms of noise in 200 ms


def spoken(words: int) -> Pcm:
    """Return what the benchmarks say, after Opus; no word is like another."""
    encoder, decoder = Encoder(bitrate=32_000), Decoder()
    return np.concatenate([decoder.decode(encoder.encode(sound(n))) for n in range(words * 10)])


SPOKEN = spoken(40)


@settings(max_examples=12)
@given(late=st.integers(-9_600, 9_600), words=st.integers(1, 9), other=st.integers(0, 9))
def test_a_shift_is_told_to_the_sample_by_a_single_word(late: int, words: int, other: int) -> None:
    track, programme = np.zeros((2, WINDOW), dtype=np.int16)
    said = SPOKEN[: words * WORD]
    middle = WINDOW // 2 - WORD
    programme[middle : middle + WORD] = SPOKEN[20 * WORD : 21 * WORD]
    track[middle + late : middle + late + WORD] = SPOKEN[20 * WORD : 21 * WORD]
    # Before it each has words that the other lost.
    room = middle - 9_600
    programme[:room] = said[:room] if len(said) >= room else np.pad(said, (0, room - len(said)))
    track[: other * WORD // 3] = SPOKEN[30 * WORD : 30 * WORD + other * WORD // 3]
    assert lags(track, programme).told == [Lag(0, late)]


@settings(max_examples=20)
@given(
    words=st.lists(st.tuples(st.integers(0, 9), st.integers(48, WORD)), min_size=1, max_size=6),
    others=st.lists(st.tuples(st.integers(0, 9), st.integers(48, WORD)), min_size=1, max_size=6),
)
def test_of_what_has_nothing_in_common_nothing_is_told(
    words: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    track, programme = np.zeros((2, WINDOW), dtype=np.int16)
    for first, pcm, pieces in ((0, track, words), (20, programme, others)):
        for number, (place, length) in enumerate(pieces):
            begin = (first + number) * WORD
            at = place * WORD
            pcm[at : at + length] = SPOKEN[begin : begin + length]
    assert lags(track, programme).told == []
