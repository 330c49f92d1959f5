"""Damage, the same in every run: what a bad link, a bad disk or an enemy makes of a good input."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

# Lengths and counts are where parsers trust: the ends of 8, 16 and 32 bits.
_EXTREMES: Final = (
    *(b"\x00", b"\xff", b"\x7f", b"\x80"),
    *(b"\x00\x00", b"\xff\xff", b"\x7f\xff", b"\x80\x00"),
    *(b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00"),
)
_TEXTS: Final = (
    *(b"\r\n", b"\n", b"\x00", b"%00", b"../", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"),
    *(b"[" * 200, b"{" * 200, b'"', b"\\u0000", b"9" * 40, b"-1", b"1e999", b"NaN", b" " * 40),
    *(b"a=", b"m=audio 9 X 1\r\n", b"OggS", b"moof", b"GET / HTTP/1.1\r\n", b"__proto__"),
)


def mutants(seeds: Sequence[bytes], name: str, count: int) -> Iterator[bytes]:
    """Yield ``count`` damaged inputs; ``name`` settles which."""
    random = Random(name)  # the same inputs in every run are what is wanted
    for _ in range(count):
        data = bytearray(random.choice(seeds))
        for _ in range(random.choice((1, 1, 2, 4, 16))):
            _damage(data, random, seeds)
        yield bytes(data)


def _damage(data: bytearray, random: Random, seeds: Sequence[bytes]) -> None:
    at = random.randint(0, len(data))
    end = min(len(data), at + random.choice((1, 2, 4, 8, 64, 1_024)))
    match random.randrange(8):
        case 0 if data:
            at = random.randrange(len(data))
            data[at] ^= 1 << random.randrange(8)
        case 1:
            del data[at:]
        case 2:
            del data[at:end]
        case 3:
            data[at:at] = data[at:end] * random.choice((1, 2, 40))
        case 4:
            extreme = random.choice(_EXTREMES)
            data[at : at + len(extreme)] = extreme
        case 5:
            data[at:at] = random.choice(_TEXTS)
        case 6:
            data[at:at] = random.randbytes(random.choice((1, 4, 64)))
        case _:
            other = random.choice(seeds)
            data[at:] = other[random.randint(0, len(other)) :]
