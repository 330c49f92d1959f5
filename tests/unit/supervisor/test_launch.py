from hypothesis import given
from hypothesis import strategies as st

from vivavoce import launch
from vivavoce.errors import MachineError


@given(st.text(max_size=2_000))
def test_whatever_a_role_dies_of_is_said_in_one_short_line(words: str) -> None:
    line = launch.failed(ValueError(words))
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert len(line) < 4_096, "PIPE_BUF: it arrives in one piece"
    said = launch.reason(line)
    assert said is not None
    assert said.startswith("ValueError:")
    assert said.split() == f"ValueError: {words}".split() or len(said) >= 399


def test_a_problem_is_said_in_its_own_words_however_deep_it_lies() -> None:
    problem = MachineError("disk_full", "Make room.")
    group = ExceptionGroup("tasks", [ExceptionGroup("more", [problem, ValueError("x")])])
    assert launch.reason(launch.failed(group)) == "Make room."


@given(st.binary(max_size=20))
def test_other_words_are_no_reason(line: bytes) -> None:
    assert launch.reason(launch.READY) is None
    assert launch.reason(line) is None or line.startswith(b"failed ")
