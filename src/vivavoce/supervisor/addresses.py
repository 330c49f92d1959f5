"""The addresses that people are told, from the settings and the bound ports. Pure."""

from vivavoce.config import Settings

_ALL = frozenset({"", "0.0.0.0", "::", "*"})  # noqa: S104  compared with, not bound to


def everywhere(host: str) -> bool:
    """Return whether ``host`` means all interfaces."""
    return host in _ALL


def url(host: str, port: int, *, tls: bool = False) -> str:
    """Return ``http://host:port``, with ``localhost`` where the host is all interfaces."""
    name = "localhost" if everywhere(host) else host
    scheme = "https" if tls else "http"
    return f"{scheme}://[{name}]:{port}" if ":" in name else f"{scheme}://{name}:{port}"


def public_url(settings: Settings, port: int) -> str:
    """Return the public port's address as listeners are told it."""
    return settings.public_url or url(settings.host, port, tls=bool(settings.tls_cert))


def studio_url(settings: Settings, port: int) -> str:
    """Return the studio port's address as hosts are told it."""
    return settings.studio_url or url(settings.host, port, tls=bool(settings.tls_cert))


def inner_host(host: str) -> str:
    """Return the host under which this machine reaches a door bound to ``host``."""
    return "127.0.0.1" if everywhere(host) else host


def feed_url(host: str, port: int) -> str:
    """Return where the edges of this machine find the feed, whatever stands before the doors."""
    inner = inner_host(host)
    return f"ws://[{inner}]:{port}/feed" if ":" in inner else f"ws://{inner}:{port}/feed"
