"""Certificates for the two ports, from files."""

import logging
import ssl
from pathlib import Path
from typing import Final

import anyio
import anyio.to_thread

from vivavoce.config import Settings
from vivavoce.errors import MachineError, UsageError

_log = logging.getLogger(__name__)


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
    certificate, key = _files(settings)
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


# Certificates are renewed weeks before they end: seconds do not matter, and a look costs nothing.
LOOK_S: Final = 5.0


class Certificate:
    """What a port is opened with; files that change count from the next handshake on.

    Who is connected stays so. Files that do not belong together, as halfway through a renewal, are
    looked at again; until they do, the certificate from before holds.
    """

    def __init__(self, settings: Settings) -> None:
        made = context(settings)
        if made is None:
            raise ValueError("no certificate is set")
        self._settings = settings
        self._newest = self.context = made
        # Asked in every handshake, whether the other end names a host or not.
        made.sni_callback = self._present
        self._seen = self._stamps()
        self._refused: object = None
        self.renewed = 0
        """How often the files have changed."""

    @classmethod
    def of(cls, settings: Settings) -> "Certificate | None":
        """Return the certificate that is set, ``None`` without TLS; raises as ``context``."""
        return cls(settings) if wanted(settings) else None

    def look(self) -> None:
        """Take the files if they have changed."""
        stamps = self._stamps()
        if stamps == self._seen:
            return
        try:
            made = context(self._settings)
        except MachineError as error:
            if stamps != self._refused:
                _log.warning(error.message, extra={"code": error.code})
            self._refused = stamps
            return
        if made is not None and stamps == self._stamps():  # both of the same moment
            self._newest, self._seen = made, stamps
            self.renewed += 1
            _log.info("the certificate was renewed")

    async def run(self) -> None:
        """Look every few seconds until cancelled."""
        while True:
            await anyio.sleep(LOOK_S)
            await anyio.to_thread.run_sync(self.look)

    def _present(self, peer: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        peer.context = self._newest

    def _stamps(self) -> tuple[tuple[int, int, int] | None, ...]:
        return tuple(map(_stamp, _files(self._settings)))


def _files(settings: Settings) -> tuple[Path, Path]:
    return Path(settings.tls_cert).expanduser(), Path(settings.tls_key).expanduser()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Return what changes with a file's content, however it is replaced: links are followed."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_size, about.st_mtime_ns
