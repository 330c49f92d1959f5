"""One stage: who is heard, who is told what."""

from typing import Self

import numpy as np
import pytest
from tests.unit.stage.fakes import GUEST, HOST, SHOW, FakeEndpoint, FakePeer, FakeWindow

from vivavoce.card import OnStage
from vivavoce.errors import PeerError, UsageError
from vivavoce.media import Frame
from vivavoce.mix.console import Console
from vivavoce.mix.schedule import TICK_S
from vivavoce.stage.floor import Floor
from vivavoce.stage.messages import Answer, Error, Media, People, Removed, SeatIs, Taken, You
from vivavoce.stage.seats import Seat
from vivavoce.stage.stage import Stage
from vivavoce.testing import FakeClock
from vivavoce.units import FRAME_SAMPLES
from vivavoce.webrtc.endpoint import PeerState
from vivavoce.webrtc.health import UNREACHABLE

pytestmark = pytest.mark.anyio


class Plain:
    """An encoder whose packet is the frame."""

    def encode(self, frame: Frame) -> bytes:
        return frame.tobytes()

    def copy(self) -> Self:
        return self


class Rig:
    """A stage on air whose time moves when it is listened to."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.endpoint = FakeEndpoint()
        self.floor = Floor(Console(Plain, levelling=False), self.clock, lambda: None)
        self.stage = Stage(SHOW, self.endpoint, self.clock, self.floor)
        self.stage.go_live(live=True)

    async def seat(self, who: Seat, window: FakeWindow, *, take: bool = False) -> FakePeer:
        """Sit down, and be connected."""
        await self.stage.sit(who, window, "good", take=take)
        self.endpoint.peers[-1].connect()
        return self.endpoint.peers[-1]

    def speak(self, peer: int, value: int = 1000) -> None:
        frame: Frame = np.full(FRAME_SAMPLES, value, dtype=np.int16)
        self.endpoint.peers[peer].says += [frame] * 10
        self.endpoint.peers[peer].heard_at = self.clock.now()

    def heard(self) -> int:
        """Return the programme's sample after some ticks, when voices have faded in and out."""
        frames: list[Frame] = []
        for _ in range(4):
            self.clock.advance(TICK_S)
            frames = self.floor.pull(1)
        return int(frames[-1][-1])


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_an_offer_gets_an_answer_then_the_states_of_its_connection(rig: Rig) -> None:
    window = FakeWindow()
    rig.stage.attach(window)
    await rig.stage.sit(HOST, window, "good", take=False)
    said = [told for told in window.told if not isinstance(told, People | You)]
    assert said == [Answer("answer to good"), Media(PeerState.CONNECTING)]
    assert not rig.stage.connected
    rig.endpoint.peers[0].connect()
    assert Media(PeerState.CONNECTED) in window.told
    assert rig.stage.connected
    assert rig.stage.people() == (OnStage("Ada", "host"),)
    assert rig.stage.seat_is(HOST, window) is SeatIs.MINE
    assert rig.stage.seat_is(HOST, FakeWindow("window-two")) is SeatIs.ELSEWHERE
    assert rig.stage.seat_is(GUEST, window) is SeatIs.FREE
    assert window.pokes > 0


async def test_two_voices_are_heard_together_and_a_muted_one_is_not(rig: Rig) -> None:
    first, second = FakeWindow(), FakeWindow("window-two")
    await rig.seat(GUEST, second)
    await rig.seat(HOST, first)
    rig.speak(0, 100)
    rig.speak(1, 200)
    assert rig.heard() == 300
    rig.stage.mute(HOST, first, muted=True)
    assert rig.heard() == 100
    assert rig.stage.level_db(HOST) == pytest.approx(20 * np.log10(200 / 32768), abs=0.1)
    assert rig.stage.muted(HOST)


async def test_a_mute_belongs_to_the_seat_and_outlives_a_reload(rig: Rig) -> None:
    window = FakeWindow()
    await rig.seat(HOST, window)
    rig.stage.mute(HOST, window, muted=True)
    await rig.seat(HOST, FakeWindow())
    rig.speak(1)
    assert rig.heard() == 0


