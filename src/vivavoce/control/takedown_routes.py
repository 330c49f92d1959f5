"""Take-downs over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from vivavoce.control.models import Body
from vivavoce.control.shows import Shows
from vivavoce.control.takedowns import Takedowns

Ms = Annotated[int, Field(ge=0, le=1 << 40, strict=True)]


class NewTakedown(Body):
    """A range that is to become silence."""

    from_ms: Ms
    to_ms: Ms
    playing: Annotated[bool, Field(strict=True)] = Field(
        False, description="In the time that listeners see; otherwise in media time"
    )


class TakenDown(BaseModel):
    """A range that is silence now: in media time, and where it is heard."""

    from_ms: int
    to_ms: int
    heard_from_ms: int
    heard_to_ms: int
    at_ms: int = Field(description="When it was taken down")


def takedown_routes(shows: Shows, takedowns: Takedowns) -> APIRouter:
    """Return the routes that take ranges of a show down, and list them."""
    routes = APIRouter(prefix="/api/shows/{show}")

    async def of(show: str) -> list[TakenDown]:
        told, playing = await takedowns.of(show)
        return [
            TakenDown(
                from_ms=one.from_ms,
                to_ms=one.to_ms,
                heard_from_ms=playing.playing_ms(one.from_ms),
                heard_to_ms=playing.playing_ms(one.to_ms),
                at_ms=one.at_ms,
            )
            for one in told
        ]

    @routes.get("/takedowns", summary="What was taken down of a show")
    async def taken_down(show: str) -> list[TakenDown]:
        shows.row(show)
        return await of(show)

    @routes.post("/takedowns", summary="Put silence in the place of a range", status_code=201)
    async def take_down(show: str, body: NewTakedown) -> list[TakenDown]:
        await takedowns.take_down(show, (body.from_ms, body.to_ms), playing=body.playing)
        return await of(show)

    return routes
