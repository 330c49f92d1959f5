"""The people of a stage: tables, powers, and what no sequence of commands may bring about."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.unit.stage.fakes import SHOW

from vivavoce.errors import UsageError
from vivavoce.stage.muting import MUTES, MuteState, Turn, turn
from vivavoce.stage.powers import OF_ALL, OF_ONESELF, POWERS, Command, check, manages
from vivavoce.stage.roster import Member, Roster
from vivavoce.stage.seats import Origin, Role, Seat
from vivavoce.stage.standing import STANDINGS, Move, Standing, move

SEATS = {"ada": Role.HOST, "cal": Role.COHOST, "bob": Role.SPEAKER, "eve": Role.SPEAKER}
ALL = frozenset(SEATS)


def roster() -> Roster:
    return Roster(
        Seat(seat, SHOW, seat.title(), role, Standing.GREEN) for seat, role in SEATS.items()
    )


def state(people: Roster) -> dict[str, tuple[object, ...]]:
    found = {seat: people.get(seat) for seat in SEATS}
    return {s: (m.role, m.standing, m.mute, m.held_by) for s, m in found.items() if m}


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("wanted", Move)
def test_every_move_is_in_the_table_or_refused_by_name(standing: Standing, wanted: Move) -> None:
    if (standing, wanted) in STANDINGS:
        assert move(standing, wanted) is STANDINGS[standing, wanted]
    else:
        with pytest.raises(UsageError) as refused:
            move(standing, wanted)
        assert refused.value.code == f"cannot_{wanted}"


@pytest.mark.parametrize("mute", MuteState)
@pytest.mark.parametrize("wanted", Turn)
def test_every_turn_is_in_the_table_or_refused_by_name(mute: MuteState, wanted: Turn) -> None:
    if (mute, wanted) in MUTES:
        assert turn(mute, wanted) is MUTES[mute, wanted]
    else:
        with pytest.raises(UsageError) as refused:
            turn(mute, wanted)
        assert refused.value.code in {"held_muted", "cannot_release"}


def test_nobody_opens_their_own_held_microphone() -> None:
    assert (MuteState.HELD, Turn.UNMUTE) not in MUTES
    opened = {before for (before, _), after in MUTES.items() if after is MuteState.OPEN}
    assert MuteState.HELD not in opened


def test_out_is_for_good() -> None:
    assert not [pair for pair in STANDINGS if pair[0] is Standing.OUT]


@pytest.mark.parametrize("command", sorted(set(Command) - OF_ONESELF))
def test_speakers_lead_nothing(command: Command) -> None:
    with pytest.raises(UsageError) as refused:
        check(Role.SPEAKER, command, Role.SPEAKER)
    assert (refused.value.code, refused.value.status) == ("not_allowed", 403)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("command", [Command.REMOVE, Command.MOVE_OFF, Command.HOLD])
def test_the_host_is_out_of_everybodys_reach(role: Role, command: Command) -> None:
    assert Role.HOST not in POWERS[role].get(command, frozenset())


def test_only_the_host_hands_over_and_both_change() -> None:
    people = roster()
    with pytest.raises(UsageError, match="Only the host"):
        people.follow("cal", Command.HAND_OVER, "bob", connected=ALL)
    people.follow("ada", Command.HAND_OVER, "cal", connected=ALL)
    assert [m.role for m in people.present()][:2] == [Role.HOST, Role.COHOST]
    assert people.get("cal") == Member(
        "cal", "Cal", Role.HOST, Standing.GREEN, MuteState.OPEN, None
    )


def test_the_shows_own_seat_is_removed_by_nobody_whoever_hosts_now() -> None:
    own = Seat("ada", "s", "Ada", Role.HOST, origin=Origin.KEY)
    people = Roster([own, Seat("cal", "s", "Cal", Role.COHOST)])
    people.follow("ada", Command.HAND_OVER, "cal", connected=ALL)
    with pytest.raises(UsageError) as refused:
        people.follow("cal", Command.REMOVE, "ada", connected=ALL)
    assert refused.value.code == "own_seat"
    [moved] = people.follow("cal", Command.MOVE_OFF, "ada", connected=ALL)
    assert moved.standing is Standing.OFF


def test_a_cohost_leads_when_all_hosts_are_gone_and_the_host_finds_its_powers_again() -> None:
    people = roster()
    people.follow("cal", Command.BRING, "bob", connected=frozenset({"cal", "bob"}))
    people.follow("cal", Command.HOLD, "eve", connected=frozenset({"cal", "bob"}))
    people.follow("ada", Command.RELEASE, "eve", connected=ALL)
    assert people.get("eve").mute is MuteState.MUTED  # type: ignore[union-attr]


def test_all_are_brought_who_are_here_and_speakers_sent_back() -> None:
    people = roster()
    brought = people.follow("ada", Command.BRING_ALL, None, connected=frozenset({"ada", "bob"}))
    assert {m.seat for m in brought} == {"ada", "bob"}, "who is away is not put on air"
    back = people.follow("ada", Command.BACK_ALL, None, connected=frozenset())
    assert {m.seat for m in back} == {"bob"}, "hosts stay on air"


def test_hold_all_silences_speakers_and_says_by_whom() -> None:
    people = roster()
    held = people.follow("cal", Command.HOLD_ALL, None, connected=ALL)
    assert {(m.seat, m.held_by) for m in held} == {("bob", "Cal"), ("eve", "Cal")}
    assert people.follow("cal", Command.HOLD_ALL, None, connected=ALL) == []


def test_stepping_down_is_ones_own() -> None:
    people = roster()
    people.follow("ada", Command.BRING, "bob", connected=ALL)
    with pytest.raises(UsageError):
        people.follow("eve", Command.STEP_DOWN, "bob", connected=ALL)
    people.follow("bob", Command.STEP_DOWN, None, connected=ALL)
    assert people.get("bob").standing is Standing.GREEN  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("target", "code"), [(None, "seat_missing"), ("nobody", "seat_unknown"), ("", "seat_unknown")]
)
def test_a_command_needs_somebody(target: str | None, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        roster().follow("ada", Command.BRING, target, connected=ALL)
    assert refused.value.code == code


class Leading(RuleBasedStateMachine):
    """Whatever anybody asks, in whatever order."""

    @initialize()
    def begin(self) -> None:
        self.people = roster()
        self.gone: set[str] = set()
        self.held: set[str] = set()

    @rule(
        actor=st.sampled_from(sorted(SEATS)),
        command=st.sampled_from(Command),
        about=st.sampled_from([*sorted(SEATS), None, "nobody"]),
        connected=st.frozensets(st.sampled_from(sorted(SEATS))),
    )
    def ask(
        self, actor: str, command: Command, about: str | None, connected: frozenset[str]
    ) -> None:
        before = state(self.people)
        acting = self.people.get(actor)
        assert acting is not None
        role = acting.role
        try:
            changed = self.people.follow(actor, command, about, connected=connected)
        except UsageError:
            assert state(self.people) == before, "what is refused changes nothing"
            return
        after = state(self.people)
        assert actor not in self.gone, "who was removed leads nothing"
        assert manages(role) or command in OF_ONESELF
        touched = {seat for seat in after if after[seat] != before[seat]}
        assert touched <= {m.seat for m in changed}
        if command not in OF_ALL | {Command.HAND_OVER}:
            assert touched <= {about or actor}
        self.gone |= {m.seat for m in changed if m.standing is Standing.OUT}
        if command in (Command.HOLD, Command.HOLD_ALL):
            self.held |= {m.seat for m in changed}
        if command is Command.RELEASE:
            self.held -= {m.seat for m in changed}

    @rule(seat=st.sampled_from(sorted(SEATS)), muted=st.booleans())
    def mute(self, seat: str, muted: bool) -> None:
        before = state(self.people)
        try:
            self.people.mute(seat, muted=muted)
        except UsageError:
            assert seat in self.gone | self.held
            assert state(self.people) == before

    @invariant()
    def holds_hold_and_the_gone_stay_gone(self) -> None:
        for seat in self.held:
            member = self.people.get(seat)
            assert member is not None
            assert member.mute is MuteState.HELD
        assert not {m.seat for m in self.people.present()} & self.gone

    @invariant()
    def there_is_one_host_and_it_is_here(self) -> None:
        hosts = [m for m in self.people.present() if m.role is Role.HOST]
        assert len(hosts) == 1


TestLeading = Leading.TestCase
