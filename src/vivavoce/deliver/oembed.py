"""How other places embed a show or a clip: oEmbed 1.0 (oembed.com), as JSON.

Discovery is by the link in the heads of the pages; ``/SHOW/embed`` is what ends up in the frame.
"""

import html
import re
from dataclasses import dataclass
from typing import Final

import msgspec

from vivavoce.card import SHOW_ID
from vivavoce.deliver.files import NO_CACHE, File, answer
from vivavoce.deliver.http import Request, Response
from vivavoce.deliver.lookup import Lookup
from vivavoce.deliver.records import Records
from vivavoce.errors import PeerError
from vivavoce.record.clip import clip_of

# The player's own measure; it shrinks to what is asked for.
_WIDTH: Final = 560
_HEIGHT: Final = 220
_MOST: Final = 10_000

_OURS: Final = re.compile(
    rf"(https?://[^/?#\s]+)/({SHOW_ID.pattern})(?:/embed|/clip/([0-9-]{{3,30}}))?/?"
    r"(?:\?([^#]*))?(?:#.*)?"
)
_MOMENT: Final = re.compile(r"(?:^|&)t=([0-9:.,s]{1,40})(?:&|$)")


@dataclass(frozen=True, slots=True)
class _Wanted:
    show: str
    moment: str
    """What ``?t=`` is to say; empty for the whole show."""
    title: str
    picture: str = ""


class OEmbeds:
    """Answers ``/oembed?url=``."""

    def __init__(self, records: Records, lookup: Lookup, public_url: str) -> None:
        self._records = records
        self._lookup = lookup
        self._public_url = public_url

    def answer(self, request: Request, *, asked: float) -> Response:
        """Answer with what to embed; ``PeerError`` as the specification has it (2.3.1)."""
        query = request.query
        if query.get("format", "json") != "json":
            raise PeerError("format_unknown", "Only JSON is spoken here.", status=501)
        width = _bound(query.get("maxwidth"), "maxwidth", _WIDTH)
        height = _bound(query.get("maxheight"), "maxheight", _HEIGHT)
        base = self._public_url or f"http://{request.headers.get('host', '')}"
        wanted = self._wanted(query.get("url"), base, request.headers.get("host", ""), asked)
        moment = f"?t={wanted.moment}" if wanted.moment else ""
        source = html.escape(f"{base}/{wanted.show}/embed{moment}")
        told: dict[str, object] = {
            "version": "1.0",
            "type": "rich",
            "title": wanted.title,
            "provider_name": "Viva Voce",
            "provider_url": f"{base}/",
            "cache_age": 3_600,
            "width": width,
            "height": height,
            "html": f'<iframe src="{source}" width="{width}" height="{height}"'
            f' title="{html.escape(wanted.title)}" style="border:0" loading="lazy"'
            ' allow="autoplay"></iframe>',
        }
        body = File.of(msgspec.json.encode(told))
        return answer(body, "application/json", NO_CACHE, request.headers)

    def _wanted(self, url: str | None, base: str, host: str, asked: float) -> _Wanted:
        if not url:
            raise PeerError("url_missing", "Say which address: /oembed?url=…")
        found = _OURS.fullmatch(url)
        if found is None or (found[1] != base and found[1].partition("://")[2] != host):
            raise PeerError("url_unknown", "This is no address of a show here.", status=404)
        card = self._lookup.show(found[2], asked=asked).card
        if found[3] is None:
            moment = _MOMENT.search(found[4] or "")
            return _Wanted(found[2], moment[1] if moment else "", card.title)
        clip = clip_of(found[3])
        if clip is None:
            raise PeerError("url_unknown", "This is no address of a clip.", status=404)
        _, playing = self._records.clip(found[2], clip, asked=asked)
        begin, end = playing.playing_ms(clip.from_ms), playing.playing_ms(clip.to_ms)
        return _Wanted(found[2], f"{_seconds(begin)},{_seconds(end)}", card.title)


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".")


def _bound(text: str | None, name: str, usual: int) -> int:
    if text is None:
        return usual
    if not re.fullmatch(r"[1-9][0-9]{0,4}", text) or int(text) > _MOST:
        raise PeerError("bad_request", f"{name} is a number of pixels.")
    return min(usual, int(text))
