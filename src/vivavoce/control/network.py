"""Whom a request is counted for. Pure."""

from ipaddress import IPv4Address, ip_address

from starlette.requests import HTTPConnection


def network_of(connection: HTTPConnection) -> str:
    """Return the caller's network: for IPv4 the /24, for IPv6 the /64, which one customer has."""
    host = "" if connection.client is None else connection.client.host
    try:
        address = ip_address(host)
    except ValueError:
        return host
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    if isinstance(address, IPv4Address):
        return str(address).rpartition(".")[0]
    return address.exploded[:19]
