"""A small finished show with its seal, as the studio leaves it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from vivavoce.card import ShowCard, State
from vivavoce.clock import unix_ms
from vivavoce.media import SEGMENTED, Codec, Part
from vivavoce.package import cmaf
from vivavoce.package.heads import HEADS
from vivavoce.record import sealed
from vivavoce.record.programme import Programme
from vivavoce.record.sealed import Sealed
from vivavoce.units import PartNumber

SHOW = "0123456789"
EPOCH = datetime(2024, 8, 13, 0, 42, tzinfo=UTC)
EPOCH_MS = unix_ms(EPOCH)


def at(epoch_ms: int | None) -> datetime:
    """Return the epoch of a card that has one."""
    assert epoch_ms is not None
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)


def part(codec: Codec, number: int) -> Part:
    packets = [bytes([number % 251, n]) * 9 for n in range(cmaf.PACKETS_PER_PART[codec])]
    return Part(codec, PartNumber(number), cmaf.chunk(codec, PartNumber(number), packets))


def parts(start: int, end: int) -> list[Part]:
    return [part(codec, number) for number in range(start, end) for codec in SEGMENTED]


def public(data: Path) -> Path:
    return data / "live" / SHOW


def private(data: Path) -> Path:
    return data / "record" / SHOW


def recording(data: Path, now_part: int | None = None) -> Sealed:
    folder = public(data)
    programme = (
        Programme(folder, HEADS, EPOCH)
        if now_part is None
        else Programme.resume(folder, HEADS, EPOCH, PartNumber(now_part))
    )
    return Sealed(programme, folder, SHOW, EPOCH)


def close(data: Path) -> ShowCard:
    """Seal what is there and write the card that names the head."""
    tracks = private(data) / "tracks"
    tracks.mkdir(parents=True, exist_ok=True)
    (tracks / "seat000000.json").write_text('{"name":"Ada"}')
    (public(data) / "peaks.bin").write_bytes(bytes(range(40)))
    head = sealed.end(public(data), private(data), SHOW, EPOCH_MS)
    card = ShowCard(
        show=SHOW,
        version=3,
        title="A talk",
        description="",
        language="en",
        state=State.ENDED,
        epoch_ms=EPOCH_MS,
        seal=head,
    )
    (public(data) / "card.json").write_bytes(msgspec.json.encode(card))
    return card


def ended(data: Path, count: int = 40) -> ShowCard:
    """Record ``count`` parts, end the show, seal it."""
    show = recording(data)
    show.append(parts(0, count))
    show.finish()
    return close(data)
