"""The built pages with a show's facts in them, what their heads tell, and their security. Pure."""

import html
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Final

import msgspec

from vivavoce.deliver.http import Fields
from vivavoce.media import SEGMENTED
from vivavoce.package.heads import HEADS

_CARD_MARK: Final = "<!--card-->"
_META_MARK: Final = "<!--meta-->"
_TITLE: Final = re.compile(r"<title>.*?</title>\s*", re.DOTALL | re.IGNORECASE)

# Everything comes from this server; sound also from memory (blob:, Media Source Extensions).
# The card in the page is data, not script, and needs no exception.
_POLICY: Final = (
    "default-src 'self'",
    "img-src 'self' data:",
    "media-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
)

_ANYWHERE: Final = "frame-ancestors *"

_OTHERS: Final[Fields] = (
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)

_ORIGIN: Final = re.compile(r"http(s?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


def security(studio_url: str | None = None, *, framed: bool = False) -> Fields:
    """Return the security fields of a page that may raise hands at ``studio_url``, an origin.

    What is no origin is left out: nothing else may get into a policy. ``framed``: the page may be
    part of any other.
    """
    if framed:
        return (("Content-Security-Policy", "; ".join((*_POLICY[:-1], _ANYWHERE))), *_OTHERS)
    studio = _ORIGIN.fullmatch(studio_url or "")
    if studio is None:
        return (("Content-Security-Policy", "; ".join(_POLICY)), *_OTHERS)
    socket = studio[0].replace("http", "ws", 1)
    policy = (*_POLICY, f"connect-src 'self' {studio[0]} {socket}")
    return (("Content-Security-Policy", "; ".join(policy)), *_OTHERS)


SECURITY: Final = security()


def json_in_html(document: bytes) -> str:
    """Return JSON that cannot end the ``script`` element around it.

    ``<`` is written as an escape, so neither ``</script`` nor ``<!--`` can appear (WHATWG HTML,
    section 4.12.1.3); the line separators are escaped for parsers that take JSON for JavaScript.
    """
    text = document.decode("utf-8").replace("<", "\\u003c")
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@dataclass(frozen=True, slots=True)
class Told:
    """What a page's head says of it to other places; addresses are whole."""

    title: str
    about: str
    url: str = ""
    oembed: str = ""
    image: str = ""
    """A picture of 1,200 by 630 pixels."""
    audio: str = ""
    """An M4A file."""


def meta(told: Told) -> str:
    """Return title, description, OpenGraph (ogp.me) and Twitter tags, and the oEmbed link."""
    tags = [f"<title>{html.escape(told.title)}</title>"]
    tags += [_tag("name", "description", told.about)] if told.about else []
    properties = {"type": "website", "site_name": "Viva Voce", "title": told.title}
    properties |= {"description": told.about} | ({"url": told.url} if told.url else {})
    if told.image:
        size = {"image:width": "1200", "image:height": "630", "image:type": "image/png"}
        properties |= {"image": told.image, **size, "image:alt": told.title}
    if told.audio:
        properties |= {"audio": told.audio, "audio:type": "audio/mp4"}
    tags += [_tag("property", f"og:{name}", value) for name, value in properties.items()]
    tags.append(_tag("name", "twitter:card", "summary_large_image" if told.image else "summary"))
    if told.oembed:
        href, title = html.escape(told.oembed), html.escape(told.title)
        tags.append(
            f'<link rel="alternate" type="application/json+oembed" href="{href}" title="{title}">'
        )
    return "\n    ".join(tags)


def _tag(kind: str, name: str, value: str) -> str:
    return f'<meta {kind}="{name}" content="{html.escape(value)}">'


_HEADS: Final = {str(codec): b64encode(HEADS[codec]).decode() for codec in SEGMENTED}


class Start(msgspec.Struct, frozen=True):
    """What a replay needs before its first sound, beside the sound itself."""

    breaks: tuple[tuple[int, int], ...] = ()
    """Media time that no playlist has, in milliseconds."""
    starts_ms: int = 0
    """Where the talk begins, media time; before it is dead air."""
    heads: dict[str, str] = msgspec.field(default_factory=lambda: dict(_HEADS))
    """The initialisation segments, Base64."""
    taken: tuple[tuple[int, int], ...] = ()
    """Media time that was taken down and is silence now."""
    renamed: tuple[tuple[int, int], ...] = ()
    """Segments of which something was taken down, and in which take-down, from 1."""
    sound: bool = True
    """Whether there is anything to hear."""


@dataclass(frozen=True, slots=True)
class Template:
    """A built page, cut at its placeholders."""

    pieces: tuple[str, str, str]

    @classmethod
    def cut(cls, built: str) -> "Template":
        """Cut the page at ``<!--meta-->`` (in its head) and ``<!--card-->`` (in its body).

        A page without them gets both where they would be. A title of its own is taken out.
        """
        whole = _TITLE.sub("", built)
        if _META_MARK not in whole:
            whole = whole.replace("</head>", f"{_META_MARK}</head>", 1)
        if _CARD_MARK not in whole:
            whole = whole.replace("</body>", f"{_CARD_MARK}</body>", 1)
        head, _, rest = whole.partition(_META_MARK)
        body, _, tail = rest.partition(_CARD_MARK)
        return cls((head, body, tail))

    def fill(self, told: Told, **data: object) -> bytes:
        """Return the page with each of ``data`` as JSON in it, by its name; UTF-8."""
        head, body, tail = self.pieces
        blocks = "".join(
            f'<script type="application/json" id="{name}">'
            f"{json_in_html(msgspec.json.encode(one))}</script>"
            for name, one in data.items()
        )
        return f"{head}{meta(told)}{body}{blocks}{tail}".encode()
