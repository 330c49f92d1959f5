"""Answers as bytes, head and body; one that many get is put together once for all of them. Pure."""

from typing import Final

from vivavoce.deliver.http import Response, response_head

# All who wait for a part are given the same two or three answers; the others come and go.
_KEPT: Final = 16


class Answers:
    """The newest answers, by the response that they were made of."""

    def __init__(self) -> None:
        self._date = ""
        # The response is held too: as long as it is, nothing else has its identity.
        self._kept: dict[tuple[int, bool | None], tuple[Response, bytes]] = {}

    def whole(self, response: Response, *, date: str, keep_alive: bool | None) -> bytes:
        """Return an answer with its body; ``keep_alive`` as in ``response_head``."""
        if date != self._date:
            self._date = date
            self._kept.clear()
        key = (id(response), keep_alive)
        kept = self._kept.get(key)
        if kept is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            head = head_of(response, date=date, keep_alive=keep_alive)
            kept = self._kept[key] = (response, b"".join((head, response.body)))
        return kept[1]


def head_of(response: Response, *, date: str, keep_alive: bool | None) -> bytes:
    """Return the head of an answer alone."""
    rest = 0 if response.rest is None else len(response.rest)
    length = None if response.status == 304 else len(response.body) + rest
    return response_head(
        response.status, response.fields, date=date, length=length, keep_alive=keep_alive
    )
