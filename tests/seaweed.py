"""A real S3 server that no one here wrote: SeaweedFS, all of its parts in one process."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from obstore.exceptions import BaseError
from obstore.store import S3Store
from tests.proxies import free_port

BUCKET = "recordings"
KEY, SECRET = "our-key", "our-secret"
WEED = Path(sys.executable).with_name("weed")
_PARTS = ("master", "volume", "filer", "s3")


@dataclass
class Seaweed:
    """The server; its data stay when it is stopped and started again."""

    folder: Path
    ports: dict[str, int]
    process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports['s3.port']}"

    def store(self, prefix: str = "", **more: str) -> S3Store:
        """Return a client that is not the one under test, for what a test wants to see."""
        return S3Store(
            BUCKET,
            prefix=prefix or None,
            endpoint=self.endpoint,
            region="us-east-1",
            access_key_id=KEY,
            secret_access_key=SECRET,
            client_options={"allow_http": True},
            **more,  # type: ignore[arg-type]
        )

    def start(self) -> None:
        """Start it, and return once the bucket takes something."""
        flags = [f"-{name}={port}" for name, port in self.ports.items()]
        command = [
            str(WEED), "server", f"-dir={self.folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
            "-filer", "-s3", f"-s3.config={self.folder / 's3.json'}", "-s3.port.iceberg=0",
            "-s3.port.lance=0", "-master.volumeSizeLimitMB=64", "-volume.max=8",
            "-master.telemetry=false", *flags,
        ]  # fmt: skip
        log = (self.folder / "log").open("ab")
        with log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        deadline = time.monotonic() + 60
        while not self._takes():
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.2)
            said = (self.folder / "log").read_text()[-2_000:]
            assert self.process.poll() is None, said
            assert time.monotonic() < deadline, said

    def _takes(self) -> bool:
        filer = f"http://127.0.0.1:{self.ports['filer.port']}/buckets/{BUCKET}/"
        with suppress(OSError, BaseError):
            try:
                with urlopen(Request(filer, method="POST"), timeout=5):
                    pass
            except HTTPError as error:
                if error.code != 409:  # it is there from before
                    return False
            self.store().put("ready", b"")
            self.store().delete("ready")
            return True
        return False

    def ensure(self) -> None:
        """Let it run and the bucket be empty, whatever a test before left."""
        if self.process is None:
            self.start()
        keys = [about["path"] for page in self.store().list() for about in page]
        if keys:
            self.store().delete(keys)

    def stop(self) -> None:
        """Stop it as the kernel would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def seaweed(folder: Path) -> Iterator[Seaweed]:
    """Run the server with its data in ``folder``, and one empty bucket."""
    folder.mkdir()
    identity = {
        "name": "us",
        "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    ports = {f"{part}.port{more}": free_port() for part in _PARTS for more in ("", ".grpc")}
    server = Seaweed(folder, ports)
    try:
        server.start()
        yield server
    finally:
        server.stop()
