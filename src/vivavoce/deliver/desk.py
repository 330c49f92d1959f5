"""One request in, one answer out: what the public port says. Does no I/O itself.

``answer`` is asked again after a file that it lacked (``NotInMemory``) has been read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

import msgspec

from vivavoce.deliver.clip_pages import ClipPages
from vivavoce.deliver.files import CORS, NO_CACHE, NO_STORE, File, answer
from vivavoce.deliver.held import Hold
from vivavoce.deliver.hls import Hls
from vivavoce.deliver.http import Fields, Request, Response
from vivavoce.deliver.lookup import Lookup
from vivavoce.deliver.oembed import OEmbeds
from vivavoce.deliver.pages import Pages
from vivavoce.deliver.proxies import Proxies
from vivavoce.deliver.push import Listen, Streams
from vivavoce.deliver.records import Records
from vivavoce.deliver.routes import (
    Built,
    CardJson,
    ClipFile,
    ClipPage,
    Embed,
    Events,
    FeedFile,
    Home,
    Init,
    OEmbed,
    Own,
    Page,
    PartFile,
    Playlist,
    Push,
    RecordFile,
    SegmentFile,
    route,
)
from vivavoce.errors import PeerError, Problem


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers requests from what the edge holds in memory."""

    lookup: Lookup
    pages: Pages
    hls: Hls
    streams: Streams
    records: Records
    clips: ClipPages
    oembed: OEmbeds
    own: Callable[[Own], Response]
    proxies: Proxies = field(default_factory=Proxies)
    """Whom to believe about a peer's address."""

    def answer(  # noqa: PLR0911  one for each kind of route
        self, request: Request, address: str, *, asked: float
    ) -> Response | Listen | Hold:
        """Answer a request of the peer at ``address``, made at ``asked``.

        Raises ``PeerError``, or ``NotInMemory`` for a file to be read before asking again.
        """
        match route(request.path):
            case Playlist() | Init() | SegmentFile() | PartFile() as wanted:
                return self.hls.answer(wanted, request, address, asked=asked)
            case RecordFile() | FeedFile() | ClipFile() as wanted:
                return self.records.answer(wanted, request, asked=asked)
            case Push() | Events() as wanted:
                return self.streams.answer(wanted, request, asked=asked)
            case CardJson(show):
                body = msgspec.json.encode(self.lookup.show(show, asked=asked).card)
                return answer(File.of(body), "application/json", NO_CACHE, request.headers)
            case Home() | Built() | Page() | Embed() as wanted:
                return self.pages.answer(wanted, request, asked=asked)
            case ClipPage() as wanted:
                return self.clips.answer(wanted, request, asked=asked)
            case OEmbed():
                return self.oembed.answer(request, asked=asked)
            case Own() as own:
                return self.own(own)
            case None:
                return self._nothing(request)
            case other:
                assert_never(other)

    def _nothing(self, request: Request) -> Response:
        if request.path[0] != "live":  # programs ask below /live, people elsewhere
            return self.pages.missing()
        raise PeerError("not_found", "There is nothing at this address.", status=404)


def problem_response(problem: Problem) -> Response:
    """Return a problem as every door tells it: JSON with a stable code and plain words."""
    body = msgspec.json.encode({"code": problem.code, "message": problem.message})
    fields: Fields = (
        ("Content-Type", "application/json"),
        ("X-Content-Type-Options", "nosniff"),
        NO_STORE,
        *CORS,
    )
    if problem.status == 405:
        fields += (("Allow", "GET, HEAD"),)  # RFC 9110 section 15.5.6
    if problem.status == 503:
        fields += (("Retry-After", "1"),)
    return Response(problem.status, fields, body)
