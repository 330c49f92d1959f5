"""A stage that is led: over its sockets, through WHIP, across restarts, by whoever is there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import httpx2
import pytest
from starlette.applications import Starlette
from tests.unit.stage.fakes import (
    SHOW,
    FakeBook,
    FakeEndpoint,
    FakeFeed,
    FakeRecording,
    FakeShows,
    FakeWindow,
)
from tests.unit.stage.socket import Socket, opened
from tests.unit.stage.test_signalling import FakeGate

from vivavoce.clock import unix_ms
from vivavoce.mix.console import Bus, Strip
from vivavoce.stage.muting import MuteState
from vivavoce.stage.seats import Origin, Role, Seat
from vivavoce.stage.signalling import Signalling
from vivavoce.stage.stages import Stages
from vivavoce.stage.standing import Standing
from vivavoce.stage.whep import Whep
from vivavoce.stage.whip import Whip
from vivavoce.testing import FakeClock

pytestmark = pytest.mark.anyio
PATH = f"/api/shows/{SHOW}/stage"
ADA = Seat("ada", SHOW, "Ada", Role.HOST)
CAL = Seat("cal", SHOW, "Cal", Role.COHOST)
BOB = Seat("bob", SHOW, "Bob", Role.SPEAKER, Standing.GREEN)
ALL = (ADA, CAL, BOB)


class Rig:
    def __init__(self, book: FakeBook) -> None:
        self.clock = FakeClock()
        self.endpoint = FakeEndpoint()
        self.gate = FakeGate({seat.id: seat for seat in ALL})
        self.book = book
        self.stages = Stages(
            self.endpoint, FakeFeed(), lambda *_: FakeRecording(), book, self.clock
        )
        self.shows = FakeShows(self.stages)
        doors = [*Whip(self.stages, self.gate).routes(), *Whep(self.stages, self.gate).routes()]
        socket = Signalling(self.stages, self.gate, self.clock).route()
        self.app = Starlette(routes=[socket, *doors])
        transport = httpx2.ASGITransport(app=self.app)
        self.client = httpx2.AsyncClient(transport=transport, base_url="http://studio")

    @asynccontextmanager
    async def page(self, who: str, window: str = "") -> AsyncIterator[Socket]:
        async with opened(self.app, PATH, who, f"window={window or 'window-' + who}") as socket:
            yield socket

    async def sdp(self, door: str, who: str) -> httpx2.Response:
        headers = {"content-type": "application/sdp", "authorization": f"Bearer {who}"}
        return await self.client.post(f"/{door}/{SHOW}", content="good", headers=headers)

    async def speak(self, page: Socket) -> None:
        await page.say({"type": "offer", "sdp": "good"})
        await page.hear("answer")
        self.endpoint.peers[-1].connect()

    async def channel(self, seat: str) -> Strip:
        return (await self.stages.open(SHOW)).floor.console.strips[seat]

    async def go_live(self) -> None:
        await self.stages.start(self.shows.go_live(unix_ms(self.clock.wall())))


@asynccontextmanager
async def running(book: FakeBook | None = None) -> AsyncIterator[Rig]:
    rig = Rig(book or FakeBook(ALL))
    async with rig.client, anyio.create_task_group() as tasks:
        await tasks.start(rig.stages.run, rig.shows)
        yield rig
        tasks.cancel_scope.cancel()


async def command(page: Socket, word: str, seat: str | None = None) -> None:
    await page.say({"type": "command", "command": word} | ({"seat": seat} if seat else {}))


async def you(page: Socket, **wanted: str) -> None:
    """Wait until this page's seat is so."""
    while True:
        told = await page.hear("you")
        if all(told[key] == value for key, value in wanted.items()):
            return


async def test_before_the_show_all_are_in_the_green_room_and_then_where_they_stand() -> None:
    async with running() as rig, rig.page("ada") as ada, rig.page("bob") as bob:
        await rig.speak(ada)
        await rig.speak(bob)
        assert [(await rig.channel(s)).bus for s in ("ada", "bob")] == [Bus.GREEN, Bus.GREEN]
        await rig.go_live()
        assert [(await rig.channel(s)).bus for s in ("ada", "bob")] == [Bus.AIR, Bus.GREEN]
        await command(ada, "bring", "bob")
        await you(bob, standing="air")
        assert (await rig.channel("bob")).bus is Bus.AIR
        await command(bob, "step_down")
        await you(bob, standing="green")
        await command(ada, "move_off", "bob")
        await you(bob, standing="off")
        assert (await rig.channel("bob")).bus is Bus.MONITOR
        assert not rig.endpoint.peers[1].closed, "who is off stage still hears the programme"


