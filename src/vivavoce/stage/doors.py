"""What both doors to a stage, the socket and WHIP, ask before they let anybody in."""

from starlette.requests import HTTPConnection

from vivavoce.card import State
from vivavoce.errors import UsageError
from vivavoce.stage.ports import Gate
from vivavoce.stage.seats import Seat
from vivavoce.stage.stage import REMOVED
from vivavoce.stage.stages import Stages
from vivavoce.stage.standing import Standing


async def admit(gate: Gate, stages: Stages, connection: HTTPConnection, show: str) -> Seat:
    """Return the seat that ``connection`` may take; raises ``UsageError``.

    Who is not allowed does not learn whether the show exists.
    """
    seat = await gate.allowed(connection, show)
    if seat is None or seat.show != show:
        raise UsageError(
            "not_allowed",
            "This link or token does not open this show's stage. Ask its host for a new one.",
            status=403,
        )
    if stages.card(show) is None:
        raise UsageError("show_unknown", "There is no such show.", status=404)
    member = (await stages.open(show)).roster.add(seat)
    if member.standing is Standing.OUT:
        raise REMOVED
    return seat


def check_open(stages: Stages, show: str) -> None:
    """Raise ``UsageError`` (``already_ended``) if nobody can be heard there any more."""
    card = stages.card(show)
    if card is None or card.state is State.ENDED:
        raise UsageError("already_ended", "This show has ended; its stage is closed.", status=409)
