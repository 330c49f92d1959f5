"""Whether a browser's request comes from our own page. Pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from vivavoce.errors import UsageError


@dataclass(frozen=True, slots=True)
class Home:
    """Where our own pages are: the address that was asked, or the one in ``studio_url``."""

    studio_url: str

    def check(self, origin: str | None, *, scheme: str, host: str, required: bool) -> None:
        """Raise ``UsageError`` (``origin_refused``) if ``origin`` is not the address asked.

        ``scheme`` and ``host`` are the request's own (``http``, ``localhost:8081``). Programs send
        no ``Origin``; where a cookie speaks (``required``) that is refused, because only browsers
        have cookies and every browser sends it with what changes something.
        """
        if origin is None and not required:
            return
        asked = origin_of(f"{scheme}://{host}")
        if (
            origin is not None
            and origin_of(origin) in (asked, origin_of(self.studio_url))
            and asked
        ):
            return
        raise UsageError(
            "origin_refused",
            "This request does not come from the studio's own page. Behind a proxy, set "
            "studio_url to the address that the browser shows.",
            status=403,
        )


def origin_of(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port, or ``None`` for what is no origin (RFC 6454 section 4)."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        return None
    if not parts.hostname or parts.path or parts.query or parts.fragment or parts.username:
        return None
    return parts.scheme, parts.hostname, port