async def test_the_green_room_may_hear_the_programme() -> None:
    async with running() as rig, rig.page("bob") as bob:
        await rig.speak(bob)
        await bob.say({"type": "programme", "wanted": True})
        await bob.say({"type": "mute", "muted": True})
        await you(bob, mute="muted")
        assert (await rig.channel("bob")).programme


async def test_a_held_seat_is_silent_by_every_way_in() -> None:
    async with running() as rig, rig.page("cal") as cal:
        async with rig.page("bob") as bob:
            await rig.speak(bob)
            await command(cal, "hold", "bob")
            await you(bob, mute="held")
            await bob.say({"type": "mute", "muted": False})
            assert (await bob.hear("error"))["code"] == "held_muted"
            await bob.say({"type": "mute", "muted": True})
            await bob.say({"type": "leave"})
            await bob.say({"type": "offer", "sdp": "good"})
            await bob.hear("answer")
            assert (await rig.channel("bob")).muted
        async with rig.page("bob", "another-tab") as other:
            await other.say({"type": "offer", "sdp": "good", "take": True})
            await other.hear("answer")
            assert (await rig.channel("bob")).muted
            await other.say({"type": "leave"})
            await other.say({"type": "mute", "muted": False})
            assert (await other.hear("error"))["code"] == "seat_not_yours"
        assert (await rig.sdp("whip", "bob")).status_code == 201
        assert (await rig.channel("bob")).muted


async def test_all_see_who_is_muted_by_whom() -> None:
    async with running() as rig, rig.page("cal") as cal, rig.page("bob") as bob:
        await command(cal, "hold_all")
        while True:
            seats = {p["seat"]: p for p in (await bob.hear("people"))["seats"]}
            if seats["bob"]["mute"] == "held":
                break
        assert seats["bob"]["held_by"] == "Cal"
        assert seats["ada"]["mute"] == "open"
        assert [p["seat"] for p in seats.values()] == ["ada", "cal", "bob"]


async def test_a_removed_seat_is_dead_in_every_tab_and_door_at_once() -> None:
    async with running() as rig, rig.page("ada") as ada:
        assert (await rig.sdp("whep", "bob")).status_code == 201
        async with rig.page("bob") as bob, rig.page("bob", "another-tab") as tab:
            await rig.speak(bob)
            await command(ada, "remove", "bob")
            await bob.hear("removed")
            await tab.hear("removed")
        assert (bob.closed, tab.closed) == (1008, 1008)
        assert all(peer.closed for peer in rig.endpoint.peers), "monitors too"
        # The gate still lets him pass, as a database that is behind would: the stage does not.
        async with rig.page("bob") as again:
            pass
        assert again.refused is not None
        assert (again.refused[0], again.refused[1]["code"]) == (403, "removed")
        for door in ("whip", "whep"):
            answer = await rig.sdp(door, "bob")
            assert (answer.status_code, answer.json()["code"]) == (403, "removed")
        assert "bob" not in rig.book.kept


@pytest.mark.parametrize(("origin", "stays"), [(Origin.HAND, False), (Origin.INVITATION, True)])
async def test_who_came_by_a_hand_leaves_no_seat_behind(origin: Origin, stays: bool) -> None:
    bob = Seat("bob", SHOW, "Bob", Role.SPEAKER, Standing.GREEN, origin=origin)
    async with running(FakeBook((ADA, bob))) as rig, rig.page("bob") as page:
        await rig.speak(page)
        await page.say({"type": "leave"})
        if not stays:
            await page.hear("removed")
        while not all(peer.closed for peer in rig.endpoint.peers):
            await anyio.lowlevel.checkpoint()
        assert ("bob" in rig.book.kept) is stays


async def test_a_taken_back_invitation_ends_a_seat_in_use() -> None:
    async with running() as rig, rig.page("bob") as bob:
        await rig.speak(bob)
        await rig.stages.expel(SHOW, ["bob", "unknown"], "gone")
        assert (await bob.hear("removed"))["message"] == "gone"
        await bob.say({"type": "offer", "sdp": "good"})
    assert bob.closed == 1008
    assert len(rig.endpoint.peers) == 1


async def test_all_hosts_vanish_and_a_cohost_s_return_restores_control() -> None:
    async with running() as rig, rig.page("bob") as bob:
        async with rig.page("ada") as ada, rig.page("cal") as cal:
            await rig.speak(ada)
            await rig.speak(cal)
            await rig.go_live()
        for peer in rig.endpoint.peers:
            peer.close()
        await rig.speak(bob)
        await command(bob, "bring", "bob")
        assert (await bob.hear("error"))["code"] == "not_allowed"
        async with rig.page("cal") as cal:
            await command(cal, "bring", "bob")
            await you(bob, standing="air")
        assert (await rig.channel("bob")).bus is Bus.AIR


