"""``/api/docs``: the API on one page, written out of its OpenAPI description. No script. Pure."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any


def docs_page(openapi: Mapping[str, Any]) -> str:
    """Return the page as HTML."""
    title = escape(openapi["info"]["title"])
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<title>{title}</title><link rel="stylesheet" href="/api/docs.css"></head>',
            "<body><main>",
            f"<h1>{title}</h1>",
            f"<p>{escape(openapi['info']['description'])} "
            'As data: <a href="/api/openapi.json">openapi.json</a></p>',
            *_operations(openapi),
            "<h2>What is sent and answered</h2>",
            *_schemas(openapi["components"]["schemas"]),
            "</main></body></html>",
        ]
    )


CSS = """
:root { color-scheme: light dark; font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 48rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-weight: 600; } h2 { margin-top: 3rem; } h3 { margin: 1.6rem 0 0; font-size: 1rem; }
code { font: 0.95em ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } p { margin: 0.2rem 0; }
td { border-top: 1px solid; padding: 0.3rem 1rem 0.3rem 0; vertical-align: top; }
"""


def _operations(openapi: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            sent = _name(operation.get("requestBody", {}))
            statuses = [status for status in operation["responses"] if status.startswith("2")]
            answers = " or ".join(
                f"{status} {_name(operation['responses'][status])}".strip() for status in statuses
            )
            yield f"<h3><code>{method.upper()} {escape(path)}</code></h3>"
            yield f"<p>{escape(operation.get('summary', ''))}</p>"
            yield f"<p>{f'Takes {sent}. ' if sent else ''}Answers {answers}.</p>"


def _schemas(schemas: Mapping[str, Any]) -> Iterator[str]:
    for name, schema in schemas.items():
        yield f'<h3 id="{escape(name)}"><code>{escape(name)}</code></h3>'
        yield f"<p>{escape(schema.get('description', ''))}</p><table>"
        required = schema.get("required", ())
        for field, about in schema.get("properties", {}).items():
            must = "" if field in required else "optional"
            yield (
                f"<tr><td><code>{escape(field)}</code></td><td>{escape(_type(about))}</td>"
                f"<td>{must}</td><td>{escape(about.get('description', ''))}</td></tr>"
            )
        yield "</table>"


def _name(holder: Mapping[str, Any]) -> str:
    schema = holder.get("content", {}).get("application/json", {}).get("schema")
    if not schema:
        return ""
    listed = schema.get("type") == "array"
    name = escape(_type(schema["items"] if listed else schema))
    return f'{"a list of " if listed else ""}<a href="#{name}"><code>{name}</code></a>'


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return str(schema.get("const", schema.get("type", "any")))
