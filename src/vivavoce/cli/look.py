"""What ``vivavoce doctor`` finds out: the addresses, the port, and whether checks arrive."""

import secrets
import socket
import struct
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from vivavoce.errors import MachineError
from vivavoce.people import keys
from vivavoce.supervisor import folder
from vivavoce.webrtc import stun
from vivavoce.webrtc.doctor import Facts, probe_of
from vivavoce.webrtc.ice import Credentials
from vivavoce.webrtc.local import local_addresses
from vivavoce.webrtc.stun import Attribute
from vivavoce.webrtc.udp_socket import bind_all

_PATIENCE_S: Final = 1.0


def look(settings: Any) -> Facts:
    """Find the facts out; takes a second for each address that does not answer."""
    hosts = local_addresses(settings.media_host)
    running = _running(settings)
    port, taken = settings.media_port, None
    answered: dict[str, bool] = {}
    announced: dict[str, bool] = {}
    if running is not None:
        server, probe = running
        port, hosts = server.udp_port, list(server.hosts)
        answered = {host: asked(host, port, probe) for host in hosts}
        for address in settings.announced:
            announced[address] = asked(address, port, probe)
    else:
        try:
            sockets, port = bind_all(hosts, port)
        except MachineError as error:
            taken, sockets = error.message, []
        for host, sock in zip(hosts, sockets, strict=False):
            answered[host] = _arrives(sock, host, port)
        for address in settings.announced:
            announced[address] = any(_arrives(sock, address, port) for sock in sockets)
        for sock in sockets:
            sock.close()
    return Facts(
        running=running is not None,
        port=port,
        answered=answered,
        taken=taken,
        announced=announced,
        turn=bool(settings.turn.urls and settings.turn.secret),
        secure=_secure(settings, hosts),
    )


def _running(settings: Any) -> tuple[folder.Running, Credentials] | None:
    """Return the server that runs and how to ask it, None if none does."""
    try:
        running = folder.read_running(settings.folder)
    except (MachineError, OSError):
        return None
    parts = urlsplit(running.studio_url)
    with socket.socket() as door:
        door.settimeout(_PATIENCE_S)
        if door.connect_ex((parts.hostname or "127.0.0.1", parts.port or 80)):
            return None
    return running, probe_of(keys.digest(running.token))


def asked(host: str, port: int, probe: Credentials) -> bool:
    """Send a check as a browser would; whether the server answered it."""
    attributes = {
        int(Attribute.USERNAME): f"{probe.ufrag}:{probe.ufrag}".encode(),
        int(Attribute.PRIORITY): struct.pack("!I", 1),
        int(Attribute.ICE_CONTROLLING): bytes(8),
    }
    check = stun.build(stun.Kind.REQUEST, secrets.token_bytes(12), attributes, probe.password)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(_PATIENCE_S)
        try:
            sock.connect((host, port))
            sock.send(check)
            reply = stun.parse(sock.recv(2048))
        except OSError:
            return False
    return reply is not None and reply.kind is stun.Kind.SUCCESS


def _arrives(sock: socket.socket, host: str, port: int) -> bool:
    """Whether a datagram to ``host`` reaches ``sock``."""
    token = secrets.token_bytes(16)
    with socket.socket(sock.family, socket.SOCK_DGRAM) as sender:
        try:
            sender.sendto(token, (host, port))
            sock.settimeout(_PATIENCE_S)
            return sock.recv(64) == token
        except OSError:
            return False


def _secure(settings: Any, hosts: list[str]) -> bool:
    only_here = all(ip_address(host).is_loopback for host in hosts)
    tls = bool(getattr(settings, "tls_cert", ""))
    return only_here or tls or settings.studio_url.startswith("https://")
