import pytest

from vivavoce.control.origin import Home
from vivavoce.errors import UsageError

HOME = Home("https://studio.example.org")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8081", "localhost:8081"),
        ("http://LOCALHOST:8081", "localhost:8081"),
        ("http://[::1]:8081", "[::1]:8081"),
        ("http://example.net", "example.net:80"),
        ("https://studio.example.org", "10.0.0.1:8081"),
        ("https://studio.example.org:443", "studio.example.org"),
    ],
)
def test_our_own_pages(origin: str, host: str) -> None:
    HOME.check(origin, scheme="http", host=host, required=True)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "localhost:8081"),
        ("http://localhost:8080", "localhost:8081"),
        ("https://localhost:8081", "localhost:8081"),
        ("http://localhost:8081.evil.example", "localhost:8081"),
        ("http://localhost:8081@evil.example", "localhost:8081"),
        ("http://evil.example/localhost:8081", "localhost:8081"),
        ("null", "localhost:8081"),
        ("", "localhost:8081"),
        ("", ""),
        ("http://", ""),
        ("http://x:99999", "x:99999"),
        ("http://studio.example.org", "10.0.0.1"),
        (None, "localhost:8081"),
    ],
)
def test_other_pages(origin: str | None, host: str) -> None:
    with pytest.raises(UsageError) as refused:
        HOME.check(origin, scheme="http", host=host, required=True)
    assert refused.value.code == "origin_refused"


def test_programs_without_a_cookie_need_no_origin() -> None:
    HOME.check(None, scheme="http", host="localhost:8081", required=False)
    with pytest.raises(UsageError):
        HOME.check("http://evil.example", scheme="http", host="localhost:8081", required=False)
