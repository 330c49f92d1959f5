"""What the doctor says of what it found: what is closed, and what to open."""

from vivavoce.webrtc.doctor import Facts, Verdict, exit_code, findings, probe_of

GOOD = Facts(
    running=True,
    port=8082,
    answered={"198.51.100.7": True},
    announced={"8.8.8.8": True},
    turn=True,
)


def codes(facts: Facts) -> dict[str, Verdict]:
    return {finding.code: finding.verdict for finding in findings(facts)}


def test_when_all_is_well_there_is_nothing_to_do_but_the_firewall_elsewhere() -> None:
    found = list(findings(GOOD))
    assert {finding.verdict for finding in found} == {Verdict.GOOD}
    assert exit_code(found) == 0


def test_a_closed_port_is_bad_and_names_what_to_open() -> None:
    found = list(findings(Facts(running=True, port=8082, answered={"10.0.0.1": False})))
    (closed,) = (f for f in found if f.code == "udp_port_closed")
    assert "8082/udp" in closed.remedy
    assert exit_code(found) == 1


def test_private_addresses_no_turn_and_no_https_are_looked_at_and_break_nothing() -> None:
    facts = Facts(running=False, port=8082, answered={"10.0.0.1": True}, secure=False)
    assert codes(facts) == {
        "udp_port_open": Verdict.GOOD,
        "private_addresses": Verdict.WARNING,
        "no_turn": Verdict.WARNING,
        "no_https": Verdict.WARNING,
    }
    assert exit_code(list(findings(facts))) == 0


def test_a_router_that_does_not_turn_around_is_no_fault() -> None:
    facts = Facts(running=True, port=1, answered={"10.0.0.1": True}, announced={"8.8.8.8": False})
    assert codes(facts)["announce_unanswered"] is Verdict.WARNING


def test_the_probe_depends_on_the_token_and_not_the_other_way_round() -> None:
    assert probe_of(b"a") != probe_of(b"b")
    assert b"a".hex() not in probe_of(b"a").password[:2]
