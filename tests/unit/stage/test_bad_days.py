"""Whatever is said on the stage's sockets, in whatever order and by whom: others lose nothing."""

from typing import Any, Final

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.stage.fakes import SHOW
from tests.unit.stage.socket import opened
from tests.unit.stage.test_handsocket import SHOW_HAND, up, with_socket
from tests.unit.stage.test_leading import ADA, ALL, BOB, CAL, command, running

from vivavoce.stage.hands import HandState
from vivavoce.stage.powers import Command
from vivavoce.stage.signalling import MESSAGES_PER_S

OTHERS: Final = [seat.id for seat in ALL if seat is not BOB]
OWN: Final[list[dict[str, Any]]] = [
    {"type": "offer", "sdp": "good"},
    {"type": "offer", "sdp": "good", "take": True, "attempt": 2},
    {"type": "offer", "sdp": "bad"},
    {"type": "restart", "sdp": "good"},
    {"type": "trickle", "candidates": [], "complete": True},
    {"type": "leave"},
    {"type": "mute", "muted": True},
    {"type": "mute", "muted": False},
    {"type": "programme", "wanted": True},
    {"type": "report", "loss": 0.5},
    {"type": "ping"},
    {"type": "nonsense"},
]
COMMANDS: Final = [
    {"type": "command", "command": word, "seat": seat}
    for word in Command
    for seat in (*OTHERS, "nobody", None)
]
HANDS: Final[list[dict[str, Any]]] = [
    {"type": "hand", "hand": "hand-1", "command": "accept_air"},
    {"type": "hand", "hand": "hand-1", "command": "decline"},
    {"type": "lower_all"},
]


async def said_by_a_speaker(messages: list[dict[str, Any]]) -> None:
    """Let Bob, who leads nothing, say all that beside a host who is heard."""
    async with running() as rig, rig.page("ada") as ada:
        await rig.speak(ada)
        hers = rig.endpoint.peers[0]
        stage = await rig.stages.open(SHOW)
        await up(rig, 1)
        async with rig.page("bob") as bob:
            for message in messages:
                await bob.say(message)
            await bob.say({"type": "ping"})
            await bob.hear("status")
        assert not hers.closed
        assert stage.heard() >= {"ada"}
        for seat in (ADA, CAL, BOB):
            member = stage.roster.get(seat.id)
            if member is not None:
                assert (member.role, member.standing) == (seat.role, seat.standing)
        assert [hand.state for hand in stage.hands.waiting()] == [HandState.WAITING]
        await command(ada, "hold", "bob")


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from([*OWN, *COMMANDS, *HANDS]), max_size=MESSAGES_PER_S - 1),
)
def test_in_whatever_order_a_speaker_says_things_the_others_go_on(
    messages: list[dict[str, Any]],
) -> None:
    anyio.run(said_by_a_speaker, messages)


@pytest.mark.anyio
async def test_a_hand_is_lowered_once_however_often_that_is_said() -> None:
    async with running() as rig:
        with_socket(rig)
        await up(rig, 1)
        await up(rig, 2)
        async with opened(rig.app, SHOW_HAND, query="token=token-1") as page:
            for _ in range(50):
                await page.say({"type": "lower"})
            assert (await page.hear("hand"))["of"] <= 2
        assert page.closed in (1000, 1008)
        waiting = (await rig.stages.open(SHOW)).hands.waiting()
        assert [hand.id for hand in waiting] == ["hand-2"]


@pytest.mark.anyio
async def test_a_hand_whose_page_does_not_read_holds_nobody_up() -> None:
    async with running() as rig:
        with_socket(rig)
        await up(rig, 1)
        await up(rig, 2)
        async with (
            opened(rig.app, SHOW_HAND, query="token=token-1") as stuck,
            opened(rig.app, SHOW_HAND, query="token=token-2") as other,
            rig.page("cal") as cal,
        ):
            await stuck.hear("hand")
            stuck.reading = False
            await cal.say({"type": "hand", "hand": "hand-1", "command": "decline"})
            while (await other.hear("hand"))["place"] != 1:
                pass
            await stuck.leave()
