"""Series over HTTP: make, list, change, delete. For the owner."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Final

from fastapi import APIRouter, Request
from pydantic import AfterValidator, Field
from starlette.responses import FileResponse

from vivavoce.control.guard import PICTURES
from vivavoce.control.links import Links
from vivavoce.control.models import Body, Description, Language, Title, plain_text
from vivavoce.control.series import Series
from vivavoce.control.shows import Shows
from vivavoce.errors import UsageError
from vivavoce.export.categories import categorised
from vivavoce.export.feed import address
from vivavoce.store.series_rows import SeriesRow

Author = Annotated[str, Field(max_length=200), AfterValidator(plain_text)]
Category = Annotated[str, Field(max_length=100), AfterValidator(categorised)]


class NewSeries(Body):
    """What a series is made of; it has a podcast feed from then on."""

    title: Title
    description: Description = ""
    author: Author = ""
    language: Language = "en"
    category: Category = "Society & Culture"
    explicit: bool = False


class OneSeries(NewSeries):
    """A series; the one called ``all`` is every show of the installation."""

    series: str
    created_ms: int
    feed_url: str
    cover: Annotated[bool, Field(description="Whether one was sent; otherwise it is drawn")]
    cover_url: str


def series_routes(series: Series, shows: Shows, links: Links) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/api/series")

    def describe(row: SeriesRow) -> OneSeries:
        fields = asdict(row)
        del fields["image"]
        shown = series.cover(row.series).name
        return OneSeries(
            **fields,
            feed_url=address(links.public_url, row.series),
            cover=shown == row.image,
            cover_url=f"{links.public_url}/series/{shown}",
        )

    @routes.get("", summary="All series, oldest first")
    async def list_series() -> list[OneSeries]:
        return [describe(row) for row in series.all()]

    @routes.post("", summary="Make a series, with its podcast feed", status_code=201)
    async def make_series(body: NewSeries) -> OneSeries:
        return describe(await series.put(None, body.model_dump()))

    @routes.put("/{series_id}", summary="Change a series; 'all' is made by this")
    async def change_series(series_id: str, body: NewSeries) -> OneSeries:
        return describe(await series.put(series_id, body.model_dump()))

    @routes.delete("/{series_id}", summary="Delete a series and its feed", status_code=204)
    async def delete_series(series_id: str) -> None:
        await series.remove(series_id, shows)

    _add_covers(routes, series, describe)
    return routes


def _add_covers(
    routes: APIRouter, series: Series, describe: Callable[[SeriesRow], OneSeries]
) -> None:
    @routes.get("/{series_id}/cover", summary="A series' cover", response_class=FileResponse)
    async def cover(series_id: str) -> FileResponse:
        path = series.cover(series_id)
        if not path.is_file():
            raise UsageError("cover_missing", "It is drawn in a moment: try again.", status=404)
        return FileResponse(path)

    @routes.put(
        "/{series_id}/cover",
        summary="Give a series a cover: JPEG, PNG or WebP of at most 10 MB",
        openapi_extra={"requestBody": {"required": True, "content": _PICTURE}},
    )
    async def put_cover(series_id: str, request: Request) -> OneSeries:
        series.row(series_id)
        # The guard ends a body that is too long.
        return describe(await series.dress(series_id, await request.body()))

    @routes.delete("/{series_id}/cover", summary="Have the cover drawn again")
    async def delete_cover(series_id: str) -> OneSeries:
        return describe(await series.dress(series_id, None))


_PICTURE: Final = {
    kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted(PICTURES)
}
