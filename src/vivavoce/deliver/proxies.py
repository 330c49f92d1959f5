"""Whom to believe about where a listener is: listed proxies, and nobody else. Pure.

Addresses serve to tell listeners apart when they are counted, for nothing else.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from vivavoce.errors import UsageError

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

# A chain of more proxies than this is made up; what lies beyond it is not looked at.
_CHAIN_LIMIT: Final = 16


class Proxies:
    """The proxies in front of this server."""

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)

    def __bool__(self) -> bool:
        return bool(self._networks)

    @classmethod
    def read(cls, text: str) -> "Proxies":
        """Read ``127.0.0.1, 10.0.0.0/8``; ``UsageError`` for what is no address or network."""
        names = [name.strip() for name in text.split(",") if name.strip()]
        try:
            return cls([ip_network(name, strict=False) for name in names])
        except ValueError as error:
            raise UsageError(
                "setting_invalid",
                f"Wrong value for trusted_proxies: {error}. Write addresses or networks with commas"
                " between, such as 127.0.0.1, 10.0.0.0/8.",
            ) from None

    def trusted(self, address: str) -> bool:
        """Return whether the peer at ``address`` is one of them."""
        found = _address(address) if self._networks else None
        return found is not None and self._lists(found)

    def origin(self, peer: str, forwarded_for: str | None) -> str:
        """Return where a request began: the nearest address that is not a listed proxy's.

        Each proxy appends the address that it was asked from, so the list is read from its end;
        whatever stands before the first stranger was written by that stranger.
        """
        if forwarded_for is None or not self.trusted(peer):
            return peer
        origin = peer
        for said in reversed(forwarded_for.split(",")[-_CHAIN_LIMIT:]):
            found = _address(_bare(said.strip()))
            if found is None:
                break  # rubbish: believe what came after it
            origin = str(found)
            if not self._lists(found):
                break
        return origin

    def _lists(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def _address(text: str) -> Address | None:
    """Return an address; an IPv4 one inside IPv6, as dual-stack sockets tell it, as itself."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped if mapped is not None else found


def _bare(said: str) -> str:
    """Return an address without the port and brackets that some proxies write."""
    if said.startswith("["):
        return said[1:].partition("]")[0]
    return said.partition(":")[0] if said.count(":") == 1 else said