async def test_a_restarted_studio_keeps_who_is_muted_moved_and_removed() -> None:
    book = FakeBook((*ALL, Seat("eve", SHOW, "Eve", Role.SPEAKER)))
    async with running(book) as rig, rig.page("ada") as ada, rig.page("bob") as bob:
        await rig.speak(ada)
        await ada.say({"type": "mute", "muted": True})
        await you(ada, mute="muted")
        await command(ada, "hold", "bob")
        await command(ada, "move_off", "bob")
        await command(ada, "hand_over", "cal")
        await you(ada, role="cohost")
        await you(bob, standing="off")
        await rig.stages.look()
    async with running(FakeBook(tuple(book.kept.values()))) as rig, rig.page("bob") as bob:
        await you(bob, standing="off", mute="held")
        roster = (await rig.stages.open(SHOW)).roster
        kept = {m.seat: (m.role, m.mute, m.held_by) for m in roster.present()}
        assert kept["ada"] == (Role.COHOST, MuteState.MUTED, None)
        assert kept["cal"] == (Role.HOST, MuteState.OPEN, None)
        assert kept["bob"] == (Role.SPEAKER, MuteState.HELD, "Ada")


async def test_a_disk_that_refuses_delays_no_mute_and_is_told() -> None:
    async with running() as rig, rig.page("ada") as ada, rig.page("bob") as bob:
        await rig.speak(bob)
        rig.book.refuse = OSError("full")
        await command(ada, "hold", "bob")
        assert (await ada.hear("error"))["code"] == "not_kept"
        assert (await rig.channel("bob")).muted
        await command(ada, "remove", "bob")
        await bob.hear("removed")
        assert rig.endpoint.peers[0].closed


@pytest.mark.parametrize(
    "message",
    [
        {"type": "command"},
        {"type": "command", "command": "promote", "seat": "bob"},
        {"type": "command", "command": "bring", "seat": 7},
        {"type": "command", "command": ["bring"], "seat": "bob"},
        {"type": "hand", "hand": "x", "command": "accept"},
        {"type": "programme", "wanted": "yes"},
        {"type": "report", "loss": 2.0},
        {"type": "report", "rtt_ms": -1},
        {"type": "report", "route": "tunnel"},
        {"type": "people", "seats": []},
        {"type": None},
        [],
        "null",
    ],
)
async def test_malformed_commands_change_nothing_and_the_talk_goes_on(message: object) -> None:
    async with running() as rig, rig.page("ada") as ada:
        await ada.say(message)
        assert (await ada.hear("error"))["code"] == "bad_message"
        await command(ada, "hand_over", "cal")
        await you(ada, role="cohost")


@pytest.mark.parametrize("word", ["back", "admit", "release", "make_speaker", "hand_over"])
async def test_out_of_order_is_refused_by_name(word: str) -> None:
    async with running() as rig, rig.page("ada") as ada:
        await command(ada, word, "bob")
        code = (await ada.hear("error"))["code"]
        assert code in {"cannot_back", "cannot_admit", "cannot_release", "not_allowed"}


async def test_a_closed_tab_leaves_its_seat_to_the_next_without_a_question() -> None:
    async with running() as rig:
        async with rig.page("bob", "first-tab") as first:
            await rig.speak(first)
        rig.endpoint.peers[0].heard_at = rig.clock.now()
        async with rig.page("bob", "second-tab") as second:
            await rig.speak(second)
            assert rig.endpoint.peers[0].closed, "no ghost twin"


async def test_an_hour_of_two_hundred_joins_and_leaves_a_minute_leaves_nothing() -> None:
    async with running() as rig:
        stage = await rig.stages.open(SHOW)
        sizes = []
        for minute in range(60):
            for n in range(200):
                rig.clock.advance(0.3)
                window = FakeWindow(f"window-{minute}-{n}", BOB)
                stage.attach(window)
                await stage.sit(BOB, window, "good", take=False)
                rig.endpoint.peers[-1].connect()
                await stage.rise(BOB, window)
                stage.detach(window)
                stage.floor.catch_up(rig.clock.now())
            assert all(peer.closed for peer in rig.endpoint.peers)
            rig.endpoint.peers.clear()
            sizes.append(sum(len(v) for v in vars(stage).values() if hasattr(v, "__len__")))
        assert len(set(sizes)) == 1
        rig.clock.advance(0.02)
        stage.floor.catch_up(rig.clock.now())
        assert not stage.floor.console.strips
        assert stage.empty
