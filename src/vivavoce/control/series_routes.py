"""Series over HTTP: make, list, change, delete. For the owner."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, Field

from vivavoce.control.links import Links
from vivavoce.control.models import Body, Description, Language, Title, plain_text
from vivavoce.control.series import Series
from vivavoce.control.shows import Shows
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


def series_routes(series: Series, shows: Shows, links: Links) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/api/series")

    def describe(row: SeriesRow) -> OneSeries:
        fields = asdict(row)
        del fields["image"]
        return OneSeries(**fields, feed_url=address(links.public_url, row.series))

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

    return routes
