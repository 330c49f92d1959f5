"""Every error of the API as ``{"code", "message"}``: ours, the framework's, and our bugs."""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from vivavoce.errors import Problem

WORDS: Final = {
    404: ("not_found", "There is nothing at this address. /api/docs lists what there is."),
    405: ("method_not_allowed", "This address does not take that method. See /api/docs."),
    413: ("body_too_long", "The request is longer than 64 KiB."),
}


def answer(status: int, code: str, message: str) -> JSONResponse:
    """Return an error as the wire has it."""
    return JSONResponse({"code": code, "message": message}, status)


async def _problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return answer(error.status, error.code, error.message)


async def _framework(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code, words = WORDS.get(error.status_code, ("refused", "The request was refused."))
    response = answer(error.status_code, code, words)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return answer(422, "invalid_field", _sentence(error))


async def _bug(_: Request, _error: Exception) -> JSONResponse:
    return answer(500, "internal_error", "That is a fault of the server. Its log has the details.")


HANDLERS: Final[dict[type[Exception], Callable[[Request, Exception], Awaitable[JSONResponse]]]] = {
    Problem: _problem,
    HTTPException: _framework,
    RequestValidationError: _invalid,
    Exception: _bug,
}


def add_handlers(app: FastAPI) -> None:
    """Let ``app`` answer every error in our form."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)


def _sentence(error: RequestValidationError) -> str:
    """Name the first wrong field and what is wrong, without repeating what was sent."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return "The body is not valid JSON."
    field = ".".join(str(part) for part in first["loc"] if part not in {"body", "path"})
    words = first["msg"].removeprefix("Value error, ")
    return f"{field or 'body'}: {words}."
