"""The studio's web application: API, pages, health, and the routes that other parts bring."""

from collections.abc import Sequence
from typing import Final

from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute

from vivavoce import __version__
from vivavoce.control import models
from vivavoce.control.access import Door
from vivavoce.control.crossorigin import CrossOrigin, Outside
from vivavoce.control.desk import Desk
from vivavoce.control.docs_page import CSS, docs_page
from vivavoce.control.export_routes import export_routes
from vivavoce.control.faults import add_handlers
from vivavoce.control.guard import Guard
from vivavoce.control.hands import hand_routes
from vivavoce.control.invitation_routes import guest_routes, invitation_routes
from vivavoce.control.keeping_routes import keeping_routes
from vivavoce.control.mark_routes import mark_routes
from vivavoce.control.series_routes import series_routes
from vivavoce.control.session_routes import session_routes
from vivavoce.control.show_routes import on_air_routes, show_routes
from vivavoce.control.takedown_routes import takedown_routes

_ABOUT: Final = (
    "Shows, their start and end, seats and keys. A request shows who it is by the cookie that "
    "/api/session sets, or by an Authorization: Bearer header. Every error is a stable code and "
    "plain words."
)


def build_api(desk: Desk, door: Door, outside: Outside, others: Sequence[BaseRoute]) -> FastAPI:
    """Return the application; ``others`` are routes that bring their own authorisation."""
    app = FastAPI(
        title="Viva Voce",
        description=_ABOUT,
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(door)],
        redirect_slashes=False,
        responses={"default": {"model": models.Fault, "description": "What went wrong"}},
    )
    app.add_middleware(Guard)
    # Outermost: also what the guard refuses can be read by the page that asked.
    app.add_middleware(CrossOrigin, outside=outside)
    add_handlers(app)
    app.include_router(session_routes(desk))
    app.include_router(show_routes(desk))
    app.include_router(keeping_routes(desk.shows, desk.keeping))
    app.include_router(takedown_routes(desk.shows, desk.takedowns))
    app.include_router(on_air_routes(desk))
    app.include_router(invitation_routes(desk))
    app.include_router(guest_routes(desk))
    app.include_router(mark_routes(desk.shows, desk.marks))
    app.include_router(hand_routes(desk.hands))
    app.include_router(export_routes(desk.shows, desk.exports))
    app.include_router(series_routes(desk.series, desk.shows, desk.links))
    _add_docs(app)
    app.router.routes.extend(others)
    return app


def _add_docs(app: FastAPI) -> None:
    @app.get("/api/openapi.json", include_in_schema=False)
    async def openapi() -> Response:
        return JSONResponse(app.openapi())

    @app.get("/api/docs", include_in_schema=False)
    async def docs() -> Response:
        return HTMLResponse(docs_page(app.openapi()))

    async def style(_: Request) -> Response:
        return Response(CSS, media_type="text/css")

    app.add_route("/api/docs.css", style, include_in_schema=False)
