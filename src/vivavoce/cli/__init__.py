"""The command line. Each command's module imports what it runs only when it runs.

Exit codes: 0 done, 1 refused (there is no such show …), 2 cannot (wrong use, or this machine).
"""

import sys
from typing import Annotated

import typer
from typer.exceptions import Abort, TyperException

from vivavoce import __version__
from vivavoce.cli import demo, doctor, podcast, serve, show, storage, verify
from vivavoce.cli.say import as_json, failure
from vivavoce.config import SettingsError
from vivavoce.errors import MachineError, Problem, UsageError

app = typer.Typer(
    name="vivavoce",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
serve.add_to(app)
demo.add_to(app)
show.add_to(app)
podcast.add_to(app)
doctor.add_to(app)
storage.add_to(app)
verify.add_to(app)


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"vivavoce {__version__}\n")
        raise typer.Exit


@app.callback(invoke_without_command=False)
def main(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Say which version")
    ] = False,
) -> None:
    """Host a live conversation. Any number of people listen."""


def run() -> int:
    """Run the command line with the process's arguments; return the exit code."""
    try:
        code = app(standalone_mode=False)
    except Problem as problem:
        return _fail(problem)
    except BaseExceptionGroup as group:
        problems, _ = group.split(Problem)
        if problems is None:
            raise
        return _fail(_first(problems))
    except TyperException as error:
        words = error.format_message().rstrip(".")
        if not words:  # a command without arguments has shown its help
            return 2
        where = getattr(getattr(error, "ctx", None), "command_path", "vivavoce")
        return _fail(UsageError("wrong_use", f"{words}. See {where} --help."), 2)
    except (KeyboardInterrupt, Abort):
        return 130  # as shells have it: 128 + SIGINT
    return code if isinstance(code, int) else 0  # an int comes from typer.Exit


def _first(group: BaseExceptionGroup[Problem]) -> Problem:
    """Return one of the problems that ended several tasks together."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Problem)
    return error


def _fail(problem: Problem, code: int = 1) -> int:
    """Say it in one line, and to a script as JSON too; return the exit code."""
    failure(problem.message)
    if "--json" in sys.argv:
        as_json({"code": problem.code, "message": problem.message})
    return 2 if isinstance(problem, MachineError | SettingsError) else code
