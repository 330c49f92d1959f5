"""Keys, tokens and identifiers: how they are made, kept and compared. Pure, but for randomness."""

import hashlib
import hmac
import secrets
from typing import Final

# 192 bits in 32 letters: beyond guessing, and no padding in the address.
_KEY_BYTES: Final = 24

# Crockford's base 32: no i, l, o, u, so that it can be read aloud and no word is made of it.
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_LETTERS: Final = 10  # 50 bits, as ``card.SHOW_ID`` demands

# Nothing of ours is longer; what is longer is not hashed.
LONGEST_KEY: Final = 100


def new_key() -> str:
    """Return a new key or token: 192 random bits, safe in an address."""
    return secrets.token_urlsafe(_KEY_BYTES)


def new_id() -> str:
    """Return a new identifier for a show or a seat: ten letters of Crockford's base 32."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LETTERS))


def digest(key: str) -> bytes:
    """Return what is kept of a key: its SHA-256, 32 bytes.

    A key of 192 random bits needs no salt and no slow hash: there is nothing to guess.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def same(one: bytes, other: bytes) -> bool:
    """Compare two digests in a time that tells nothing."""
    return hmac.compare_digest(one, other)
