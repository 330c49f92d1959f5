"""The page of a clip: found by its address alone, or in words why it cannot be had."""

from base64 import b64encode
from typing import Final

import msgspec

from vivavoce.card import ShowCard
from vivavoce.deliver.files import NO_STORE, File
from vivavoce.deliver.http import Request, Response
from vivavoce.deliver.page import SECURITY, Told
from vivavoce.deliver.pages import Pages, html_answer, oembed_url
from vivavoce.deliver.records import Records, speakers_in
from vivavoce.deliver.routes import ClipPage
from vivavoce.errors import PeerError
from vivavoce.record.clip import Clip
from vivavoce.record.playing import Playing, clock_text

_NO_CLIP: Final = (
    "This is no address of a clip: it ends in two numbers with a hyphen between. Ask whoever sent"
    " it, or mark a clip on the page of the show."
)


class ClipFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the page of a clip is made of."""

    show: str
    title: str = ""
    language: str = ""
    name: str = ""
    """As in the addresses of its files: ``FROM-TO``."""
    from_ms: int = 0
    """Playing time."""
    to_ms: int = 0
    names: str = ""
    """Who speaks."""
    peaks: str = ""
    """One byte a part, Base64."""
    problem: str = ""
    """Why it cannot be had, in words."""


class ClipPages:
    """Answers for people with the address of a clip."""

    def __init__(self, pages: Pages, records: Records, public_url: str) -> None:
        self._pages = pages
        self._records = records
        self._public_url = public_url

    def answer(self, wanted: ClipPage, request: Request, *, asked: float) -> Response:
        """Answer with the page; raises ``NotInMemory`` for what must be read first."""
        template = self._pages.template("clip")
        try:
            if wanted.clip is None:
                raise PeerError("clip_unknown", _NO_CLIP, status=404)
            card, playing = self._records.clip(wanted.show, wanted.clip, asked=asked)
        except PeerError as problem:
            if problem.code == "show_unknown":
                return self._pages.missing()
            facts = ClipFacts(show=wanted.show, problem=problem.message)
            body = template.fill(Told("No clip here", problem.message), clip=facts)
            fields = (("Content-Type", "text/html; charset=utf-8"), NO_STORE, *SECURITY)
            return Response(problem.status, fields, body)
        facts = self._facts(card, wanted.clip, playing, asked)
        body = template.fill(self._told(facts), clip=facts)
        return html_answer(File.of(body), request, SECURITY)

    def _facts(self, card: ShowCard, clip: Clip, playing: Playing, asked: float) -> ClipFacts:
        talk = self._records.talk(card.show, asked=asked)
        return ClipFacts(
            show=card.show,
            title=card.title,
            language=card.language,
            name=clip.name,
            from_ms=playing.playing_ms(clip.from_ms),
            to_ms=playing.playing_ms(clip.to_ms),
            names=speakers_in(talk, clip),
            peaks=b64encode(self._records.peaks(card.show, clip, asked=asked)).decode(),
        )

    def _told(self, facts: ClipFacts) -> Told:
        when = f"{clock_text(facts.from_ms)}\u2013{clock_text(facts.to_ms)}"
        title, about = f"{facts.title} · {when}", facts.names and f"With {facts.names}"
        if not self._public_url:
            return Told(title, about)
        url = f"{self._public_url}/{facts.show}/clip/{facts.name}"
        file = f"{self._public_url}/live/{facts.show}/clip/{facts.name}"
        oembed = oembed_url(self._public_url, url)
        return Told(title, about, url, oembed, image=f"{file}.png", audio=f"{file}.m4a")
