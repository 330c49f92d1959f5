"""WHIP by the letter of RFC 9725."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx2
import pytest
from starlette.applications import Starlette
from tests.unit.stage.fakes import SHOW, FakeBook, FakeEndpoint, FakeFeed, FakeRecording, FakeShows
from tests.unit.stage.test_signalling import FakeGate

from vivavoce.stage.monitors import MONITORS
from vivavoce.stage.stages import Stages
from vivavoce.stage.whep import Whep
from vivavoce.stage.whip import Whip
from vivavoce.testing import FakeClock
from vivavoce.webrtc.health import VANISHED

pytestmark = pytest.mark.anyio
SDP = {"content-type": "application/sdp"}
BOB = {"authorization": "Bearer bob"}
ADA = {"authorization": "Bearer ada"}
PATH = f"/whip/{SHOW}"


class Rig:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.endpoint = FakeEndpoint()
        self.stages = Stages(
            self.endpoint, FakeFeed(), lambda *_: FakeRecording(), FakeBook(), self.clock
        )
        self.shows = FakeShows(self.stages)
        whip = Whip(self.stages, FakeGate())
        transport = httpx2.ASGITransport(app=Starlette(routes=[*whip.routes()]))
        self.client = httpx2.AsyncClient(transport=transport, base_url="http://studio")

    async def offer(self, body: str = "good", **headers: str) -> httpx2.Response:
        return await self.client.post(PATH, content=body, headers={**SDP, **BOB, **headers})


@asynccontextmanager
async def running() -> AsyncIterator[Rig]:
    rig = Rig()
    async with rig.client, anyio.create_task_group() as tasks:
        await tasks.start(rig.stages.run, rig.shows)
        yield rig
        tasks.cancel_scope.cancel()


async def test_an_offer_is_201_with_the_answer_and_the_session_s_address() -> None:
    async with running() as rig:
        answer = await rig.offer()
        assert answer.status_code == 201
        assert answer.headers["content-type"].startswith("application/sdp")
        assert answer.text == "answer to good"
        assert answer.headers["access-control-allow-origin"] == "*"
        session = answer.headers["location"]
        assert session.startswith(PATH + "/")
        gone = await rig.client.delete(session, headers=BOB)
        assert gone.status_code == 200
        assert rig.endpoint.peers[0].closed
        assert (await rig.client.delete(session, headers=BOB)).status_code == 404


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"authorization": ""}, "good", 401, "token_missing"),
        ({"authorization": "Bearer nobody"}, "good", 403, "not_allowed"),
        ({"content-type": "application/json"}, "good", 415, "sdp_only"),
        ({"accept": "text/html"}, "good", 406, "sdp_only"),
        ({}, "bad", 400, "bad_offer"),
        ({}, "good" * 20_000, 413, "bad_offer"),
    ],
)
async def test_what_is_wrong_is_said_in_our_words(
    headers: dict[str, str], body: str, status: int, code: str
) -> None:
    async with running() as rig:
        answer = await rig.offer(body, **headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["message"]
        if status == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
        if status == 415:
            assert answer.headers["accept-post"] == "application/sdp"


async def test_a_body_that_is_no_text_is_a_bad_offer() -> None:
    async with running() as rig:
        answer = await rig.client.post(PATH, content=b"\xff\xfe", headers={**SDP, **BOB})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad_offer")


async def test_a_seat_that_is_heard_is_409_and_a_dead_one_is_taken() -> None:
    async with running() as rig:
        assert (await rig.offer()).status_code == 201
        second = await rig.offer()
        assert (second.status_code, second.json()["code"]) == (409, "seat_taken")
        rig.clock.advance(4)
        assert (await rig.offer()).status_code == 201
        rig.endpoint.peers[1].connect()
        assert rig.endpoint.peers[0].closed


async def test_an_ended_show_is_409() -> None:
    async with running() as rig:
        rig.shows.go_live(0)
        await rig.shows.end(SHOW)
        answer = await rig.offer()
        assert (answer.status_code, answer.json()["code"]) == (409, "already_ended")


async def test_a_session_whose_connection_is_lost_is_forgotten() -> None:
    async with running() as rig:
        session = (await rig.offer()).headers["location"]
        rig.endpoint.peers[0].lose(VANISHED)
        assert (await rig.client.delete(session, headers=BOB)).status_code == 404


async def test_a_session_is_its_seats_alone() -> None:
    async with running() as rig:
        session = (await rig.offer()).headers["location"]
        assert (await rig.client.delete(session, headers=ADA)).status_code == 404
        assert (await rig.client.delete(session)).status_code == 401
        assert not rig.endpoint.peers[0].closed


async def test_other_methods_are_405_and_options_say_what_there_is() -> None:
    async with running() as rig:
        assert (await rig.client.put(PATH + "/some-id", headers=BOB)).status_code == 405
        assert (await rig.client.get(PATH)).status_code == 405
        options = await rig.client.options(PATH)
        assert options.status_code == 204
        assert options.headers["accept-post"] == "application/sdp"
        assert "POST" in options.headers["access-control-allow-methods"]


async def test_one_monitor_too_many_ends_the_oldest_of_its_seat() -> None:
    async with running() as rig:
        whep = Whep(rig.stages, FakeGate())
        transport = httpx2.ASGITransport(app=Starlette(routes=[*whep.routes()]))
        async with httpx2.AsyncClient(transport=transport, base_url="http://studio") as client:

            async def listen(token: dict[str, str]) -> str:
                answer = await client.post(f"/whep/{SHOW}", content="good", headers=SDP | token)
                assert answer.status_code == 201
                return str(answer.headers["location"])

            others = await listen(ADA)
            first = await listen(BOB)
            for _ in range(MONITORS):
                await listen(BOB)
            peers = rig.endpoint.peers
            assert [peer.closed for peer in peers] == [False, True] + [False] * MONITORS
            assert (await client.delete(first, headers=BOB)).status_code == 404
            assert (await client.delete(others, headers=ADA)).status_code == 200


FRAGMENT = {"content-type": "application/trickle-ice-sdpfrag"}
CANDIDATE = "a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host\r\n"
RESTART = f"a=ice-ufrag:wxyz\r\na=ice-pwd:{'z' * 24}\r\n" + CANDIDATE


async def test_candidates_and_restarts_come_by_patch() -> None:
    async with running() as rig:
        created = await rig.offer()
        session, etag = created.headers["location"], created.headers["etag"]

        async def patch(body: str, **headers: str) -> httpx2.Response:
            return await rig.client.patch(session, content=body, headers={**BOB, **headers})

        known = {**FRAGMENT, "if-match": etag}
        assert (await patch(CANDIDATE, **known)).status_code == 204
        assert rig.endpoint.peers[0].trickled[-1].candidates == (CANDIDATE[2:-2],)
        assert (await patch(CANDIDATE, **FRAGMENT)).status_code == 428
        wrong = await patch(CANDIDATE, **{"if-match": etag})
        assert (wrong.status_code, wrong.headers["accept-patch"]) == (
            415,
            FRAGMENT["content-type"],
        )
        assert (await patch("nonsense", **known)).json()["code"] == "bad_fragment"

        restarted = await patch(RESTART, **FRAGMENT, **{"if-match": "*"})
        assert (restarted.status_code, restarted.text) == (200, "our fragment")
        assert restarted.headers["content-type"].startswith(FRAGMENT["content-type"])
        assert restarted.headers["etag"] != etag
        assert (await patch(CANDIDATE, **known)).status_code == 412, "of the ICE session before"
        assert (
            await patch(CANDIDATE, **FRAGMENT, **{"if-match": restarted.headers["etag"]})
        ).is_success
        assert not rig.endpoint.peers[0].closed


async def test_a_session_is_patched_by_its_own_seat_alone() -> None:
    async with running() as rig:
        session = (await rig.offer()).headers["location"]
        asked = {**FRAGMENT, "if-match": "*"}
        for token, status in ((ADA, 404), ({}, 401)):
            answer = await rig.client.patch(session, content=RESTART, headers={**asked, **token})
            assert answer.status_code == status
        assert rig.endpoint.peers[0].trickled == []
        options = await rig.client.options(session)
        assert options.headers["accept-patch"] == FRAGMENT["content-type"]
