"""What the command line prints: plain lines, whatever people called their shows."""

import pytest

from vivavoce.cli import say

HOSTILE = "A \x1b]0;title\x07\x1b[2Jshow\x9b31m\rB\nC [bold]D"


def test_no_words_of_others_move_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say.rows({"Show": HOSTILE}, below=HOSTILE)
    say.failure(HOSTILE)
    out, err = capsys.readouterr()
    assert not {c for c in out + err if ord(c) < 32 or 127 <= ord(c) < 160} - {"\n"}
    assert out.splitlines()[0].endswith("A ]0;title[2Jshow31mB C [bold]D")
    assert err.count("\n") == 1


def test_other_scripts_stay_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    title = "Übung \u202b日本\u202c 👩\u200d🚀"
    say.rows({"Show": title})
    assert title in capsys.readouterr().out
