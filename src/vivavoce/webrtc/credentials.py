"""Random ICE credentials."""

import secrets

from vivavoce.webrtc.ice import Credentials


def new_credentials() -> Credentials:
    """Make random ones: 48 bits of fragment, since all peers share a port; 144 of password."""
    return Credentials(_ice_chars(6), _ice_chars(18))


def _ice_chars(size: int) -> str:
    # A-Z a-z 0-9 + / (RFC 8839 section 5.4): base 64 with its first alphabet.
    return secrets.token_urlsafe(size).replace("-", "+").replace("_", "/")
