"""The studio's API in this process, with a real database and fakes for stage and publication."""

import tempfile
from collections.abc import AsyncIterator, Sequence, Set
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx2
from sqlalchemy import create_engine
from starlette.routing import BaseRoute

from vivavoce.card import ShowCard
from vivavoce.control.access import COOKIE, Door
from vivavoce.control.api import build_api
from vivavoce.control.crossorigin import Outside
from vivavoce.control.desk import Desk
from vivavoce.control.exports import Exports
from vivavoce.control.guests import Guests, guest_cookie
from vivavoce.control.hands import RaisedHands
from vivavoce.control.health import health_routes
from vivavoce.control.invitations import Invitations
from vivavoce.control.keeping import Keeping
from vivavoce.control.links import Links
from vivavoce.control.marks import Marks
from vivavoce.control.origin import Home
from vivavoce.control.pages import page_routes
from vivavoce.control.seating import Seating
from vivavoce.control.seats import SeatDesk
from vivavoce.control.series import Series
from vivavoce.control.shows import Shows
from vivavoce.control.takedowns import Takedowns
from vivavoce.control.workshop import work
from vivavoce.errors import PeerError
from vivavoce.metrics import Metrics
from vivavoce.mix.console import Console
from vivavoce.mix.opus import Encoder
from vivavoce.people import keys
from vivavoce.people.attempts import Attempts
from vivavoce.people.people import People
from vivavoce.stage.floor import Floor
from vivavoce.stage.stage import Stage
from vivavoce.store import schema
from vivavoce.store.database import open_database
from vivavoce.store.invitation_rows import InvitationRows
from vivavoce.store.people_rows import PeopleRows
from vivavoce.store.seat_rows import SeatRows
from vivavoce.store.series_rows import SeriesRows
from vivavoce.store.show_rows import ShowRows
from vivavoce.testing.clock import FakeClock
from vivavoce.units import Samples, samples
from vivavoce.webrtc.endpoint import OnState, Peer

LENGTH = samples(12.5)
KEEP_DAYS = 30
STUDIO = "http://studio.test"
PUBLIC = "http://public.test"


class NoEndpoint:
    """Answers no offer."""

    async def answer(self, offer_sdp: str, on_state: OnState) -> Peer:
        raise PeerError("bad_offer", "no")

    def gather(self) -> None:
        """Nothing comes."""


@dataclass
class FakeStages:
    """Remembers what it was asked; ``refuse`` makes the next start fail."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    length: Samples | None = LENGTH
    refuse: Exception | None = None
    expelled: list[str] = field(default_factory=list)
    cards: dict[str, ShowCard] = field(default_factory=dict)
    open_stages: dict[str, Stage] = field(default_factory=dict)

    async def start(self, card: ShowCard) -> None:
        self.asked.append(("start", card.show))
        if self.refuse:
            raise self.refuse

    async def resume(self, card: ShowCard) -> None:
        self.asked.append(("resume", card.show))

    async def end(self, show: str) -> Samples | None:
        self.asked.append(("end", show))
        return self.length

    async def expel(self, show: str, seats: list[str], message: str) -> None:
        self.asked.append(("expel", show))
        self.expelled += seats

    def card(self, show: str) -> ShowCard | None:
        return self.cards.get(show)

    async def open(self, show: str) -> Stage:
        if show not in self.open_stages:
            floor = Floor(Console(Encoder), FakeClock(), lambda: None)
            self.open_stages[show] = Stage(show, NoEndpoint(), FakeClock(), floor)
        return self.open_stages[show]


@dataclass
class FakeBoard:
    """Keeps every card that was published."""

    cards: list[ShowCard] = field(default_factory=list)
    told: list[ShowCard] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    async def put(self, card: ShowCard) -> None:
        self.cards.append(card)

    def tell(self, card: ShowCard) -> None:
        self.told.append(card)

    async def deleted(self) -> set[str]:
        return set(self.removed)

    async def being_deleted(self) -> list[str]:
        return []

    async def strays(self, known: Set[str]) -> list[ShowCard]:
        return []

    async def take_away(self, show: str) -> None:
        self.removed.append(show)

    async def destroy(self, show: str) -> None:
        assert show in self.removed


@dataclass
class Studio:
    """All parts of one studio under test."""

    desk: Desk
    shows: Shows
    people: People
    seats: SeatDesk
    stages: FakeStages
    board: FakeBoard
    clock: FakeClock
    transport: httpx2.ASGITransport

    def client(self, token: str | None = None, cookie: str | None = None) -> httpx2.AsyncClient:
        """Return a client; with ``cookie`` it is a browser on our own page."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        if cookie is not None:
            headers |= {"cookie": f"{COOKIE}={cookie}", "origin": STUDIO}
        return httpx2.AsyncClient(transport=self.transport, base_url=STUDIO, headers=headers)

    def guest(self, show: str, session: str) -> httpx2.AsyncClient:
        """Return a guest's browser."""
        headers = {"cookie": f"{guest_cookie(show)}={session}", "origin": STUDIO}
        return httpx2.AsyncClient(transport=self.transport, base_url=STUDIO, headers=headers)

    async def owner(self) -> str:
        """Return the token of a new owner's session."""
        _, token = await self.people.sign_in(await self.people.new_owner_key())
        return token


COMMAND_LINE = keys.new_key()


@cache
def new_database() -> bytes:
    """Return a migrated, empty database: made once, because migrating takes longer than a test."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "new.db"
        engine = create_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            schema.upgrade(connection)
        engine.dispose()
        return file.read_bytes()


def put_database(file: Path) -> None:
    """Put a new database at ``file`` if there is none."""
    if not file.exists():
        file.write_bytes(new_database())


@asynccontextmanager
async def open_studio(
    folder: Path, *, pages: Path | None = None, routes: Sequence[BaseRoute] = ()
) -> AsyncIterator[Studio]:
    """Open a studio on the database in ``folder``."""
    put_database(folder / "vivavoce.db")
    async with open_database(folder / "vivavoce.db") as database:
        clock, stages, board = FakeClock(), FakeStages(), FakeBoard()
        seat_rows = SeatRows(database)
        shows = Shows(ShowRows(database), stages, board, clock, studio_url=STUDIO)
        await shows.open()
        people = People(PeopleRows(database), clock, command_line=keys.digest(COMMAND_LINE))
        guests = Guests(seat_rows, clock)
        door = Door(people, Home(STUDIO), guests)
        outside = Outside(PUBLIC, STUDIO)
        exports = Exports(folder, work, clock)
        desk = Desk(
            shows=shows,
            seating=Seating(seat_rows, clock),
            invitations=Invitations(InvitationRows(database), seat_rows, stages, clock),
            guests=guests,
            hands=RaisedHands(stages, clock),
            people=people,
            attempts=Attempts(),
            links=Links(PUBLIC, STUDIO),
            clock=clock,
            exports=exports,
            takedowns=Takedowns(folder, shows, clock, exports.clear),
            keeping=Keeping(folder, shows, clock, keep_days=KEEP_DAYS, clear=exports.clear),
            marks=Marks(folder / "live", clock),
            series=Series(
                SeriesRows(database),
                folder / "live",
                clock,
                public_url=PUBLIC,
                roles=seat_rows.roles,
            ),
        )
        health = health_routes(Metrics(), database.answers)
        served = [*routes, *health, *page_routes(pages or folder / "none")]
        app = build_api(desk, door, outside, served)
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        seats = SeatDesk(seat_rows, door, outside)
        yield Studio(desk, shows, people, seats, stages, board, clock, transport)
