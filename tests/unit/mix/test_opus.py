import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.errors import PeerError
from vivavoce.media import SILENCE, Pcm
from vivavoce.mix.opus import MAX_PACKET_SAMPLES, Decoder, Encoder
from vivavoce.testing import level_db, tone, tone_level_db
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE, Samples

TONE = tone(1000, Samples(100 * FRAME_SAMPLES))
# Libopus adds FEC to what it takes for a voice; a steady tone it takes for noise before long.
BEAT = 0.6 + 0.4 * np.sin(2 * np.pi * 3 * np.arange(len(TONE)) / SAMPLE_RATE)
VOICE = (TONE * BEAT).astype(np.int16)


def encoded(pcm: Pcm, loss_percent: int = 10) -> list[bytes]:
    encoder = Encoder(loss_percent=loss_percent)
    return [encoder.encode(pcm[n : n + 960]) for n in range(0, len(pcm), FRAME_SAMPLES)]


def test_a_tone_survives() -> None:
    decoder = Decoder()
    heard = np.concatenate([decoder.decode(packet) for packet in encoded(TONE)])
    assert abs(tone_level_db(heard[9600:], 1000) - tone_level_db(TONE, 1000)) < 0.5


def with_losses(packets: list[bytes], *, fec: bool) -> float:
    """Return the level of the frames that were lost, one in ten."""
    decoder, made = Decoder(), []
    for n, packet in enumerate(packets):
        if n % 10 != 5:
            decoder.decode(packet)
        elif fec:
            made.append(decoder.recover(packets[n + 1], FRAME_SAMPLES))
        else:
            made.append(decoder.conceal(FRAME_SAMPLES))
    return level_db(np.concatenate(made[2:]))


def test_fec_brings_a_lost_frame_back_where_concealment_fades() -> None:
    clean, packets = level_db(VOICE), encoded(VOICE, loss_percent=20)
    assert abs(with_losses(packets, fec=True) - clean) < 1.0
    assert -12 < with_losses(packets, fec=False) - clean < -1.5


def test_dtx_sends_next_to_nothing_for_silence() -> None:
    encoder = Encoder(dtx=True)
    sizes = [len(encoder.encode(SILENCE)) for _ in range(100)]
    assert sum(size <= 2 for size in sizes) >= 80


@given(payload=st.binary(max_size=300))
def test_corrupt_opus_is_the_peer_s_fault_or_at_most_120_ms_of_sound(payload: bytes) -> None:
    decoder = Decoder()
    with contextlib.suppress(PeerError):
        assert 0 < len(decoder.decode(payload)) <= MAX_PACKET_SAMPLES
    assert len(decoder.conceal(FRAME_SAMPLES)) == FRAME_SAMPLES


def test_no_bytes_are_not_taken_for_a_loss() -> None:
    with pytest.raises(PeerError):
        Decoder().decode(b"")


def test_what_was_decoded_stays_as_it_was() -> None:
    decoder = Decoder()
    packets = encoded(TONE)
    first = decoder.decode(packets[10])
    copy = first.copy()
    decoder.decode(packets[20])
    assert np.array_equal(first, copy)
