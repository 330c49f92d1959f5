import json
import logging
import sys
from typing import Any

import pytest

from vivavoce.log import PRIVATE, JsonLines, Readable


def record(message: str, **extra: Any) -> logging.LogRecord:
    return logging.getLogger("vivavoce.x").makeRecord(
        "vivavoce.x", logging.INFO, "f.py", 1, message, (), None, extra=extra
    )


def test_a_line_is_one_json_object_with_the_fields() -> None:
    line = JsonLines("studio").format(record("part made", part=7, codec="opus"))
    said = json.loads(line)
    assert "\n" not in line
    assert said.pop("time").endswith("Z")
    assert said == {
        "level": "info",
        "role": "studio",
        "logger": "vivavoce.x",
        "message": "part made",
        "part": 7,
        "codec": "opus",
    }


@pytest.mark.parametrize("name", sorted(PRIVATE))
@pytest.mark.parametrize("form", [JsonLines, Readable])
def test_private_fields_are_never_written(name: str, form: type[logging.Formatter]) -> None:
    line = form("studio").format(record("a thing", **{name: "198.51.100.7"}))
    assert "198.51.100.7" not in line


def test_an_exception_is_kept_whole() -> None:
    try:
        raise ValueError("why")
    except ValueError:
        made = record("it broke")
        made.exc_info = sys.exc_info()
    assert "ValueError: why" in json.loads(JsonLines("edge").format(made))["error"]
    assert Readable("edge").format(made).count("\n") > 1


def test_text_is_for_people() -> None:
    line = Readable("edge-1").format(record("edge joined", edges=2))
    assert line.endswith("info    edge joined edges=2")
