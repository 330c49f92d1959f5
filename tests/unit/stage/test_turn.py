"""TURN credentials are coturn's: it computes the same from the name and the secret."""

import base64
import hashlib
import hmac

from vivavoce.stage.turn import LIFETIME_S, ice_servers


def test_the_password_is_the_names_signature_and_the_name_says_until_when() -> None:
    (server,) = ice_servers(
        "turn:t.example.org:3478, turns:t.example.org:443?transport=tcp", "north", "ada", 1_000
    ).ice_servers
    assert server.urls == ("turn:t.example.org:3478", "turns:t.example.org:443?transport=tcp")
    assert server.username == f"{1_000 + LIFETIME_S}:ada"
    wanted = hmac.new(b"north", server.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(server.credential) == wanted


def test_without_address_or_secret_there_is_no_server() -> None:
    assert ice_servers("", "north", "ada", 0).ice_servers == ()
    assert ice_servers("turn:t.example.org", "", "ada", 0).ice_servers == ()
