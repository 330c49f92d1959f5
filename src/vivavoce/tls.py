"""Certificates for the two ports, from files."""

import ssl
from pathlib import Path

from vivavoce.config import Settings
from vivavoce.errors import MachineError, UsageError


def wanted(settings: Settings) -> bool:
    """Return whether the ports speak TLS; ``UsageError`` if half of what is needed is given."""
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise UsageError(
            "setting_invalid",
            "TLS needs a certificate and its key: give both --tls-cert and --tls-key.",
        )
    return bool(settings.tls_cert)


def context(settings: Settings) -> ssl.SSLContext | None:
    """Return what both ports are opened with, or None without TLS.

    Raises ``MachineError`` (``tls_unreadable``, ``tls_invalid``).
    """
    if not wanted(settings):
        return None
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    certificate, key = (Path(p).expanduser() for p in (settings.tls_cert, settings.tls_key))
    try:
        made.load_cert_chain(certificate, key)
    except ssl.SSLError:
        raise MachineError(
            "tls_invalid",
            f"{certificate} and {key} are no certificate chain and its key in PEM form: look"
            " whether they belong together.",
        ) from None
    except OSError as error:
        raise MachineError(
            "tls_unreadable",
            f"The certificate {certificate} or its key {key} cannot be read ({error.strerror}):"
            " mend the path or its rights.",
        ) from None
    return made
