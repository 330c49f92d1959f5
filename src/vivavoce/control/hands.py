"""Raised hands over HTTP: anybody who listens may ask to speak."""

from typing import Final, Protocol

from fastapi import APIRouter, Request

from vivavoce.card import ShowCard, State
from vivavoce.clock import Clock, unix_ms
from vivavoce.control import models
from vivavoce.control.access import bearer
from vivavoce.control.network import network_of
from vivavoce.errors import UsageError
from vivavoce.people import keys
from vivavoce.people.attempts import Attempts
from vivavoce.stage.hands import Hand, HandState
from vivavoce.stage.stage import Stage

_BUSY: Final = "Too many hands were raised from your connection. Wait a minute, then try again."


class Stages(Protocol):
    """Where hands are up."""

    def card(self, show: str) -> ShowCard | None:
        """Return a show's card."""

    async def open(self, show: str) -> Stage:
        """Return the show's stage."""


class RaisedHands:
    """Raises and lowers hands; how often, each network is held to."""

    def __init__(self, stages: Stages, clock: Clock) -> None:
        self._stages = stages
        self._clock = clock
        self._attempts = Attempts()

    async def put_up(self, show: str, network: str, name: str, about: str) -> tuple[Hand, str]:
        """Raise a hand; its token is told only here."""
        card = self._stages.card(show)
        if card is None:
            raise UsageError("show_unknown", "There is no such show.", status=404)
        if card.state is State.ENDED:
            words = "This show has ended; there is nobody left to hear you."
            raise UsageError("already_ended", words, status=409)
        now = self._clock.now()
        if not self._attempts.allow(network, now):
            raise UsageError("too_many_hands", _BUSY, status=429)
        token = keys.new_key()
        hand = Hand(
            id=keys.new_id(),
            token=keys.digest(token),
            name=name,
            about=about,
            network=network,
            since_ms=unix_ms(self._clock.wall()),
        )
        stage = await self._stages.open(show)
        stage.hands.raise_(hand, now)
        stage.tell_hands()
        return hand, token

    async def take_down(self, show: str, hand: str, token: str | None) -> None:
        """Lower a hand; raises ``UsageError`` (``not_allowed``) without its token."""
        if self._stages.card(show) is not None and token and len(token) <= keys.LONGEST_KEY:
            stage = await self._stages.open(show)
            found = stage.hands.get(hand)
            if found is not None and keys.same(found.token, keys.digest(token)):
                if found.state is HandState.WAITING:
                    stage.hands.settle(hand, HandState.LOWERED, self._clock.now())
                    stage.tell_hands()
                return
        raise UsageError("not_allowed", "This token does not belong to that hand.", status=403)


def hand_routes(hands: RaisedHands) -> APIRouter:
    """Return the routes for listeners."""
    routes = APIRouter(prefix="/api/shows/{show}/hands")

    @routes.post("", summary="Ask to speak", status_code=201)
    async def put_up(show: str, body: models.NewHand, request: Request) -> models.Hand:
        hand, token = await hands.put_up(show, network_of(request), body.name, body.about)
        return models.Hand(hand=hand.id, token=token)

    @routes.delete("/{hand}", summary="Lower one's hand", status_code=204)
    async def take_down(show: str, hand: str, request: Request) -> None:
        await hands.take_down(show, hand, bearer(request))

    return routes
