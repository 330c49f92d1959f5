"""Carrying out an order: the steps of each kind of export. Blocking, in a process of its own."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from vivavoce.card import State
from vivavoce.errors import UsageError
from vivavoce.export import archive, cover, tracks
from vivavoce.export.chapters import json_chapters, within
from vivavoce.export.encode import M4A, MP3, Form, encode
from vivavoce.export.facts import Facts, made_of, read_facts, read_small
from vivavoce.export.loudness import measure
from vivavoce.export.names import file_stem
from vivavoce.export.orders import Done, Kind, Made, Order
from vivavoce.export.programme import PART_MS, Tags, Written, segments_in, whole_parts, write_opus
from vivavoce.record.playing import Playing
from vivavoce.units import PART_SAMPLES

Tell = Callable[[float, str], None]
"""Is told the share that is done, and what is being done."""


# A difference of loudness that is heard.
_HEARD_DB: Final = 1.0


def carry_out(order: Order, tell: Tell) -> Done:
    """Make what ``order`` says; raises ``Problem`` in plain words."""
    live, record, to = Path(order.live), Path(order.record), Path(order.to)
    sources = made_of(live)  # before anything is read: what changes meanwhile is found to differ
    facts = read_facts(live, record)
    if not segments_in(live):
        raise UsageError(
            "nothing_recorded", "Of this show there is no sound: there is nothing to export."
        )
    to.mkdir(parents=True, exist_ok=True)
    match order.kind:
        case Kind.OPUS:
            return _opus(order, facts, live, to, tell)
        case Kind.MP3:
            return _encoded(order, facts, live, to / f"{stem(facts)}.mp3", MP3, tell)
        case Kind.AAC:
            return _encoded(order, facts, live, to / f"{stem(facts)}.m4a", M4A, tell)
        case Kind.EPISODE:
            return _episode(order, facts, sources, to, tell)
        case Kind.ARCHIVE:
            return archive.make(order, facts, to, stem(facts), tell)
        case Kind.TRACKS | Kind.TRACKS_FLAC | Kind.TRACKS_WAV:
            return tracks.make(order, facts, to, stem(facts), tell)


def stem(facts: Facts) -> str:
    """Return the beginning of the names of a show's files."""
    title = file_stem(facts.card.title, facts.card.show)
    return f"{facts.day}-{title}" if facts.day else title


def skipped_parts(facts: Facts) -> int:
    """Return how many parts of dead air a file leaves out at its beginning; an ended show's."""
    if facts.card.state is not State.ENDED:
        return 0
    playing = Playing.of(facts.talk.breaks)
    return playing.playing_ms(facts.talk.starts_ms) // PART_MS


def tags_of(order: Order, facts: Facts, parts: int, skipped: int) -> Tags:
    """Return what a file of ``parts`` parts says of itself."""
    picture = read_small(Path(order.cover)) if order.cover else None
    card = facts.card
    return Tags(
        title=card.title,
        author=order.author,
        date=facts.day,
        description=card.description,
        language=card.language,
        cover=cover.embedded(picture or cover.drawn(card.title, order.author)),
        chapters=within(facts.chapters, skipped * PART_MS, parts * PART_MS),
    )


def _source(order: Order, facts: Facts, live: Path, to: Path, tell: Tell) -> tuple[Written, Tags]:
    """Write the programme as it was recorded to the file ``to``."""
    skipped = skipped_parts(facts)
    tags = tags_of(order, facts, whole_parts(live) - skipped, skipped)
    written = write_opus(
        live,
        to,
        tags,
        skip_parts=skipped,
        tell=lambda done: tell(done, "Putting the recording together"),
    )
    return written, tags


def _opus(order: Order, facts: Facts, live: Path, to: Path, tell: Tell) -> Done:
    file, draft = to / f"{stem(facts)}.opus", to / ".programme.opus"
    written, tags = _source(order, facts, live, draft, lambda d, w: tell(0.1 * d, w))
    length = max(1, written.parts * PART_SAMPLES)
    found = measure(draft, length, lambda n: tell(0.1 + 0.8 * n / length, "Measuring the loudness"))
    # The packets stay as they were recorded: players turn them up, as far as peaks allow.
    tags = replace(tags, gain_db=found.unlimited_gain_db)
    write_opus(
        live,
        file,
        tags,
        skip_parts=skipped_parts(facts),
        tell=lambda done: tell(0.9 + 0.1 * done, "Making the file"),
    )
    draft.unlink()
    return Done((made(file),), notes(written, softer_db=found.gain_db - tags.gain_db))


def _encoded(
    order: Order,
    facts: Facts,
    live: Path,
    file: Path,
    form: Form,
    tell: Tell,
    *,
    keep: Path | None = None,
) -> Done:
    """Make a file at one loudness; with ``keep``, also the file that it is made from."""
    source = keep or file.with_name(".programme.opus")
    # Shares of the time that each step takes, as measured.
    written, tags = _source(order, facts, live, source, lambda d, w: tell(0.02 * d, w))
    length = max(1, written.parts * PART_SAMPLES)
    found = measure(
        source, length, lambda n: tell(0.02 + 0.18 * n / length, "Measuring the loudness")
    )
    encode(
        source,
        file,
        form,
        found.filters(),
        tags,
        length,
        lambda n: tell(0.2 + 0.8 * n / length, "Making the file"),
    )
    if keep is None:
        source.unlink()
    return Done((made(file),), notes(written))


def _episode(order: Order, facts: Facts, sources: str, to: Path, tell: Tell) -> Done:
    """Make the podcast's files; the caller puts them where listeners find them."""
    live, file = Path(order.live), to / "episode.mp3"
    done = _encoded(order, facts, live, file, MP3, tell, keep=to / "episode.opus")
    skipped = skipped_parts(facts)
    length_ms = (whole_parts(live) - skipped) * PART_MS
    chapters = within(facts.chapters, skipped * PART_MS, length_ms)
    (to / "episode-chapters.json").write_bytes(json_chapters(chapters))
    if order.cover is None:
        (to / "cover.png").write_bytes(cover.drawn(facts.card.title, order.author))
    told = {
        "length_ms": length_ms,
        "skipped_ms": skipped * PART_MS,
        "author": order.author,
        "cover": Path(order.cover).name if order.cover else "",
        "made_of": sources,
    }
    (to / "episode.json").write_bytes(msgspec.json.encode(told))
    return Done(tuple(made(path) for path in sorted(to.iterdir())), done.notes)


def made(path: Path) -> Made:
    """Return a file or folder that came out, with its size."""
    if path.is_dir():
        return Made(path.name, sum(p.stat().st_size for p in path.rglob("*") if p.is_file()))
    return Made(path.name, path.stat().st_size)


def notes(written: Written, softer_db: float = 0.0) -> tuple[str, ...]:
    """Return what a person should know of a programme that was put together."""
    said = []
    if written.silenced:
        seconds = written.silenced * PART_MS / 1000
        said.append(f"{seconds:.1f} s of the recording are damaged; there is silence instead.")
    if softer_db > _HEARD_DB:
        said.append(
            f"It is {softer_db:.0f} dB softer than podcasts are: its peaks allow no more as they"
            " were recorded. MP3 and AAC are at podcast loudness."
        )
    return tuple(said)
