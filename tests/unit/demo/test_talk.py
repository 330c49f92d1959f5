"""Two speakers who wait for one cue begin together, whatever frame each is at."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.demo.talk import OPUS_SILENCE, Cue, Line


@given(before=st.integers(0, 50), length=st.integers(1, 50), after=st.integers(1, 5))
def test_a_line_is_said_once_and_whole_after_the_cue(before: int, length: int, after: int) -> None:
    cue, ends = Cue(), list[int]()
    payloads = [bytes([n]) for n in range(length)]
    line = Line(payloads, cue, lambda: ends.append(1))
    assert [line(n) for n in range(before)] == [OPUS_SILENCE] * before
    cue.given = True
    assert [line(n) for n in range(before, before + length)] == payloads
    assert ends == []
    assert [line(before + length + n) for n in range(after)] == [OPUS_SILENCE] * after
    assert len(ends) == after


def test_the_silence_is_silent_opus() -> None:
    import av

    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate, decoder.layout = 48_000, "mono"
    frames = decoder.decode(av.Packet(OPUS_SILENCE))
    assert sum(frame.samples for frame in frames) > 0
    assert all(not frame.to_ndarray().any() for frame in frames)