async def test_a_socket_that_is_replaced_while_its_offer_is_under_way_costs_no_seat(
    rig: Rig,
) -> None:
    first, second = FakeWindow(), FakeWindow()  # two sockets of one window
    rig.stage.attach(first)
    rig.stage.detach(first)
    rig.stage.attach(second)
    await rig.stage.sit(HOST, first, "good", take=False)
    assert rig.stage.seat_is(HOST, second) is SeatIs.MINE
    rig.endpoint.peers[0].connect()
    assert Media(PeerState.CONNECTED) in second.told
    await rig.stage.sit(HOST, second, "good again", take=False)
    await rig.stage.sit(HOST, first, "good, late", take=False)
    assert Taken() not in first.told + second.told
    rig.stage.mute(HOST, second, muted=True)
    assert rig.stage.muted(HOST)


async def test_a_bad_offer_costs_nobody_their_seat(rig: Rig) -> None:
    window, other = FakeWindow(), FakeWindow("window-two")
    await rig.stage.sit(HOST, window, "good", take=False)
    with pytest.raises(PeerError):
        await rig.stage.sit(HOST, other, "bad", take=True)
    with pytest.raises(UsageError):
        await rig.stage.sit(HOST, other, "good", take=False)
    assert rig.stage.seat_is(HOST, window) is SeatIs.MINE
    assert not rig.endpoint.peers[0].closed
    assert other.told == []


async def test_taking_a_seat_tells_the_other_window_and_closes_its_connection(rig: Rig) -> None:
    window, other = FakeWindow(), FakeWindow("window-two")
    await rig.seat(HOST, window)
    await rig.seat(HOST, other, take=True)
    assert window.told[-1] == Taken()
    assert rig.endpoint.peers[0].closed
    assert rig.stage.seat_is(HOST, window) is SeatIs.ELSEWHERE
    rig.speak(0, 100)
    rig.speak(1, 200)
    assert rig.heard() == 200, "the old connection is not heard, even if it still speaks"
    with pytest.raises(UsageError):
        rig.stage.mute(HOST, window, muted=True)


async def test_a_reload_takes_its_seat_back_without_a_question(rig: Rig) -> None:
    before, after = FakeWindow("same-window"), FakeWindow("same-window")
    rig.stage.attach(before)
    await rig.seat(HOST, before)
    rig.stage.detach(before)
    rig.stage.attach(after)
    assert rig.stage.seat_is(HOST, after) is SeatIs.MINE, "the voice outlives the socket"
    await rig.seat(HOST, after)
    assert rig.endpoint.peers[0].closed
    assert rig.stage.seat_is(HOST, after) is SeatIs.MINE
    assert Taken() not in after.told


async def test_a_lost_connection_frees_the_seat_and_says_why(rig: Rig) -> None:
    window = FakeWindow()
    rig.stage.attach(window)
    await rig.stage.sit(HOST, window, "good", take=False)
    rig.endpoint.peers[0].lose(UNREACHABLE)
    assert window.told[-2:] == [
        Error("media_unreachable", UNREACHABLE.message),
        Media(PeerState.LOST),
    ]
    assert "UDP" in UNREACHABLE.message
    assert rig.stage.seat_is(HOST, window) is SeatIs.FREE
    assert rig.stage.people() == ()


async def test_leaving_frees_the_seat_and_only_its_holder_can_leave(rig: Rig) -> None:
    window, other = FakeWindow(), FakeWindow("window-two")
    await rig.stage.sit(HOST, window, "good", take=False)
    await rig.stage.rise(HOST, other)
    assert not rig.endpoint.peers[0].closed
    await rig.stage.rise(HOST, window)
    assert rig.endpoint.peers[0].closed
    assert rig.stage.empty


async def test_before_going_live_nothing_that_is_said_is_for_the_air(rig: Rig) -> None:
    await rig.seat(HOST, FakeWindow())
    rig.stage.go_live(live=False)
    rig.speak(0)
    assert rig.heard() == 0
    rig.stage.go_live(live=True)
    assert rig.heard() == 1000


