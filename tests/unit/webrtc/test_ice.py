from hypothesis import given
from hypothesis import strategies as st

from vivavoce.webrtc import stun
from vivavoce.webrtc.ice import CONSENT_S, MAX_ADDRESSES, Checked, Credentials, IceLite
from vivavoce.webrtc.stun import Address, Attribute, Kind, Message

LOCAL = Credentials("here", "h" * 22)
REMOTE = Credentials("there", "t" * 22)
HOME: Address = ("198.51.100.7", 1000)
AWAY: Address = ("203.0.113.9", 2000)


def check(
    local: Credentials = LOCAL,
    remote: Credentials = REMOTE,
    *,
    password: str | None = None,
    nominate: bool = True,
    more: dict[int, bytes] | None = None,
) -> Message:
    attributes = {int(Attribute.USERNAME): f"{local.ufrag}:{remote.ufrag}".encode()}
    if nominate:
        attributes[int(Attribute.USE_CANDIDATE)] = b""
    data = stun.build(
        Kind.REQUEST, bytes(12), attributes | (more or {}), password or local.password
    )
    message = stun.parse(data)
    assert message is not None
    return message


def error_of(checked: Checked | None) -> int | None:
    assert checked is not None
    assert not checked.good
    answer = stun.parse(checked.reply)
    assert answer is not None
    return answer.error


def test_a_good_check_is_answered_with_where_it_came_from() -> None:
    agent = IceLite(LOCAL, REMOTE)
    checked = agent.receive(check(), HOME, 5.0)
    assert checked is not None
    assert checked.good
    answer = stun.parse(checked.reply)
    assert answer is not None
    assert answer.kind is Kind.SUCCESS
    assert answer.mapped == HOME
    assert answer.signed_by(LOCAL.password)
    assert agent.selected == HOME


def test_an_unauthenticated_packet_cannot_move_the_media_address() -> None:
    agent = IceLite(LOCAL, REMOTE)
    agent.receive(check(), HOME, 0.0)
    assert error_of(agent.receive(check(password="w" * 22), AWAY, 1.0)) == 401
    unsigned = stun.parse(
        stun.build(Kind.REQUEST, bytes(12), {int(Attribute.USERNAME): b"here:there"})
    )
    assert unsigned is not None
    assert error_of(agent.receive(unsigned, AWAY, 1.0)) == 400
    assert agent.selected == HOME
    assert list(agent.addresses) == [HOME]


def test_only_a_nomination_moves_the_selected_address() -> None:
    agent = IceLite(LOCAL, REMOTE)
    agent.receive(check(), HOME, 0.0)
    agent.receive(check(nominate=False), AWAY, 1.0)
    assert agent.selected == HOME
    agent.receive(check(), AWAY, 2.0)
    assert agent.selected == AWAY


def test_a_peer_that_thinks_itself_controlled_is_told_to_switch() -> None:
    agent = IceLite(LOCAL, REMOTE)
    wrong = check(more={int(Attribute.ICE_CONTROLLED): bytes(8)})
    assert error_of(agent.receive(wrong, HOME, 0.0)) == 487
    assert agent.selected is None


def test_what_must_be_understood_and_is_not_is_refused() -> None:
    agent = IceLite(LOCAL, REMOTE)
    assert error_of(agent.receive(check(more={0x0077: b""}), HOME, 0.0)) == 420


def test_responses_and_indications_are_not_answered() -> None:
    agent = IceLite(LOCAL, REMOTE)
    for kind in (Kind.INDICATION, Kind.SUCCESS, Kind.ERROR):
        message = stun.parse(stun.build(kind, bytes(12), {}, LOCAL.password))
        assert message is not None
        assert agent.receive(message, HOME, 0.0) is None


def test_consent_lasts_thirty_seconds_from_the_last_check() -> None:
    agent = IceLite(LOCAL, REMOTE)
    assert not agent.consented(0.0)
    agent.receive(check(), HOME, 10.0)
    assert agent.consented(10.0 + CONSENT_S - 0.001)
    assert not agent.consented(10.0 + CONSENT_S)


def test_a_restart_keeps_the_path_until_the_new_credentials_are_used() -> None:
    agent = IceLite(LOCAL, REMOTE)
    agent.receive(check(), HOME, 0.0)
    here, there = Credentials("here2", "H" * 22), Credentials("there2", "T" * 22)
    agent.restart(here, there)
    assert list(agent.ufrags) == ["here2", "here"]
    still = agent.receive(check(), HOME, 1.0)
    assert still is not None
    assert still.good
    moved = agent.receive(check(here, there), AWAY, 2.0)
    assert moved is not None
    assert moved.good
    assert agent.selected == AWAY
    assert list(agent.ufrags) == ["here2"]
    assert error_of(agent.receive(check(), HOME, 3.0)) == 401


def test_restarts_that_lead_nowhere_do_not_cost_the_path_in_use() -> None:
    agent = IceLite(LOCAL, REMOTE)
    agent.receive(check(), HOME, 0.0)
    for n in range(5):
        agent.restart(Credentials(f"here{n}", "H" * 22), Credentials(f"there{n}", "T" * 22))
    still = agent.receive(check(), HOME, 1.0)
    assert still is not None
    assert still.good
    assert list(agent.ufrags) == ["here4", "here"]


@given(ports=st.lists(st.integers(1, 65_535), max_size=40))
def test_addresses_are_bounded_and_the_selected_one_is_never_forgotten(ports: list[int]) -> None:
    agent = IceLite(LOCAL, REMOTE)
    agent.receive(check(), HOME, 0.0)
    forgotten: set[Address] = set()
    for n, port in enumerate(ports):
        checked = agent.receive(check(nominate=False), ("203.0.113.9", port), float(n))
        assert checked is not None
        forgotten.update(checked.forgotten)
        forgotten.discard(("203.0.113.9", port))
        assert len(agent.addresses) <= MAX_ADDRESSES
        assert HOME in agent.addresses
        assert forgotten.isdisjoint(agent.addresses)
