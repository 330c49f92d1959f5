"""Laws of the ring: whole batches, in order, each at most once; nothing held but the present."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.ring import BatchRing, Cursor

STEPS = st.lists(
    st.one_of(st.just("push"), st.integers(min_value=0, max_value=40)), min_size=1, max_size=120
)


def batch(ordinal: int) -> bytes:
    return f"<{ordinal:04}>".encode() + b"." * (ordinal % 7)


def listen(
    ring: BatchRing, cursor: Cursor, steps: Sequence[str | int], got: bytearray
) -> tuple[int, int]:
    """Let pushes and chances to send (of so many bytes) happen; return (skipped, pushed)."""
    skipped = pushed = 0
    for now, step in enumerate(steps):
        if isinstance(step, str):
            ring.push(batch(ring.end))
            pushed += 1
            continue
        room = step
        while True:
            if cursor.rest is None and cursor.lost(ring):
                skipped += cursor.rejoin(ring)
            data = cursor.due(ring)
            if data is None:
                break
            taken = data[: max(room, 0)]
            got += taken
            room -= len(taken)
            if not cursor.sent(len(taken), now=now):
                break
    return skipped, pushed


@given(steps=STEPS, capacity=st.integers(1, 6), before=st.integers(0, 8))
def test_whole_batches_in_order_at_most_once(
    steps: list[str | int], capacity: int, before: int
) -> None:
    ring = BatchRing(capacity)
    for _ in range(before):
        ring.push(batch(ring.end))
    cursor = Cursor(ring.joining())
    first = cursor.next
    got = bytearray()
    skipped, _ = listen(ring, cursor, steps, got)
    # With endless room the listener then gets everything that is left.
    more, _ = listen(ring, cursor, [10**6], got)
    heard = [int(piece[:4]) for piece in got.decode().split("<")[1:]]
    assert heard == sorted(set(heard))
    assert bytes(got) == b"".join(batch(ordinal) for ordinal in heard)
    assert len(heard) + skipped + more == ring.end - first
    assert cursor.rest is None
    assert cursor.behind_since is None


@given(steps=STEPS, capacity=st.integers(1, 6))
def test_behind_is_noted_from_the_first_short_send_until_caught_up(
    steps: list[str | int], capacity: int
) -> None:
    ring = BatchRing(capacity)
    cursor = Cursor(0)
    for step in steps:
        listen(ring, cursor, [step], bytearray())
        if cursor.rest is not None:
            assert cursor.behind_since is not None
        elif not isinstance(step, str):
            assert cursor.behind_since is None
            assert cursor.next == ring.end


@given(pushes=st.integers(0, 50), capacity=st.integers(1, 20), burst=st.integers(0, 5))
def test_a_newcomer_begins_a_burst_back_and_never_outside_the_ring(
    pushes: int, capacity: int, burst: int
) -> None:
    ring = BatchRing(capacity)
    for number in range(pushes):
        ring.push(batch(number))
    start = ring.joining(burst)
    assert ring.end - start == min(burst, capacity, pushes)
    for ordinal in range(start, ring.end):
        assert ring.get(ordinal) == batch(ordinal)


def test_a_rejoining_listener_begins_with_the_newest() -> None:
    ring = BatchRing(2)
    cursor = Cursor(0)
    for number in range(5):
        ring.push(batch(number))
    assert cursor.lost(ring) == 3
    assert cursor.rejoin(ring) == 4
    assert cursor.due(ring) is ring.get(4)
