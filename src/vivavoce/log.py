"""Structured logs: a static message and fields, one JSON object a line or text for people.

    log = logging.getLogger(__name__)
    log.info("a live show goes on", extra={"show": card.show})

Never an identity, an address, a key or speech: a field with such a name is not written, whoever
passes it. Libraries come through here too, at warning and above: below that they log addresses.
"""

import json
import logging
import logging.handlers
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

PRIVATE: Final = frozenset(
    [
        "address",
        "client",
        "client_addr",
        "cookie",
        "email",
        "host_key",
        "ip",
        "key",
        "password",
        "peer",
        "person",
        "remote_addr",
        "speech",
        "text",
        "title",
        "token",
        "transcript",
        "url",
        "user_agent",
        "whip_token",
    ]
)

# What every record has; all else came in ``extra``.
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message", "asctime", "color_message", "websocket",
}  # fmt: skip

# 5 MB hold some ten thousand lines; with three files a role takes 15 MB at most, the oldest going.
_FILE_BYTES: Final = 5_000_000
_FILES: Final = 2


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, role, logger, message, then the fields."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "role": self._role,
            "logger": record.name,
            "message": record.getMessage(),
            **fields(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Readable(logging.Formatter):
    """Text for people: time, role, message, ``field=value``."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and below it the traceback if there is one."""
        said = "".join(f" {key}={value}" for key, value in fields(record).items())
        level = record.levelname.lower()
        line = f"{_time(record)[11:19]} {self._role:8} {level:7} {record.getMessage()}{said}"
        return line + ("\n" + self.formatException(record.exc_info) if record.exc_info else "")


def fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return a record's fields; those with a private name say only that they were there."""
    return {
        key: "(not logged)" if key in PRIVATE else value
        for key, value in vars(record).items()
        if key not in _STANDARD
    }


def set_up(role: str, *, level: str, form: str, file: Path | None = None) -> None:
    """Set up logging for this process; called once, by whoever starts a role.

    With ``file`` everything goes there, and only warnings and worse to standard error as well;
    without it everything goes to standard error. ``form`` is ``auto``, ``json`` or ``text``.
    """
    terminal = logging.StreamHandler(sys.stderr)
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    terminal.setFormatter(Readable(role) if as_text else JsonLines(role))
    handlers: list[logging.Handler] = [terminal]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = logging.handlers.RotatingFileHandler(
            file, maxBytes=_FILE_BYTES, backupCount=_FILES, encoding="utf-8"
        )
        kept.setFormatter(JsonLines(role))
        handlers.append(kept)
        terminal.setLevel(logging.WARNING)
    logging.basicConfig(level=logging.WARNING, handlers=handlers, force=True)
    logging.getLogger("vivavoce").setLevel(level.upper())
    logging.captureWarnings(True)


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
