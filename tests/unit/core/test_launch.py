import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.config import Settings, Sound
from vivavoce.launch import Launch, decode, encode


@given(name=st.text(), kbps=st.integers(8, 320), digest=st.binary(min_size=32, max_size=32))
def test_a_launch_is_one_line_and_comes_back_whole(name: str, kbps: int, digest: bytes) -> None:
    launch = Launch(
        role="studio",
        name=name,
        settings=Settings(sound=Sound(opus_kbps=kbps)),
        sockets=(3, 4),
        public_url="http://localhost:8080",
        studio_url="http://localhost:8081",
        pages="/pages",
        owner_key=digest,
    )
    line = encode(launch)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode(line) == launch


def test_other_lines_are_refused() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(b"{}\n")
