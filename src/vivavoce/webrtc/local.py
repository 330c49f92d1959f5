"""The addresses of this machine, as far as others may reach a port on them."""

from ipaddress import IPv6Address, ip_address

import ifaddr

_ALL = frozenset({"", "0.0.0.0", "::", "*"})  # noqa: S104  compared with, not bound to


def local_addresses(host: str = "") -> list[str]:
    """Return the addresses to bind for ``host``: itself, or all of this machine, best first.

    Each is bound by itself: on a socket for all of them, answers may leave from another address
    than the one that was asked, and browsers drop those.
    """
    if host not in _ALL:
        return ["127.0.0.1" if host == "localhost" else host]
    found = [_text(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    usable = {text for text in found if text and not ip_address(text).is_link_local}
    return sorted(usable, key=_rank) or ["127.0.0.1"]


def _text(ip: "str | tuple[str, int, int]") -> str:
    return ip if isinstance(ip, str) else ip[0].partition("%")[0]


def _rank(text: str) -> tuple[bool, bool, str]:
    address = ip_address(text)
    return address.is_loopback, isinstance(address, IPv6Address), text
