"""``POST /api/shows/SHOW/ice``: the TURN server that a seat may use, if there is one."""

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vivavoce.clock import Clock, unix_ms
from vivavoce.config import Turn
from vivavoce.stage.ports import Gate
from vivavoce.stage.turn import ice_servers


class Relay:
    """Serves the route; credentials are made for who has a seat, and for nobody else."""

    def __init__(self, turn: Turn, gate: Gate, clock: Clock) -> None:
        self._turn = turn
        self._gate = gate
        self._clock = clock

    def route(self) -> Route:
        """Return the route."""
        return Route("/api/shows/{show}/ice", self._answer, methods=["POST"])

    async def _answer(self, request: Request) -> Response:
        show: str = request.path_params["show"]
        seat = await self._gate.allowed(request, show)
        if seat is None or seat.show != show:
            body = {"code": "not_allowed", "message": "This link or token does not open this show."}
            return JSONResponse(body, 403)
        servers = ice_servers(
            self._turn.urls, self._turn.secret, seat.id, unix_ms(self._clock.wall()) // 1000
        )
        return Response(
            msgspec.json.encode(servers),
            media_type="application/json",
            headers={"cache-control": "no-store"},
        )
