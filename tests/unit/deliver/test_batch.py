"""Laws of batches: nothing is lost, doubled or turned round, whatever sizes and numbers come."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.batch import Gathering
from vivavoce.deliver.ladder import STEPS
from vivavoce.deliver.ring import BatchRing

STEP = st.tuples(st.integers(1, 9), st.sampled_from(STEPS), st.booleans())


@given(steps=st.lists(STEP, max_size=80))
def test_all_parts_come_out_once_and_in_order(steps: list[tuple[int, int, bool]]) -> None:
    gathering, number = Gathering(), 0
    came: list[bytes] = []
    left: list[bytes] = []
    for ahead, size, late in steps:
        number += ahead
        came.append(b"%06d" % number)
        due = gathering.add(number, came[-1], size)
        if late:
            due += gathering.flush()
        left += [body for body, _ in due]
        assert all(1 <= parts == len(body) // 6 for body, parts in due)
        assert len(gathering) < size
    left += [body for body, _ in gathering.flush()]
    assert b"".join(left) == b"".join(came)


@given(start=st.integers(0, 50), size=st.sampled_from(STEPS))
def test_all_edges_cut_at_the_same_parts(start: int, size: int) -> None:
    gathering = Gathering()
    ends = [n for n in range(start, start + 40) if gathering.add(n, b"x", size)]
    assert ends == [n for n in range(start, start + 40) if n % size == size - 1]


@given(sizes=st.lists(st.sampled_from(STEPS), min_size=1, max_size=60))
def test_who_joins_has_more_than_until_the_next_batch(sizes: list[int]) -> None:
    ring = BatchRing()
    for size in sizes:
        ring.push(b"", size)
    opening = sum(sizes[ring.joining() :])
    wanted = 3 if sizes[-1] == 1 else 2 * sizes[-1]
    assert opening >= min(wanted, sum(sizes))
    assert opening < wanted + max(STEPS)
