"""Time-limited TURN credentials, as coturn makes and checks them (``use-auth-secret``). Pure.

The user name says until when it holds; the password is its signature under the shared secret
(draft-uberti-behave-turn-rest-00 section 2.2). A person never learns the secret, and what is passed
on stops working within a day.
"""

import base64
import hmac
from typing import Final

import msgspec

LIFETIME_S: Final = 86_400
"""Longer than any show; a relay that is in use goes on when it ends."""


class IceServer(msgspec.Struct, frozen=True):
    """One entry of a browser's ``RTCConfiguration.iceServers``."""

    urls: tuple[str, ...]
    username: str
    credential: str


class IceServers(msgspec.Struct, frozen=True):
    """What a page is to make its peer connection with; none: there is no TURN server."""

    ice_servers: tuple[IceServer, ...] = ()


def ice_servers(urls: str, secret: str, who: str, unix_s: int) -> IceServers:
    """Return what ``who`` may use from now on; ``urls`` with commas between, as in the settings."""
    addresses = tuple(part.strip() for part in urls.split(",") if part.strip())
    if not addresses or not secret:
        return IceServers()
    name = f"{unix_s + LIFETIME_S}:{who}"
    digest = hmac.digest(secret.encode(), name.encode(), "sha1")
    return IceServers((IceServer(addresses, name, base64.b64encode(digest).decode()),))
