"""WHIP (RFC 9725): a seat for programs and encoders, with nothing but a token.

PATCH takes candidates and ICE restarts (section 4.3). We are ICE-lite, so that candidates need not
come; who sends them is told that they came.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vivavoce.errors import PeerError, Problem, UsageError
from vivavoce.stage.doors import admit, check_open
from vivavoce.stage.messages import Down, Media, Removed, Taken
from vivavoce.stage.ports import Gate
from vivavoce.stage.seats import Seat
from vivavoce.stage.stage import Stage
from vivavoce.stage.stages import Stages
from vivavoce.webrtc.endpoint import PeerState
from vivavoce.webrtc.fragment import parse_fragment

SDP: Final = "application/sdp"
FRAGMENT: Final = "application/trickle-ice-sdpfrag"
MAX_BODY_BYTES: Final = 64 * 1024

# A token is the whole right to a seat, and no browser adds one by itself: any page may use it.
_CORS: Final = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "Location, ETag",
}
_PREFLIGHT: Final = {
    **_CORS,
    "access-control-allow-headers": "Authorization, Content-Type, If-Match",
    "access-control-max-age": "86400",
}

Handler = Callable[[Request], Awaitable[Response]]


class Session:
    """A window that is a WHIP session; it ends with its connection."""

    def __init__(self, seat: Seat, over: Callable[[str], object]) -> None:
        self.id = secrets.token_urlsafe(16)
        self.seat = seat
        self.etag = ""
        """Of the ICE session (section 4.3.1): another one after each restart."""
        self._over = over
        self.renew()

    def renew(self) -> None:
        """Begin another ICE session."""
        self.etag = f'"{secrets.token_urlsafe(9)}"'

    def tell(self, message: Down) -> None:
        """Nothing can be told over WHIP; the session learns that it is over."""
        match message:
            case Taken() | Removed() | Media(PeerState.LOST | PeerState.CLOSED):
                self._over(self.id)
            case _:
                pass

    def poke(self) -> None:
        """A session has no status."""


class Whip:
    """Serves ``/whip/SHOW`` and ``/whip/SHOW/ID``."""

    path = "whip"

    def __init__(self, stages: Stages, gate: Gate) -> None:
        self._stages = stages
        self._gate = gate
        self._sessions: dict[str, Session] = {}

    def routes(self) -> list[Route]:
        """Return the routes; wrong methods are answered with 405 and ``Allow``."""
        all_ = f"/{self.path}/{{show}}"
        one = f"{all_}/{{session}}"
        return [
            Route(all_, _answering(self._offer), methods=["POST"]),
            Route(all_, _preflight("OPTIONS, POST"), methods=["OPTIONS"]),
            Route(one, _answering(self._leave), methods=["DELETE"]),
            Route(one, _answering(self._patch), methods=["PATCH"]),
            Route(one, _preflight("OPTIONS, PATCH, DELETE"), methods=["OPTIONS"]),
        ]

    async def _offer(self, request: Request) -> Response:
        show: str = request.path_params["show"]
        seat = await self._admit(request, show)
        if _kind(request.headers.get("content-type", "")) != SDP:
            raise UsageError("sdp_only", "Send an SDP offer as application/sdp.", status=415)
        if not _accepts(request.headers.get("accept", "*/*")):
            raise UsageError("sdp_only", "The answer is application/sdp.", status=406)
        check_open(self._stages, show)
        session = Session(seat, self._forget)
        offer = await _body(request)
        # Before the answer: a connection that fails at once ends the session.
        self._sessions[session.id] = session
        try:
            answer = await self._connect(await self._stages.open(show), session, offer)
        except BaseException:
            self._forget(session.id)
            raise
        return Response(
            answer,
            201,
            media_type=SDP,
            headers={
                "location": f"/{self.path}/{show}/{session.id}",
                "etag": session.etag,
                "accept-patch": FRAGMENT,
            },
        )

    async def _leave(self, request: Request) -> Response:
        session = await self._session(request)
        self._forget(session.id)
        await (await self._stages.open(session.seat.show)).rise(session.seat, session)
        return Response(status_code=200)

    async def _patch(self, request: Request) -> Response:
        session = await self._session(request)
        if _kind(request.headers.get("content-type", "")) != FRAGMENT:
            raise UsageError("fragment_only", f"Send an SDP fragment as {FRAGMENT}.", status=415)
        _match(request.headers.get("if-match"), session.etag)
        fragment = parse_fragment(await _body(request))
        stage = await self._stages.open(session.seat.show)
        answer = stage.trickle(session.seat, session, fragment)
        if answer is None:
            return Response(status_code=204)
        session.renew()
        return Response(answer, 200, media_type=FRAGMENT, headers={"etag": session.etag})

    async def _session(self, request: Request) -> Session:
        """Return the session that the address names, if it is of the token's seat."""
        seat = await self._admit(request, request.path_params["show"])
        session = self._sessions.get(request.path_params["session"])
        if session is None or session.seat.id != seat.id:
            raise UsageError("session_unknown", "There is no such session (any more).", status=404)
        return session

    async def _connect(self, stage: Stage, session: Session, offer: str) -> str:
        return await stage.sit(session.seat, session, offer, take=False)

    async def _admit(self, request: Request, show: str) -> Seat:
        if not request.headers.get("authorization", "").lower().startswith("bearer "):
            raise UsageError(
                "token_missing", "Send the seat's token as a bearer token.", status=401
            )
        return await admit(self._gate, self._stages, request, show)

    def _forget(self, session: str) -> None:
        self._sessions.pop(session, None)


def _answering(handler: Handler) -> Handler:
    """Turn problems into answers, and let any page read all answers."""

    async def answer(request: Request) -> Response:
        try:
            response = await handler(request)
        except Problem as problem:
            body = {"code": problem.code, "message": problem.message}
            response = JSONResponse(body, problem.status)
            if problem.status == 401:
                response.headers["www-authenticate"] = "Bearer"
            if problem.status == 415:
                kind = "accept-patch" if problem.code == "fragment_only" else "accept-post"
                response.headers[kind] = FRAGMENT if problem.code == "fragment_only" else SDP
        response.headers.update(_CORS)
        return response

    return answer


def _preflight(methods: str) -> Handler:
    async def answer(_: Request) -> Response:
        headers = {**_PREFLIGHT, "access-control-allow-methods": methods, "accept-post": SDP}
        if "PATCH" in methods:
            headers["accept-patch"] = FRAGMENT
        return Response(status_code=204, headers=headers)

    return answer


def _match(asked: str | None, etag: str) -> None:
    """Hold a client to the ICE session that it knows of (section 4.3.1); ``*`` is any."""
    if asked is None:
        raise UsageError("if_match_missing", "Send the session's ETag as If-Match.", status=428)
    if asked.strip() not in ("*", etag):
        raise UsageError("if_match_old", "ICE has been restarted since this ETag.", status=412)


async def _body(request: Request) -> str:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise PeerError("bad_offer", "An offer may have 64 KiB at most.", status=413)
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise PeerError("bad_offer", "This offer is no text.") from error


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _accepts(accept: str) -> bool:
    return any(_kind(kind) in ("*/*", "application/*", SDP) for kind in accept.split(","))
