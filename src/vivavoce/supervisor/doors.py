"""The two front doors: listening sockets that outlive the roles behind them."""

import errno
import socket
from typing import Final

from vivavoce.errors import MachineError
from vivavoce.supervisor.addresses import everywhere

# Joins come in crowds; the kernel cuts this to its own limit (net.core.somaxconn, often 4,096).
BACKLOG: Final = 4_096


def open_door(host: str, port: int, *, flag: str) -> socket.socket:
    """Return a listening socket on ``host`` and ``port``; ``flag`` is how to choose another port.

    All interfaces means IPv6 and IPv4, or IPv4 alone on a machine without IPv6.
    Raises ``MachineError`` (``port_in_use``, ``port_refused``, ``host_unknown``).
    """
    try:
        return _listen(host, port)
    except OSError as error:
        raise _problem(error, host, port, flag) from None


def open_inner_door() -> socket.socket:
    """Return a listening socket that this machine alone reaches, for edges and the command line.

    Where the front doors speak TLS: a certificate is made out to a name that people use, and the
    loopback interface needs none.
    """
    return socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)


def _listen(host: str, port: int) -> socket.socket:
    # create_server sets SO_REUSEADDR, so that a restart does not wait for old connections to fade.
    if not everywhere(host):
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    if socket.has_dualstack_ipv6():
        try:
            return socket.create_server(
                ("", port), family=socket.AF_INET6, backlog=BACKLOG, dualstack_ipv6=True
            )
        except OSError as error:
            if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                raise
    return socket.create_server(("", port), backlog=BACKLOG)


def _problem(error: OSError, host: str, port: int, flag: str) -> MachineError:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return MachineError(
            "host_unknown",
            f"This machine has no address {host}: name one of its own with --host, or none.",
        )
    if error.errno == errno.EADDRINUSE:
        return MachineError(
            "port_in_use",
            f"Port {port} is in use by another program: stop it, or choose another with {flag}.",
        )
    return MachineError(
        "port_refused",
        f"Port {port} cannot be opened ({error.strerror}): choose another with {flag}"
        f"{' (below 1024 needs special rights).' if port < 1024 else '.'}",
    )
