"""The pages' types are the server's types."""

from web.protocol import FILE, render


def test_the_pages_types_are_made_from_the_servers() -> None:
    assert FILE.read_text(encoding="utf-8") == render(), "run: python web/protocol.py"
