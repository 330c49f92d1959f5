"""Storage and deletion over HTTP."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from vivavoce.card import State
from vivavoce.control.keeping import Keeping
from vivavoce.control.shows import Shows
from vivavoce.record.removal import Usage


class Bytes(BaseModel):
    """What a show takes on this disk, in bytes."""

    programme: int
    tracks: int
    exports: int
    total: int


class Removed(BaseModel):
    """What was deleted: for good."""

    show: str
    title: str
    duration_s: float | None
    bytes: Bytes
    files: int


class Stored(BaseModel):
    """A show, and what it takes."""

    show: str
    title: str
    state: State
    bytes: Bytes
    deleted_ms: int | None = Field(description="When it will be deleted; null: never")


class Storage(BaseModel):
    """What all shows take, the largest first, and what is left of the disk, in bytes."""

    total: int
    free: int
    shows: list[Stored]


def keeping_routes(shows: Shows, keeping: Keeping) -> APIRouter:
    """Return the routes that say what shows take, and delete them."""
    routes = APIRouter(prefix="/api")

    @routes.get("/storage", summary="What the shows take on this disk")
    async def storage() -> Storage:
        stored = []
        for row in shows.all():
            usage = await keeping.usage(row.card.show)
            stored.append(
                Stored(
                    show=row.card.show,
                    title=row.card.title,
                    state=row.card.state,
                    bytes=_bytes(usage),
                    deleted_ms=keeping.until_ms(row),
                )
            )
        stored.sort(key=lambda one: one.bytes.total, reverse=True)
        total = sum(one.bytes.total for one in stored)
        return Storage(total=total, free=await keeping.free(), shows=stored)

    @routes.get("/shows/{show}/storage", summary="What one show takes on this disk")
    async def stored(show: str) -> Bytes:
        shows.row(show)
        return _bytes(await keeping.usage(show))

    @routes.delete("/shows/{show}", summary="Delete a show and its recording; says what went")
    async def delete_show(show: str) -> Removed:
        card = shows.row(show).card
        usage = await keeping.remove(show)
        return Removed(
            show=show,
            title=card.title,
            duration_s=card.duration_s,
            bytes=_bytes(usage),
            files=usage.files,
        )

    return routes


def _bytes(usage: Usage) -> Bytes:
    return Bytes(
        programme=usage.programme, tracks=usage.tracks, exports=usage.exports, total=usage.total
    )
