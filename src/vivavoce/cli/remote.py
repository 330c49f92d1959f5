"""Talking to the running server, with the standard library: found by ``server.json``."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Final

from vivavoce.errors import MachineError, UsageError
from vivavoce.supervisor import folder

# Ending a show waits for its files; more than this is a fault.
_TIMEOUT_S: Final = 30


class Remote:
    """The studio's API, as the command line uses it."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._running = folder.read_running(data)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send a request and return the answer.

        A refusal of the server is a ``UsageError``, no answer is a ``MachineError``.
        """
        data = None if method == "GET" else json.dumps(body or {}).encode()
        return self.send(method, path, data, "application/json")

    def send(self, method: str, path: str, data: bytes | None, kind: str) -> Any:
        """Send ``data`` of a media type and return the answer, with the errors of ``ask``."""
        request = urllib.request.Request(  # noqa: S310  the address is from our own file
            self._running.studio_url + path,
            method=method,
            data=data,
            headers={
                "Authorization": f"Bearer {self._running.token}",
                "Content-Type": kind,
            },
        )
        try:
            with _open(request) as response:
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        except (OSError, ValueError):
            raise MachineError(
                "server_not_answering",
                f"The server of {self._data} does not answer: look whether it runs, or start it "
                "with vivavoce serve.",
            ) from None


def _open(request: urllib.request.Request) -> Any:
    # No proxy of the environment: the server is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(request, timeout=_TIMEOUT_S)


def _refusal(error: urllib.error.HTTPError) -> UsageError:
    with error:
        try:
            said = json.loads(error.read())
            return UsageError(said["code"], said["message"], status=error.code)
        except (ValueError, KeyError, TypeError):
            return UsageError("refused", f"The server refused with status {error.code}.")
