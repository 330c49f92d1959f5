"""Laws of the HLS count: it equals a recount of who was seen in the window."""

from hypothesis import given
from hypothesis import strategies as st

from vivavoce.deliver.counting import WINDOW_S, HlsPlayers

SIGHTINGS = st.lists(
    st.tuples(
        st.floats(0, 5),  # seconds since the one before
        st.sampled_from(["show-a", "show-b"]),
        st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1"]),
        st.sampled_from(["VLC/3", "mpv", ""]),
    ),
    max_size=80,
)


@given(sightings=SIGHTINGS, after=st.floats(0, 20))
def test_count_is_the_distinct_players_of_the_window(
    sightings: list[tuple[float, str, str, str]], after: float
) -> None:
    players = HlsPlayers(b"salt")
    now = 0.0
    last: dict[tuple[str, str, str], float] = {}
    for wait, show, address, agent in sightings:
        now += wait
        players.seen(show, address, agent, now=now)
        last[show, address, agent] = now
    now += after
    counts = players.counts(now=now)
    for show in ("show-a", "show-b"):
        recount = sum(1 for key, at in last.items() if key[0] == show and now - at <= WINDOW_S)
        assert counts.get(show, 0) == recount


def test_made_up_players_do_not_fill_the_memory() -> None:
    players = HlsPlayers(b"salt", limit=3)
    for number in range(10):
        players.seen("show", "192.0.2.1", f"agent {number}", now=0)
    assert players.counts(now=0) == {"show": 3}
    assert players.refused == 7
    players.seen("show", "192.0.2.1", "agent 0", now=1)  # who is counted stays counted
    assert players.counts(now=WINDOW_S + 0.5) == {"show": 1}


def test_two_boots_do_not_know_each_other() -> None:
    def inside(salt: bytes) -> str:
        players = HlsPlayers(salt)
        players.seen("show", "192.0.2.1", "mpv", now=0)
        return repr(vars(players)["_seen"])

    assert inside(b"one") != inside(b"two")
    assert "192.0.2.1" not in inside(b"one")
