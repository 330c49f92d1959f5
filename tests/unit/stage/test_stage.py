"""One stage: who is heard, who is told what."""

from typing import Self

import numpy as np
import pytest
from tests.unit.stage.fakes import GUEST, HOST, SHOW, FakeEndpoint, FakeWindow

from vivavoce.card import OnStage
from vivavoce.errors import PeerError, UsageError
from vivavoce.media import Frame
from vivavoce.mix.console import Console
from vivavoce.mix.schedule import TICK_S
from vivavoce.stage.floor import Floor
from vivavoce.stage.messages import Answer, Error, Media, People, SeatIs, Taken, You
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
    await rig.stage.sit(GUEST, second, "good", take=False)
    await rig.stage.sit(HOST, first, "good", take=False)
    rig.speak(0, 100)
    rig.speak(1, 200)
    assert rig.heard() == 300
    rig.stage.mute(HOST, first, muted=True)
    assert rig.heard() == 100
    assert rig.stage.level_db(HOST) == pytest.approx(20 * np.log10(200 / 32768), abs=0.1)
    assert rig.stage.muted(HOST)


async def test_a_mute_belongs_to_the_seat_and_outlives_a_reload(rig: Rig) -> None:
    window = FakeWindow()
    await rig.stage.sit(HOST, window, "good", take=False)
    rig.stage.mute(HOST, window, muted=True)
    again = FakeWindow()
    await rig.stage.sit(HOST, again, "good again", take=False)
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
    await rig.stage.sit(HOST, window, "good", take=False)
    rig.endpoint.peers[0].connect()
    await rig.stage.sit(HOST, other, "good", take=True)
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
    await rig.stage.sit(HOST, before, "good", take=False)
    rig.stage.detach(before)
    rig.stage.attach(after)
    assert rig.stage.seat_is(HOST, after) is SeatIs.MINE, "the voice outlives the socket"
    await rig.stage.sit(HOST, after, "good again", take=False)
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
    await rig.stage.sit(HOST, FakeWindow(), "good", take=False)
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
