import itertools

import pytest

from vivavoce.control.access import Who, may
from vivavoce.people.people import NOBODY, Caller, Role

OWNER, HOST = Caller(Role.OWNER), Caller(Role.HOST, "aaaaaaaaaa")
COHOST, GUEST = (Caller(Role.GUEST, "aaaaaaaaaa", leads=leads) for leads in (True, False))
CALLERS = [NOBODY, OWNER, HOST, COHOST, GUEST]
SHOWS = [None, "aaaaaaaaaa", "bbbbbbbbbb"]

ALLOWED = {
    *(itertools.product(CALLERS, (Who.ANYBODY, Who.LISTENERS), SHOWS)),
    *((OWNER, who, show) for who in (Who.OWNER, Who.HOST) for show in SHOWS),
    (HOST, Who.HOST, "aaaaaaaaaa"),
    (COHOST, Who.HOST, "aaaaaaaaaa"),
}


@pytest.mark.parametrize(
    ("caller", "who", "show"), list(itertools.product(CALLERS, [None, *Who], SHOWS)), ids=str
)
def test_denied_unless_listed(caller: Caller, who: Who | None, show: str | None) -> None:
    assert may(caller, who, show) is ((caller, who, show) in ALLOWED)
