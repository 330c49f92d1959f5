from hypothesis import given
from hypothesis import strategies as st

from vivavoce.media import SILENCE, Frame
from vivavoce.stage.backlog import BOUND, Backlog
from vivavoce.testing import tone
from vivavoce.units import FRAME_SAMPLES, Samples

SOUND: Frame = tone(440, Samples(FRAME_SAMPLES))


@given(st.lists(st.integers(-200, 200), max_size=60))
def test_as_many_frames_leave_as_came_and_the_lost_ones_are_silent(moves: list[int]) -> None:
    """Positive: so many frames come. Negative: so many are asked for."""
    backlog = Backlog()
    came: list[Frame] = []
    left: list[Frame] = []
    for move in moves:
        for _ in range(move):
            came.append(SOUND.copy())
            backlog.put(came[-1])
        left += backlog.take(max(0, -move))
        assert len(backlog) == len(came) - len(left)
    while batch := backlog.take(4):
        left += batch
    assert len(left) == len(came)
    silent = [a is not b for a, b in zip(came, left, strict=True)]
    assert sum(silent) == backlog.lost
    assert all(frame is SILENCE for frame, gone in zip(left, silent, strict=True) if gone)


def test_what_waits_is_bounded() -> None:
    backlog = Backlog()
    for _ in range(BOUND + 7):
        backlog.put(SOUND)
    assert backlog.lost == 7
    assert sum(frame is SOUND for frame in backlog.take(1000)) == BOUND
