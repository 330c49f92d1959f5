import pytest

from vivavoce.config import Settings
from vivavoce.errors import UsageError
from vivavoce.supervisor import addresses
from vivavoce.supervisor.edge import launch_of


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::"])
def test_all_interfaces_are_called_localhost(host: str) -> None:
    settings = Settings(host=host)
    assert addresses.public_url(settings, 8080) == "http://localhost:8080"
    assert addresses.studio_url(settings, 8081) == "http://localhost:8081"
    assert addresses.feed_url(host, 8081) == "ws://127.0.0.1:8081/feed"


@pytest.mark.parametrize(
    ("host", "url"), [("192.0.2.1", "192.0.2.1:80"), ("::1", "[::1]:80"), ("a.test", "a.test:80")]
)
def test_one_interface_is_called_by_its_name(host: str, url: str) -> None:
    assert addresses.public_url(Settings(host=host), 80) == f"http://{url}"
    assert addresses.feed_url(host, 80) == f"ws://{url}/feed"


def test_behind_a_proxy_people_are_told_the_proxys_address() -> None:
    settings = Settings(public_url="https://live.test", studio_url="https://studio.test")
    assert addresses.public_url(settings, 8080) == "https://live.test"
    assert addresses.studio_url(settings, 8081) == "https://studio.test"


@pytest.mark.parametrize(
    ("studio", "feed"),
    [
        ("http://10.0.0.1:8081", "ws://10.0.0.1:8081/feed"),
        ("https://studio.test", "wss://studio.test/feed"),
        ("https://studio.test/", "wss://studio.test/feed"),
    ],
)
def test_an_edge_finds_the_feed_by_the_studios_address(studio: str, feed: str) -> None:
    launch = launch_of(Settings(), studio, "token", 8080, 3)
    assert (launch.feed_url, launch.edge_token, launch.sockets) == (feed, "token", (3,))


@pytest.mark.parametrize("studio", ["", "studio.test", "ftp://x", "http://", "http://x/path"])
def test_what_is_no_studio_is_refused(studio: str) -> None:
    with pytest.raises(UsageError, match="no address of a studio"):
        launch_of(Settings(), studio, "token", 8080, 3)
