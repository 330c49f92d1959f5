import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.errors import PeerError
from vivavoce.media import SILENCE, Pcm
from vivavoce.mix.opus import Decoder, Encoder
from vivavoce.mix.voice import Voice, duration, fit
from vivavoce.testing import LossyLink, dominant_hz, level_db, tone
from vivavoce.units import FRAME_SAMPLES, Samples

TICK = 0.02
NINE_TENTHS_DB = 20 * np.log10(0.9)


def spoken(seconds: float, hz: float = 1000) -> list[bytes]:
    encoder = Encoder(loss_percent=20)
    count = round(seconds / TICK)
    pcm = tone(hz, Samples(count * FRAME_SAMPLES))
    return [encoder.encode(pcm[n * 960 : (n + 1) * 960]) for n in range(count)]


def hear(voice: Voice, arrivals: list[tuple[float, tuple[int, bytes]]], seconds: float) -> Pcm:
    queue, out = sorted(arrivals)[::-1], []
    for n in range(round(seconds / TICK)):
        now = n * TICK + 0.003
        while queue and queue[-1][0] <= now:
            at, (sequence, payload) = queue.pop()
            voice.push(sequence, sequence * FRAME_SAMPLES, payload, False, at)
        out.append(voice.tick(now))
        assert out[-1].shape == (FRAME_SAMPLES,)
        assert out[-1].dtype == np.int16
    return np.concatenate(out)


@pytest.mark.parametrize(("loss", "burst"), [(0.10, 1.0), (0.05, 6.0), (0.20, 1.0)])
def test_the_tone_keeps_nine_tenths_of_its_level_on_a_lossy_line(loss: float, burst: float) -> None:
    sent = [(n * TICK, (n, payload)) for n, payload in enumerate(spoken(60))]
    clean = hear(Voice(Decoder()), sent, 60)[96_000:]
    link = LossyLink(11, loss=loss, burst=burst, delay_s=0.03, jitter_s=0.02)
    lossy = hear(Voice(Decoder()), link.deliver(sent), 60)[96_000:]
    assert level_db(lossy) - level_db(clean) >= NINE_TENTHS_DB
    assert abs(dominant_hz(lossy) - 1000) < 1


def test_a_clock_that_drifts_does_not_change_the_pitch() -> None:
    period = TICK * (1 - 300e-6)
    sent = [(n * period, (n, payload)) for n, payload in enumerate(spoken(60))]
    voice = Voice(Decoder())
    heard = hear(voice, sent, 59)[48_000:]
    seconds = [heard[n * 48_000 : (n + 1) * 48_000] for n in range(57)]
    assert all(abs(dominant_hz(second) - 1000) < 2.5 for second in seconds)  # 4 cent
    assert all(abs(level_db(second) + 20) < 0.3 for second in seconds)
    assert voice.buffer.tally.corrected > 0


def test_what_cannot_be_decoded_costs_its_own_time_and_is_counted() -> None:
    voice = Voice(Decoder())
    sent = [(n * TICK, (n, p)) for n, p in enumerate(spoken(2))]
    # The first byte says CELT, 20 ms, and a frame count that its bytes contradict.
    bad = [(at, (n, b"\xfb\x05\xff" if n == 50 else p)) for at, (n, p) in sent]
    heard = hear(voice, bad, 1.9)
    assert level_db(heard[-4800:]) > -21


class Broken:
    """A decoder that takes nothing."""

    def decode(self, payload: bytes) -> Pcm:
        raise PeerError("bad_opus", "no")

    def recover(self, following: bytes, samples: int) -> Pcm:
        raise PeerError("bad_opus", "no")

    def conceal(self, samples: int) -> Pcm:
        return np.ones(samples, dtype=np.int16)


def test_undecodable_packets_are_counted_in_a_row() -> None:
    voice = Voice(Broken())
    for n, payload in enumerate(spoken(1)):
        voice.push(n, n * 960, payload, False, n * TICK)
        voice.tick(n * TICK + 0.01)
    assert voice.undecodable >= 48
    voice.decoder = Decoder()
    for n, payload in enumerate(spoken(1)):
        voice.push(50 + n, (50 + n) * 960, payload, False, 1 + n * TICK)
        voice.tick(1 + n * TICK + 0.01)
    assert voice.undecodable == 0


