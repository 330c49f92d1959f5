"""A bucket: any S3-compatible one, or a folder elsewhere, through ``obstore``.

Credentials are what the AWS libraries' variables say (``AWS_ACCESS_KEY_ID`` …) or the machine's
own role; they are never settings, and nothing of a failed request is logged but its kind.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import LocalStore, ObjectStore, S3Store

from vivavoce.errors import MachineError
from vivavoce.record import files
from vivavoce.record.bucket_faults import AWAY, fault

if TYPE_CHECKING:
    from obstore.store import S3Config  # a type that is not there at run time

# A request that takes longer has failed; a big file has a second more for each 64 KiB.
_TIMEOUT_S: Final = 15.0
_RATE: Final = 65_536

_CHUNK: Final = 1 << 20


class Bucket(Protocol):
    """What a mirror needs; each raises ``MachineError`` when the bucket does not do it."""

    async def put(self, key: str, body: bytes | Path) -> None:
        """Keep ``body`` (a file is read meanwhile) under ``key``; ``OSError``: it is unreadable."""

    async def sizes(self, prefix: str) -> dict[str, int]:
        """Return the bytes of all that is below ``prefix/``, by key."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, in any order; those that are not there are gone already."""


class StoreBucket:
    """A bucket over one of obstore's stores, opened when it is first needed."""

    def __init__(self, open_store: Callable[[], ObjectStore]) -> None:
        self._open = open_store
        self._opened: ObjectStore | None = None

    @property
    def _store(self) -> ObjectStore:
        if self._opened is None:
            self._opened = self._open()
        return self._opened

    async def put(self, key: str, body: bytes | Path) -> None:
        """Keep ``body`` under ``key``."""
        if isinstance(body, bytes):
            await self._put(key, body, len(body))
            return
        reader = await anyio.to_thread.run_sync(_Reader, body)
        try:
            await self._put(key, reader.chunks(), reader.size)
        except MachineError:
            if reader.failure is not None:  # not the bucket's fault
                raise reader.failure from None
            raise
        finally:
            reader.close()

    async def _put(self, key: str, body: bytes | AsyncIterator[bytes], size: int) -> None:
        with _told(), anyio.fail_after(_TIMEOUT_S + size / _RATE):
            await obstore.put_async(self._store, key, body)

    async def sizes(self, prefix: str) -> dict[str, int]:
        """Return the bytes of all that is below ``prefix/``, by key."""
        listed: dict[str, int] = {}
        with _told():
            pages = aiter(obstore.list(self._store, prefix))
            while True:
                with anyio.fail_after(_TIMEOUT_S):
                    page = await anext(pages, None)
                if page is None:
                    return listed
                listed |= {about["path"]: about["size"] for about in page}

    async def fetch(self, key: str, path: Path) -> None:
        """Put what is kept under ``key`` into the new file ``path``; ``OSError`` is the disk's."""
        file = await anyio.to_thread.run_sync(path.open, "xb")
        try:
            with _told(), anyio.fail_after(_TIMEOUT_S):
                found = await obstore.get_async(self._store, key)
            pieces = aiter(found.stream(min_chunk_size=_CHUNK))
            while True:
                with _told(), anyio.fail_after(_TIMEOUT_S):
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                await anyio.to_thread.run_sync(file.write, piece)
        finally:
            file.close()

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete objects."""
        with _told():
            with anyio.fail_after(_TIMEOUT_S + len(keys)):
                try:
                    await obstore.delete_async(self._store, list(keys))
                except FileNotFoundError:  # of folders alone; it stopped there
                    for key in keys:
                        with suppress(FileNotFoundError):
                            await obstore.delete_async(self._store, key)


class _Reader:
    """A plain file, read piece by piece beside the loop."""

    def __init__(self, path: Path) -> None:
        self._file = files.open_read(path)
        self.size = path.stat().st_size
        self.failure: OSError | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        while True:
            try:
                chunk = await anyio.to_thread.run_sync(self._file.read, _CHUNK)
            except OSError as error:
                self.failure = error
                raise
            if not chunk:
                return
            yield chunk

    def close(self) -> None:
        self._file.close()


class _told:  # noqa: N801  reads as `files.told`
    """Turns what a store raises into one of ``bucket_faults``."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        if kind is None:
            return
        if issubclass(kind, TimeoutError):
            raise AWAY from None
        if issubclass(kind, BaseError | OSError | ValueError):
            refused = PermissionDeniedError | UnauthenticatedError | FileNotFoundError
            raise fault(str(error), refused=issubclass(kind, refused)) from None


def open_bucket(address: str, endpoint: str, region: str) -> StoreBucket | None:
    """Return the bucket of the settings (``config.Storage``), None if they name none.

    Nothing is asked of it yet: a studio starts whether or not it is there.
    """
    if not address:
        return None
    about = urlsplit(address)
    if about.scheme == "file":
        return StoreBucket(partial(LocalStore, Path(about.path)))
    return StoreBucket(partial(_s3, about.netloc, about.path.strip("/"), endpoint, region))


def _s3(bucket: str, prefix: str, endpoint: str, region: str) -> ObjectStore:
    config: S3Config = {}
    if endpoint:
        config["endpoint"] = endpoint
    if region:
        config["region"] = region
    return S3Store(
        bucket,
        prefix=prefix or None,
        config=config,
        # We try again ourselves: a host is to be told within seconds.
        retry_config={"max_retries": 0, "retry_timeout": timedelta(seconds=_TIMEOUT_S)},
        client_options={"allow_http": endpoint.startswith("http://"), "connect_timeout": "3s"},
    )
