"""Answers for people with a browser: the listener's page, assets, and helpful words for a miss."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from vivavoce.card import ShowCard, State
from vivavoce.deliver.files import IMMUTABLE, NO_CACHE, NO_STORE, NOSNIFF, File, answer
from vivavoce.deliver.http import Fields, Request, Response
from vivavoce.deliver.lookup import Lookup
from vivavoce.deliver.page import SECURITY, Start, Template, Told, security
from vivavoce.deliver.records import Records
from vivavoce.deliver.routes import Built, Embed, Home, Page
from vivavoce.errors import PeerError
from vivavoce.record.clip import breaks_of

FILLED: Final = ("listen", "embed", "clip")

# Filled pages are kept: when a show begins, everybody asks for the same one.
_FILLED_LIMIT: Final = 256


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One file of the pages' build, also packed where that makes it smaller."""

    plain: File
    packed: File | None
    content_type: str


@dataclass(frozen=True, slots=True)
class BuiltPages:
    """What the build of the web pages made. Empty where nothing was built."""

    templates: Mapping[str, Template]
    """Pages that are filled with a show's facts: those of ``FILLED``."""
    files: Mapping[str, BuiltFile]
    """By the path in their addresses: ``assets/page-Bin2oOf6.css``, ``home.html``."""


class Pages:
    """The pages and their files, as they were built."""

    def __init__(
        self, built: BuiltPages, lookup: Lookup, records: Records, public_url: str = ""
    ) -> None:
        self._built = built
        self._public_url = public_url
        self._lookup = lookup
        self._records = records
        self._filled: dict[Page | Embed, tuple[ShowCard, Start, File]] = {}

    def answer(
        self, wanted: Home | Built | Page | Embed, request: Request, *, asked: float
    ) -> Response:
        """Answer a request for a page or one of its files."""
        if isinstance(wanted, Page | Embed):
            return self._page(wanted, request, asked)
        if isinstance(wanted, Home):
            return self._file("home.html", request)
        # A page is reached by its own address, not by its file's name.
        return self.missing() if wanted.name.endswith(".html") else self._file(wanted.name, request)

    def missing(self, status: int = 404) -> Response:
        """Return the page that says what to do where there is nothing."""
        built = self._built.files.get("missing.html")
        if built is None:
            raise PeerError(
                "not_found", "There is nothing at this address. Check the link.", status=status
            )
        fields: Fields = (("Content-Type", built.content_type), NOSNIFF, NO_STORE, *SECURITY)
        return Response(status, fields, built.plain.body)

    def _page(self, wanted: Page | Embed, request: Request, asked: float) -> Response:
        framed = isinstance(wanted, Embed)
        try:
            card = self._lookup.show(wanted.show, asked=asked).card
        except PeerError as error:
            return self.missing(error.status)
        template = self.template("embed" if framed else "listen")
        start = self._start(card, asked)
        filled = self._filled.get(wanted)
        if filled is None or filled[0] is not card or filled[1] != start:
            if len(self._filled) >= _FILLED_LIMIT:
                self._filled.clear()
            body = template.fill(self._told(card), card=card, start=start)
            filled = self._filled[wanted] = (card, start, File.of(body))
        return html_answer(filled[2], request, security(card.studio_url, framed=framed))

    def template(self, name: str) -> Template:
        """Return a page to be filled; ``PeerError`` if it was not built."""
        template = self._built.templates.get(name)
        if template is None:
            raise _not_built()
        return template

    def _told(self, card: ShowCard) -> Told:
        if not self._public_url:
            return Told(card.title, card.description)
        url = f"{self._public_url}/{card.show}"
        return Told(card.title, card.description, url, oembed_url(self._public_url, url))

    def _start(self, card: ShowCard, asked: float) -> Start:
        """Return what a replay needs first, so that the page has to ask for sound alone."""
        if card.state is not State.ENDED:
            return Start()
        numbers = self._records.segments(card.show, asked=asked)
        taken = self._records.takedowns(card.show, asked=asked)
        return Start(
            breaks_of(numbers).breaks,
            self._records.starts_ms(card.show, asked=asked),
            taken=tuple((one.from_ms, one.to_ms) for one in taken),
            renamed=tuple(
                (segment, place) for place, one in enumerate(taken, 1) for segment in one.segments
            ),
            sound=bool(numbers),
        )

    def _file(self, name: str, request: Request) -> Response:
        built = self._built.files.get(name)
        if built is None:
            if name == "home.html":
                raise _not_built()
            return self.missing()
        cache = IMMUTABLE if name.startswith("assets/") else NO_CACHE
        file = built.plain
        extra: Fields = SECURITY
        if built.packed is not None:
            extra = (("Vary", "Accept-Encoding"), *extra)
            if "gzip" in request.headers.get("accept-encoding", ""):
                file, extra = built.packed, (("Content-Encoding", "gzip"), *extra)
        response = answer(file, built.content_type, cache, request.headers, cors=False)
        return Response(response.status, response.fields + extra, response.body)


def html_answer(file: File, request: Request, guards: Fields) -> Response:
    """Answer with a page that is asked for anew each time."""
    response = answer(file, "text/html; charset=utf-8", NO_CACHE, request.headers, cors=False)
    return Response(response.status, response.fields + guards, response.body)


def oembed_url(public_url: str, url: str) -> str:
    """Return where one is told how to embed ``url``, a page of ours."""
    return f"{public_url}/oembed?url={quote(url, safe='')}"


def _not_built() -> PeerError:
    return PeerError("pages_missing", "The web pages of this server are not built.", status=503)