def test_silence_is_not_decoded_once_the_voice_has_rung_out() -> None:
    voice, out = Voice(Broken()), []
    for n, payload in enumerate(spoken(1)):
        voice.push(n, n * 960, payload, True, n * TICK)
        out.append(voice.tick(n * TICK + 0.01))
    assert all(frame is SILENCE for frame in out[10:])


class Speaker:
    """Sends a packet each 20 ms by a clock of its own; each arrives 5 ms later, unless lost."""

    def __init__(self, *, ppm: float = 0.0) -> None:
        self.voice = Voice(Decoder())
        self._packets = spoken(20)
        self._period = TICK * (1 + ppm / 1e6)
        self._sent = self._ticks = 0

    def go_on(self, ticks: int, *, silent: bool, lost: int | None = None) -> list[Pcm]:
        """Let ticks pass; the packet ``lost``, counted from now on, does not arrive."""
        first, out = self._sent, []
        for _ in range(ticks):
            now = self._ticks * TICK + 0.011
            while (at := self._sent * self._period + 0.005) <= now:
                if self._sent - first != lost:
                    payload = self._packets[self._sent % len(self._packets)]
                    self.voice.push(self._sent, self._sent * FRAME_SAMPLES, payload, silent, at)
                self._sent += 1
            out.append(self.voice.tick(now))
            self._ticks += 1
        return out


@pytest.mark.parametrize("ppm", [-200, 0, 200])
def test_after_ten_minutes_of_silence_a_voice_is_heard_at_once_and_as_early_as_before(
    ppm: float,
) -> None:
    speaker = Speaker(ppm=ppm)
    speaker.go_on(1_000, silent=False)
    before = speaker.voice.delay_s()
    near = pytest.approx(before, abs=0.028)  # playing moves by whole frames: one, and its deadband
    speaker.go_on(30_000, silent=True)  # a drift of 120 ms
    assert speaker.voice.delay_s() == near
    heard = speaker.go_on(500, silent=False)
    loud = [frame is not SILENCE and level_db(frame) > -23 for frame in heard]
    assert all(loud[3:])
    assert speaker.voice.delay_s() == near
    assert speaker.voice.buffer.tally.concealed <= 2


def test_a_lost_packet_at_the_onset_of_a_word_is_made_from_the_next() -> None:
    speaker = Speaker()
    speaker.go_on(100, silent=False)
    speaker.go_on(100, silent=True)
    tally = speaker.voice.buffer.tally
    recovered, rested = tally.recovered, tally.rested
    heard = speaker.go_on(20, silent=False, lost=0)
    onset = next(n for n, frame in enumerate(heard) if frame is not SILENCE)
    assert level_db(heard[onset]) > -28  # what is spare data is coarse
    assert (tally.recovered, tally.rested) == (recovered + 1, rested)


def test_nothing_in_is_silence_out() -> None:
    assert Voice(Broken()).tick(1.0) is SILENCE


@given(step=st.integers(-48, 48), hz=st.floats(100, 2000))
def test_a_frame_that_is_fitted_keeps_its_ends_and_its_level(step: int, hz: float) -> None:
    pcm = tone(hz, Samples(FRAME_SAMPLES + step))
    fitted = fit(pcm)
    assert fitted.shape == (FRAME_SAMPLES,)
    assert (fitted[0], fitted[-1]) == (pcm[0], pcm[-1])
    assert abs(level_db(fitted) - level_db(pcm)) < 0.3


@given(payload=st.binary(max_size=20))
def test_a_duration_is_what_libopus_decodes(payload: bytes) -> None:
    try:
        decoded = len(Decoder().decode(payload))
    except PeerError:
        return  # its first bytes may say more than its frames hold
    assert duration(payload) == decoded


@given(payload=st.binary(min_size=1, max_size=20))
def test_a_duration_is_a_multiple_of_what_opus_can_conceal(payload: bytes) -> None:
    found = duration(payload)
    assert found is None or (found % 120 == 0 and 0 < found <= 5760)
