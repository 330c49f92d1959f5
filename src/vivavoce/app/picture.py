"""The picture role: fits a sent picture to a cover in a process of its own, and ends.

What was sent may be made to break or to burst a decoder: here it takes no memory, no time and no
process from the studio. The picture comes on standard input, to its end; the cover goes to standard
output, or with exit code 1 a line of JSON that says what is wrong.
"""

import os
import resource
import sys
from typing import Final

from vivavoce.errors import Problem
from vivavoce.export import cover
from vivavoce.export.orders import REFUSED, Failed, encode

_NICE: Final = 19
# The largest that is taken has 150 MB as pixels, twice while it is turned, beside Python's own.
_MEMORY: Final = 1 << 30
_CPU_S: Final = 30


def fit() -> None:
    """Read a picture, write a cover."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    try:
        made = cover.fitted(sys.stdin.buffer.read(cover.UPLOAD_LIMIT + 1))
    except Problem as problem:
        sys.stdout.buffer.write(encode(Failed(problem.code, problem.message)))
        sys.stdout.flush()
        os._exit(REFUSED)
    sys.stdout.buffer.write(made)
