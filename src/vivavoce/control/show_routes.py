"""Shows over HTTP: make, list, change, start, end, seats, keys."""

import msgspec
from fastapi import APIRouter

from vivavoce.control import models
from vivavoce.control.desk import Desk
from vivavoce.control.shows import Secrets
from vivavoce.store.show_rows import ShowRow


def show_routes(desk: Desk) -> APIRouter:
    """Return the routes that list, make and change shows."""
    routes = APIRouter(prefix="/api/shows")
    shows = desk.shows

    @routes.get("", summary="All shows, newest first")
    async def list_shows() -> list[models.Show]:
        return [describe(desk, row) for row in shows.all()]

    @routes.post("", summary="Make a show", status_code=201)
    async def make_show(body: models.NewShow) -> models.Show:
        return describe(desk, *await shows.create(**body.model_dump()))

    @routes.get("/{show}", summary="One show")
    async def one_show(show: str) -> models.Show:
        return describe(desk, shows.row(show))

    @routes.patch("/{show}", summary="Change title, description, language or start time")
    async def change_show(show: str, body: models.ChangedShow) -> models.Show:
        return describe(desk, await shows.change(show, body.changes()))

    return routes


def on_air_routes(desk: Desk) -> APIRouter:
    """Return the routes that put a show on air, and let people into it."""
    routes = APIRouter(prefix="/api/shows/{show}")
    shows = desk.shows

    @routes.post("/start", summary="Go live")
    async def start_show(show: str) -> models.Show:
        await shows.start(show)
        return describe(desk, shows.row(show))

    @routes.post("/end", summary="End the show")
    async def end_show(show: str) -> models.Show:
        await shows.end(show)
        return describe(desk, shows.row(show))

    @routes.post("/keys", summary="New host link and WHIP token; the old ones end")
    async def new_keys(show: str) -> models.Show:
        secrets = await shows.replace_keys(show)
        return describe(desk, shows.row(show), secrets)

    @routes.post("/seats", summary="Add a speaker's seat", status_code=201)
    async def new_seat(show: str, body: models.NewSeat) -> models.Seat:
        shows.row(show)
        seat, token = await desk.seating.add_token_seat(show, body.name)
        return models.Seat(
            seat=seat.seat,
            name=seat.name,
            role=seat.role,
            whip_url=desk.links.whip(show),
            whip_token=token,
        )

    return routes


def describe(desk: Desk, row: ShowRow, secrets: Secrets | None = None) -> models.Show:
    """Return a show as the API tells it, with its secrets if they were just made."""
    show, links = row.card.show, desk.links
    return models.Show(
        **msgspec.to_builtins(row.card),
        created_ms=row.created_ms,
        keep_days=row.keep_days,
        deleted_ms=desk.keeping.until_ms(row),
        listen_url=links.listen(show),
        hls=links.hls(show),
        push=links.push(show),
        whip_url=links.whip(show),
        host_url=None if secrets is None else links.host(show, secrets.host_key),
        whip_token=None if secrets is None else secrets.whip_token,
    )
