"""Limits of tries count the caller, whatever proxies and liars say of where they are."""

import httpx2
import pytest
from tests.studio import STUDIO, Studio

from vivavoce.control.forwarded import Forwarded
from vivavoce.deliver.proxies import Proxies
from vivavoce.people import keys

pytestmark = pytest.mark.anyio
PROXIES = Proxies.read("10.0.0.0/8, fd00::/8")


async def guess(studio: Studio, peer: str, *forwarded: str) -> int:
    """Return the status of one wrong key, tried from ``peer``."""
    app = Forwarded(studio.transport.app, PROXIES)
    transport = httpx2.ASGITransport(app=app, client=(peer, 1234))
    headers = [("x-forwarded-for", said) for said in forwarded]
    async with httpx2.AsyncClient(transport=transport, base_url=STUDIO) as client:
        body = {"key": keys.new_key()}
        return (await client.post("/api/session", json=body, headers=headers)).status_code


async def test_callers_behind_a_listed_proxy_are_told_apart(studio: Studio) -> None:
    codes = [await guess(studio, "10.0.0.1", "198.51.100.7") for _ in range(12)]
    assert codes == [403] * 10 + [429] * 2
    assert await guess(studio, "10.0.0.1", "203.0.113.7") == 403
    assert await guess(studio, "10.0.0.2", "198.51.100.7") == 429, "one caller by two proxies"


async def test_what_the_caller_wrote_before_the_proxy_wins_no_tries(studio: Studio) -> None:
    codes = [
        await guess(studio, "10.0.0.1", f"192.0.2.{n}, 10.9.9.{n}", "198.51.100.7")
        for n in range(12)
    ]
    assert codes == [403] * 10 + [429] * 2


async def test_strangers_are_not_believed(studio: Studio) -> None:
    codes = [await guess(studio, "198.51.100.7", f"192.0.{n}.1") for n in range(12)]
    assert codes == [403] * 10 + [429] * 2


@pytest.mark.parametrize(
    "forms",
    [
        [f"2001:db8:1:2:{n:x}::{n:x}" for n in range(12)],  # what one customer of IPv6 has
        [f"198.51.100.{n}" for n in range(12)],
        ["198.51.100.7", "::ffff:198.51.100.7", "198.51.100.7:80", "[::ffff:c633:6407]:80"] * 3,
        ["2001:db8:1:2::7", "2001:DB8:1:2::7", "2001:0db8:1:2::7", "[2001:db8:1:2::7]:9"] * 3,
    ],
)
async def test_other_forms_and_neighbours_of_an_address_win_no_tries(
    studio: Studio, forms: list[str]
) -> None:
    codes = [await guess(studio, "10.0.0.1", said) for said in forms]
    assert codes == [403] * 10 + [429] * 2


@pytest.mark.parametrize("rubbish", ["", "unknown", "_hidden", "198.51.100.7; drop", "," * 5_000])
async def test_rubbish_counts_for_the_proxy(studio: Studio, rubbish: str) -> None:
    codes = [await guess(studio, "10.0.0.1", rubbish) for _ in range(11)]
    assert codes == [403] * 10 + [429]