async def test_closing_the_stage_closes_everything_and_says_so(rig: Rig) -> None:
    window = FakeWindow()
    await rig.stage.sit(HOST, window, "good", take=False)
    await rig.stage.close()
    assert rig.endpoint.peers[0].closed
    assert window.told[-1] == Media(PeerState.CLOSED)
    assert rig.stage.empty


async def test_an_attempt_that_fails_costs_nothing(rig: Rig) -> None:
    """Make before break: who is heard is heard until another connection is there."""
    window = FakeWindow()
    await rig.seat(HOST, window)
    await rig.stage.sit(HOST, window, "good again", take=False)
    rig.speak(0, 100)
    rig.speak(1, 200)
    assert rig.heard() == 100
    rig.endpoint.peers[1].lose(UNREACHABLE)
    assert window.told[-1] == Media(PeerState.LOST)
    rig.speak(0, 100)
    assert rig.heard() == 100
    assert not rig.endpoint.peers[0].closed
    assert rig.stage.seat_is(HOST, window) is SeatIs.MINE
    assert rig.stage.connected


async def test_a_new_connection_takes_over_without_a_frame_between(rig: Rig) -> None:
    window = FakeWindow()
    await rig.seat(HOST, window)
    await rig.stage.sit(HOST, window, "good again", take=False)
    rig.speak(0, 100)
    assert rig.heard() == 100
    rig.endpoint.peers[1].connect()
    assert rig.endpoint.peers[0].closed
    rig.speak(1, 100)
    rig.clock.advance(TICK_S)
    assert int(rig.floor.pull(1)[0][-1]) == 100
    assert window.told[-1] == Media(PeerState.CONNECTED), "the old one's end is no news"


async def test_who_takes_a_seat_and_never_comes_gives_it_back(rig: Rig) -> None:
    window, other = FakeWindow(), FakeWindow("window-two")
    await rig.seat(HOST, window)
    await rig.stage.sit(HOST, other, "good", take=True)
    assert Taken() not in window.told
    rig.endpoint.peers[1].lose(UNREACHABLE)
    assert rig.stage.seat_is(HOST, window) is SeatIs.MINE
    assert rig.stage.seat_is(HOST, other) is SeatIs.ELSEWHERE
    rig.endpoint.peers[0].heard_at = rig.clock.now()
    with pytest.raises(UsageError):
        await rig.stage.sit(HOST, other, "good", take=False)


async def test_the_end_of_an_old_connection_leaves_the_newer_attempt_alone(rig: Rig) -> None:
    window = FakeWindow()
    await rig.seat(HOST, window)
    await rig.stage.sit(HOST, window, "good again", take=False)
    rig.endpoint.peers[0].lose(UNREACHABLE)
    assert window.told[-1] == Media(PeerState.CONNECTING)
    rig.endpoint.peers[1].connect()
    rig.speak(1, 100)
    assert rig.heard() == 100


async def test_a_restart_is_answered_with_its_number_and_changes_nothing_else(rig: Rig) -> None:
    window = FakeWindow()
    with pytest.raises(UsageError):
        await rig.stage.restart(HOST, window, "good", 7)
    await rig.seat(HOST, window)
    await rig.stage.restart(HOST, window, "good path", 8)
    assert window.told[-1] == Answer("answer to good path", 8)
    with pytest.raises(PeerError):
        await rig.stage.restart(HOST, window, "bad", 9)
    rig.speak(0, 100)
    assert rig.heard() == 100
    assert len(rig.endpoint.peers) == 1


async def test_removal_ends_both_connections_of_a_seat(rig: Rig) -> None:
    window, other = FakeWindow(seat=GUEST), FakeWindow("window-two", GUEST)
    await rig.seat(GUEST, window)
    await rig.stage.sit(GUEST, other, "good", take=True)
    member = rig.stage.roster.add(GUEST)
    async with rig.stage.lock:
        await rig.stage.expel(member, "Good-bye")
    assert all(peer.closed for peer in rig.endpoint.peers)
    assert window.told[-1] == other.told[-1] == Removed("Good-bye")
    assert not rig.stage.connected
