"""Laws of rows: whoever is in one is in one only, and waits for what all in it wait for."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.channel import Channel, Listener
from vivavoce.deliver.rows import ROW, Row, Rows

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.integers(1, ROW)),
        st.tuples(st.just("leave"), st.integers(0, 10**6)),
        st.tuples(st.just("send"), st.integers(1, 8)),
        st.tuples(st.just("push"), st.just(0)),
    ),
    max_size=60,
)


@given(steps=STEPS)
def test_everybody_stands_in_one_row_and_rows_are_as_few_as_need_be(
    steps: list[tuple[str, int]],
) -> None:
    rows: Rows[int] = Rows()
    where: dict[int, Row[int]] = {}
    next_, fd = 0, 3
    for what, many in steps:
        if what == "join":
            for _ in range(many):
                where[fd] = rows.add(fd, -fd, next_)
                assert where[fd].next == next_
                fd += 1
        elif what == "leave" and where:
            gone = sorted(where)[many % len(where)]
            rows.remove(where.pop(gone), gone)
        elif what == "push":
            next_ += 1
        elif what == "send":  # part of a sweep
            for row in [row for row in rows if row.next < next_][:many]:
                row.next = next_
    assert len(rows) == len(where) == sum(map(len, rows))
    found = {number: row for row in rows for number in row.fds}
    assert found == where
    assert all(row[number] == -number for number, row in found.items())
    assert all(0 < len(row) <= ROW for row in rows)


def test_a_crowd_fills_its_rows() -> None:
    rows: Rows[int] = Rows()
    for fd in range(10 * ROW):
        rows.add(fd, fd, 0)
    assert [len(row) for row in rows] == [ROW] * 10
    for row in list(rows)[::2]:  # half a sweep: those who come now have the new batch already
        row.next = 1
    for fd in range(10 * ROW, 11 * ROW):
        rows.add(fd, fd, 1)
    assert len(list(rows)) == 11
    first = next(iter(rows))
    for fd in list(first.fds)[:100]:
        rows.remove(first, fd)
    for fd in range(11 * ROW, 11 * ROW + 100):
        assert rows.add(fd, fd, 1) is first


def test_a_listener_who_leaves_its_row_goes_on_where_the_row_was() -> None:
    channel = Channel(b"")
    listeners = [Listener(-5, fd=fd, ready=True) for fd in range(3)]
    channel.push(b"one")
    for listener in listeners:
        channel.apart[listener] = None
        channel.in_step(listener)
    assert channel.listeners == len(channel.rows) == 3
    (row,) = channel.rows
    channel.push(b"two")
    row.next = 2
    channel.out_of_step(listeners[1])
    assert listeners[1].next == 2
    assert list(channel.apart) == [listeners[1]]
    channel.forget(listeners[0])
    channel.forget(listeners[1])
    channel.forget(listeners[1])
    assert list(row) == [listeners[2]]
    assert channel.listeners == 1
