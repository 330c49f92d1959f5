"""Errors say whose fault it is.

    Problem            anything that a person is told: a stable ``code`` and plain words
    ├── PeerError      the other end's fault: a browser, a listener, a foreign program
    ├── UsageError     our caller's fault: a person at the API, the command line, a setting
    └── MachineError   the machine's fault: a port taken, a full disk, a missing right

Anything else that is raised is a bug of ours and propagates to the supervisor.
On the wire every problem is ``{"code": …, "message": …}``.
"""

from typing import Final

import msgspec

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""All that msgspec raises for bytes that are not what was asked for: its own, text that is not
UTF-8, and brackets a thousand deep. Whoever decodes what others wrote catches all three.
"""


class Problem(Exception):  # noqa: N818  a problem is told to a person; the subclasses name the fault
    """Something that a person is told about, in plain words that say what to do next."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        """The HTTP status that fits, where the problem is answered over HTTP."""


class PeerError(Problem):
    """The other end broke a rule; it costs them their request or their seat, nobody else's."""


class UsageError(Problem):
    """The caller asked for something that cannot be."""


class MachineError(Problem):
    """This machine cannot do it as things are; the command line prints it and exits with 2."""
