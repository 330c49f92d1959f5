"""The pages' types are the server's types."""

from web.protocol import render


def test_the_pages_types_are_made_from_the_servers() -> None:
    for file, text in render().items():
        assert file.read_text(encoding="utf-8") == text, "run: python web/protocol.py"
