"""Where a request began, behind listed proxies: what counts tries and hands sees the caller."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from vivavoce.deliver.proxies import Proxies


class Forwarded:
    """Puts the caller's address in place of a listed proxy's; nobody else is believed."""

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or connection."""
        peer = scope.get("client")
        if peer is not None and self._proxies.trusted(peer[0]):
            # Fields that are repeated are one list (RFC 9110 section 5.3).
            said = ", ".join(Headers(scope=scope).getlist("x-forwarded-for"))
            if said:
                scope = {**scope, "client": (self._proxies.origin(peer[0], said), 0)}
        await self._app(scope, receive, send)
