"""Write the types of what the server says, from the server's own types: what all pages share to
src/shared/protocol.ts, what only the studio asks of recordings to src/studio/record/protocol.ts.

``python web/protocol.py`` writes them; ``tests/unit/core/test_web_protocol.py`` fails when one
is out of date. Names of fields carry their unit, here as there: ``_ms`` and ``_s`` become types.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from pydantic import BaseModel

from vivavoce.card import ShowCard
from vivavoce.control import (
    export_routes,
    keeping_routes,
    mark_routes,
    models,
    takedown_routes,
)
from vivavoce.stage import handsocket, messages

_PAGES: Final = Path(__file__).resolve().parent / "src"
SHARED: Final = _PAGES / "shared" / "protocol.ts"
RECORD: Final = _PAGES / "studio" / "record" / "protocol.ts"

Schema = Mapping[str, Any]

_HEAD: Final = """\
/** What the server says and is told. Made by web/protocol.py from the server's types: do not edit.
 *  docs/PROTOCOL.md has the prose. */

import type {{ {units} }} from "{way}units";
"""

# `Error` means something else to a browser; what is told is a problem on both sides.
_NAMES: Final = {"Error": "Refusal", "Fault": "Problem"}
_SENT: Final = (
    models.NewShow,
    models.ChangedShow,
    models.Key,
    models.NewInvitation,
    models.ChangedInvitation,
    models.InvitationKey,
    models.NewHand,
)
_TOLD: Final = (
    models.Session,
    models.Show,
    models.Fault,
    models.Invitation,
    models.InvitationLink,
    models.Hand,
)
_RECORD_TOLD: Final = (
    export_routes.Export,
    keeping_routes.Removed,
    keeping_routes.Storage,
    mark_routes.Chapters,
    mark_routes.Withdrawn,
    takedown_routes.TakenDown,
)
_RECORD_SENT: Final = (
    export_routes.NewExport,
    mark_routes.NewChapter,
    takedown_routes.NewTakedown,
)
_UNITS: Final = {"_ms": "Milli", "_s": "Seconds"}
_SIMPLE: Final = {"string": "string", "boolean": "boolean", "null": "null"}


def render() -> dict[Path, str]:
    """Return every file with what is to be in it."""
    return {SHARED: _shared(), RECORD: _record()}


def _shared() -> str:
    unions = [messages.Down, messages.Up]
    _, stage = msgspec.json.schema_components([*unions, ShowCard, handsocket.HandIs])
    told: dict[str, Schema] = {**stage}
    sent: dict[str, Schema] = {}
    for answer in _TOLD:
        told |= _with_parts(answer)
    for request in _SENT:
        sent |= _with_parts(request)
    sent |= {kind.__name__: told.pop(kind.__name__) for kind in messages.Up.__args__}
    blocks = [_HEAD.format(units="Milli, Seconds", way="./"), *_declared(told, sent)]
    blocks += [_union("StageDown", messages.Down), _union("StageUp", messages.Up)]
    return "\n".join(blocks)


def _record() -> str:
    told: dict[str, Schema] = {}
    sent: dict[str, Schema] = {}
    for answer in _RECORD_TOLD:
        told |= _with_parts(answer)
    for request in _RECORD_SENT:
        sent |= _with_parts(request)
    # What is told and asked for alike is one type.
    sent = {name: schema for name, schema in sent.items() if name not in told}
    head = _HEAD.format(units="Milli, Seconds", way="../../shared/")
    return "\n".join([head, *_declared(told, sent)])


def _declared(told: Mapping[str, Schema], sent: Mapping[str, Schema]) -> Iterator[str]:
    yield from (_declare(name, told[name], sent=False) for name in sorted(told))
    yield from (_declare(name, sent[name], sent=True) for name in sorted(sent))


def _with_parts(model: type[BaseModel]) -> dict[str, Schema]:
    schema = model.model_json_schema()
    return {**schema.pop("$defs", {}), model.__name__: schema}


def _name(python: str) -> str:
    return _NAMES.get(python, python)


def _union(name: str, union: Any) -> str:
    members = " | ".join(_name(kind.__name__) for kind in union.__args__)
    return f"export type {name} = {members};\n"


def _declare(name: str, schema: Schema, *, sent: bool) -> str:
    doc = f"/** {' '.join(schema['description'].split())} */\n" if "description" in schema else ""
    if "enum" in schema:
        return f"{doc}export type {_name(name)} = {_choice(schema['enum'])};\n"
    fields = list(_fields(schema, sent=sent))
    body = f" {fields[0].strip()} " if len(fields) == 1 else f"\n{''.join(fields)}"
    return f"{doc}export interface {_name(name)} {{{body}}}\n"


def _fields(schema: Schema, *, sent: bool) -> Iterator[str]:
    """Yield the fields: all are there in what the server says; with a default, not in requests."""
    required = schema.get("required", [])
    for field, kind in schema.get("properties", {}).items():
        if "description" in kind:
            yield f"  /** {kind['description']}. */\n"
        absent = "?" if sent and field not in required else ""
        yield f"  readonly {field}{absent}: {_type(kind, field)};\n"


def _type(schema: Schema, field: str) -> str:
    if "$ref" in schema:
        return _name(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " | ".join(_type(option, field) for option in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return _choice(schema.get("enum") or [schema["const"]])
    return _plain_type(schema, field)


def _plain_type(schema: Schema, field: str) -> str:
    match schema["type"]:
        case "integer" | "number":
            text = _UNITS.get(field[field.rfind("_") :], "number")
        case "array":
            text = f"readonly {_type(schema['items'], field)}[]"
        case "object":
            text = f"Readonly<Record<string, {_type(schema['additionalProperties'], field)}>>"
        case simple:
            text = _SIMPLE[simple]
    return text


def _choice(values: list[str]) -> str:
    return " | ".join(f'"{value}"' for value in sorted(values))


if __name__ == "__main__":
    for file, text in render().items():
        file.write_text(text, encoding="utf-8")
