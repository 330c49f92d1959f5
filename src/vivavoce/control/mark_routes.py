"""Chapters and withdrawn clips over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from vivavoce.control.marks import Marks
from vivavoce.control.models import Body, Title
from vivavoce.control.shows import Shows
from vivavoce.errors import UsageError
from vivavoce.record import marks
from vivavoce.record.clip import Clip, clip_of

# A hundred days: no show's, and far from where floats are coarse.
_LATEST_S = 8_640_000

Media = Annotated[int, Field(ge=0, le=_LATEST_S * 1000, strict=True)]


class Chapter(Body):
    """A named moment of playing time."""

    start_s: Annotated[float, Field(ge=0, le=_LATEST_S, allow_inf_nan=False, strict=True)]
    title: Title


class Chapters(Body):
    """All chapters of a show."""

    chapters: Annotated[list[Chapter], Field(max_length=marks.CHAPTERS_LIMIT)]


class NewChapter(Body):
    """A chapter that begins now."""

    title: Title


class ClipRange(Body):
    """A clip, by what its address says: media time."""

    from_ms: Media
    to_ms: Media


class Withdrawn(BaseModel):
    """The clips that nobody can have any more."""

    withdrawn: list[ClipRange]


def mark_routes(shows: Shows, kept: Marks) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/api/shows/{show}")

    @routes.get("/chapters", summary="A show's chapters")
    async def chapters(show: str) -> Chapters:
        shows.row(show)
        return _told(await kept.chapters(show))

    @routes.put("/chapters", summary="Replace a show's chapters")
    async def set_chapters(show: str, body: Chapters) -> Chapters:
        wanted = [marks.Chapter(round(c.start_s * 1000), c.title) for c in body.chapters]
        return _told(await kept.set_chapters(shows.row(show).card, wanted))

    @routes.post("/chapters", summary="Begin a chapter now", status_code=201)
    async def mark(show: str, body: NewChapter) -> Chapter:
        chapter = await kept.mark(shows.row(show).card, body.title)
        return Chapter(start_s=chapter.start_ms / 1000, title=chapter.title)

    @routes.get("/withdrawn", summary="The clips that were withdrawn")
    async def withdrawn(show: str) -> Withdrawn:
        shows.row(show)
        return await _listed(kept, show)

    @routes.post("/withdrawn", summary="Withdraw a clip", status_code=201)
    async def withdraw(show: str, body: ClipRange) -> Withdrawn:
        await kept.withdraw(shows.row(show).card, Clip(body.from_ms, body.to_ms))
        return await _listed(kept, show)

    @routes.delete("/withdrawn/{clip}", summary="Let a clip be had again", status_code=204)
    async def allow(show: str, clip: str) -> None:
        shows.row(show)
        found = clip_of(clip)
        if found is None:
            raise UsageError("clip_unknown", "That is no clip: write FROM-TO.", status=404)
        await kept.allow(show, found)

    return routes


def _told(chapters: list[marks.Chapter]) -> Chapters:
    # What was written by hand may be longer than what may be sent.
    return Chapters.model_construct(
        chapters=[
            Chapter.model_construct(start_s=one.start_ms / 1000, title=one.title)
            for one in chapters
        ]
    )


async def _listed(kept: Marks, show: str) -> Withdrawn:
    ranges = await kept.withdrawn(show)
    return Withdrawn(withdrawn=[ClipRange.model_construct(from_ms=a, to_ms=b) for a, b in ranges])
