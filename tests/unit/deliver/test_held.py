"""Whoever waits is answered once: for the part that came, for the end, or for being late."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.files import File
from vivavoce.deliver.held import HELD_S, Hold, Line, Place
from vivavoce.deliver.renderings import Renderings, takes_gzip
from vivavoce.media import Codec
from vivavoce.package.live_edge import Position

PLACES: list[Place] = [("0123456789", Codec.OPUS), ("0123456789", Codec.AAC)]

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.integers(0, 30), st.integers(0, 1), st.integers(0, 40)),
        st.tuples(st.just("leave"), st.integers(0, 30), st.just(0), st.just(0)),
        st.tuples(st.just("due"), st.just(0), st.integers(0, 1), st.integers(0, 40)),
        st.tuples(st.just("one"), st.just(0), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("time"), st.just(0), st.just(0), st.integers(0, 4)),
    ),
    max_size=80,
)


@given(steps=STEPS)
def test_a_line_is_what_a_plain_table_is(steps: list[tuple[str, int, int, int]]) -> None:
    line: Line[int] = Line(limit=12)
    model: dict[int, tuple[Place, Position, float]] = {}
    now = 0.0
    for what, key, at, value in steps:
        place, position = PLACES[at], Position(*divmod(value, 6))
        if what == "join":
            model.pop(key, None)
            taken = line.join(key, Hold(place, position, "whole"), now=now)
            assert taken is (len(model) < 12)
            if taken:
                model[key] = (place, position, now)
        elif what == "leave":
            line.leave(key)
            model.pop(key, None)
        elif what == "due":
            due = {k for k, _ in line.due(place, position)}
            assert due == {
                k for k, (p, until, _) in model.items() if p == place and until <= position
            }
            model = {k: kept for k, kept in model.items() if k not in due}
        elif what == "one":
            found = line.one(place)
            assert (found is None) is (place not in {p for p, _, _ in model.values()})
            if found is not None:
                assert model.pop(found[0])[0] == place
        else:
            now += value
            late = set(line.expired(now=now))
            assert late == {k for k, (_, _, since) in model.items() if now - since >= HELD_S}
            model = {k: kept for k, kept in model.items() if k not in late}
        assert len(line) == len(model)
        assert set(line.places) == {p for p, _, _ in model.values()}


def test_all_are_due_where_nothing_more_comes() -> None:
    line: Line[int] = Line()
    for key in range(5):
        line.join(key, Hold(PLACES[key % 2], Position(key, 0), "whole"), now=0)
    assert [key for key, _ in line.due(PLACES[0], None)] == [0, 2, 4]
    assert len(line) == 2


def test_a_form_is_made_once_and_the_oldest_make_room() -> None:
    made: list[bytes] = []

    def double(body: bytes) -> bytes:
        made.append(body)
        return body * 2

    renderings = Renderings(limit=1_000)
    file = File.of(b"x" * 100)
    assert renderings.get(file, "double", double) is renderings.get(file, "double", double)
    assert len(made) == renderings.renders == 1
    for number in range(20):
        renderings.get(File.of(bytes([number]) * 100), "double", double)
        assert renderings.held <= 1_000
    renderings.get(file, "double", double)
    assert len(made) == 22


def test_gzip_is_for_whoever_takes_it() -> None:
    for said, takes in (
        ("gzip", True), ("br, gzip;q=0.5", True), ("GZIP", True), ("", False), ("br", False),
        ("gzip;q=0", False), ("gzip; q=0.0", False), ("x-gzip", False),
    ):  # fmt: skip
        assert takes_gzip({"accept-encoding": said}) is takes
    small, large = File.of(b"x" * 100), File.of(b"x" * 1_000)
    renderings = Renderings()
    assert renderings.packed(small, {"accept-encoding": "gzip"}) == (small, False)
    packed, is_packed = renderings.packed(large, {"accept-encoding": "gzip"})
    assert is_packed
    assert len(packed.body) < 100
    assert packed.etag != large.etag
