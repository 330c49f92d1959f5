"""The command ``vivavoce``. This file parses on Python 3.6, so that an old Python hears why."""

import sys

OLDEST = (3, 11)


def main():  # type: () -> int
    """Run the command line; return the exit code."""
    if sys.version_info < OLDEST:
        words = "Viva Voce needs Python {}.{} or newer, and this is {}.{}: install a newer one."
        sys.stderr.write(words.format(*(OLDEST + tuple(sys.version_info[:2]))) + "\n")
        return 2
    from vivavoce.cli import run  # noqa: PLC0415  newer syntax

    return run()


if __name__ == "__main__":
    sys.exit(main())
