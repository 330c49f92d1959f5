"""The shows of this studio: their rows, their cards, and when they go live and end.

Every change of a card grows its version, is kept in the database first, and is then told to the
disk and to the edges. All cards are in memory too: the studio is the only one who writes them.
"""

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import anyio
import msgspec

from vivavoce.card import OnStage, Seal, ShowCard, State
from vivavoce.clock import Clock, unix_ms
from vivavoce.control.adopting import adopted
from vivavoce.errors import UsageError
from vivavoce.people import keys
from vivavoce.stage.show import Command, step
from vivavoce.store.seat_rows import SeatRow
from vivavoce.store.show_rows import ShowRow, ShowRows
from vivavoce.units import Samples, seconds

# Versions that may be given away without a word to the database: an hour of people speaking.
LEASE: Final = 7_200

log = logging.getLogger(__name__)


class Stages(Protocol):
    """Who puts shows on air."""

    async def start(self, card: ShowCard) -> None:
        """Put a show on air whose card says live."""

    async def resume(self, card: ShowCard) -> None:
        """Put a show back on air, after the studio was away, on the same epoch."""

    async def end(self, show: str) -> Samples | None:
        """Take a show off air and finish its files; return the replay's length if known."""


class Seals(Protocol):
    """Who knows what can be held against a recording."""

    async def newest(self, show: str) -> Seal | None:
        """Return the head of a show's seal now."""

    async def edition(self, show: str) -> int:
        """Return how many ranges of a show were taken down."""

    async def end(self, card: ShowCard) -> Seal | None:
        """Seal all of a show that has ended; return the final head."""


class Board(Protocol):
    """Where cards are published."""

    async def put(self, card: ShowCard) -> None:
        """Publish a new or changed card."""

    def tell(self, card: ShowCard) -> None:
        """Publish a card that changes twice a second, and need not be there after a crash."""

    async def deleted(self) -> set[str]:
        """Return the shows that were deleted, ever."""

    async def being_deleted(self) -> list[str]:
        """Return the shows whose deletion was begun and not finished."""

    async def strays(self, known: Set[str]) -> list[ShowCard]:
        """Return the cards of shows that are there and not ``known``."""

    async def take_away(self, show: str) -> None:
        """Take a show out of everybody's reach: from here on its deletion cannot be stopped."""

    async def destroy(self, show: str) -> None:
        """Delete what was taken away."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is told once and kept only as digests: a host's key and its seat's WHIP token."""

    host_key: str
    whip_token: str


class Shows:
    """All shows. Commands on one show run one after the other."""

    def __init__(
        self,
        rows: ShowRows,
        stages: Stages,
        board: Board,
        clock: Clock,
        *,
        studio_url: str | None = None,
        seals: Seals | None = None,
    ) -> None:
        self._seals = seals
        self._rows = rows
        self._stages = stages
        self._board = board
        self._clock = clock
        self._studio_url = studio_url
        self._shows: dict[str, ShowRow] = {}
        self._deleted: set[str] = set()
        self._leased: dict[str, int] = {}
        self._locks: defaultdict[str, anyio.Lock] = defaultdict(anyio.Lock)

    async def open(self) -> None:
        """Read all shows, publish their cards, and put those that are live back on air.

        Deletions that were begun are finished first.
        """
        for show in await self._board.being_deleted():
            log.info("a deletion goes on", extra={"show": show})
            await self._board.take_away(show)
            await self._rows.remove(show)
            await self._board.destroy(show)
        self._deleted = await self._board.deleted()
        rows = await self._rows.all()
        known = {row.card.show for row in rows} | self._deleted
        rows += [await self._adopt(card) for card in await self._board.strays(known)]
        for row in rows:
            seal = await self._sealed(row.card)
            card = msgspec.structs.replace(row.card, studio_url=self._studio_url, seal=seal)
            if self._seals is not None and card.state is State.ENDED:
                edition = await self._seals.edition(card.show)
                card = msgspec.structs.replace(card, edition=edition)
            self._shows[card.show] = replace(row, card=card)
            self._leased[card.show] = card.version
            await self._board.put(card)
        for card in self.live():
            log.info("a live show goes on", extra={"show": card.show})
            await self._stages.resume(card)

    async def _adopt(self, card: ShowCard) -> ShowRow:
        """Keep a show of which the database knows nothing, as its card in the folder has it.

        It came from a bucket or another server, or the database was damaged. Its links are made
        anew by the owner. Versions that were told and not written are passed over.
        """
        log.warning("a show comes back from its card", extra={"show": card.show})
        now_ms = unix_ms(self._clock.wall())
        row, host = adopted(card, now_ms, above=card.version + LEASE)
        key, token = (keys.digest(keys.new_key()) for _ in range(2))
        try:
            await self._rows.add(row, host_key=key, host=host, token=token)
        except UsageError:  # its series is not there any more
            row = replace(row, card=msgspec.structs.replace(row.card, series=None))
            await self._rows.add(row, host_key=key, host=host, token=token)
        return row

    def all(self) -> list[ShowRow]:
        """Return every show, newest first."""
        return sorted(self._shows.values(), key=lambda row: row.created_ms, reverse=True)

    def live(self) -> list[ShowCard]:
        """Return the cards of the live shows."""
        return [row.card for row in self._shows.values() if row.card.state is State.LIVE]

    def card(self, show: str) -> ShowCard | None:
        """Return a show's card, ``None`` if there is no such show."""
        row = self._shows.get(show)
        return None if row is None else row.card

    def row(self, show: str) -> ShowRow:
        """Return a show; raises ``UsageError`` (``show_unknown``, ``show_deleted``)."""
        try:
            return self._shows[show]
        except KeyError:
            if show in self._deleted:
                raise UsageError("show_deleted", "The show was deleted.", status=410) from None
            raise UsageError(
                "show_unknown",
                "There is no such show. Look at the link again, or list the shows.",
                status=404,
            ) from None

    async def create(
        self, title: str, description: str, language: str, starts_ms: int | None
    ) -> tuple[ShowRow, Secrets]:
        """Make a show with its host's seat; the secrets are told only here."""
        card = ShowCard(
            show=keys.new_id(),
            version=1,
            title=title,
            description=description,
            language=language,
            state=State.PLANNED,
            starts_ms=starts_ms,
            studio_url=self._studio_url,
        )
        row = ShowRow(card, unix_ms(self._clock.wall()))
        secrets = Secrets(keys.new_key(), keys.new_key())
        host = SeatRow(seat=keys.new_id(), show=card.show, name="Host", role="host", origin="key")
        await self._rows.add(
            row,
            host_key=keys.digest(secrets.host_key),
            host=host,
            token=keys.digest(secrets.whip_token),
        )
        self._shows[card.show] = row
        self._leased[card.show] = card.version
        await self._board.put(card)
        return row, secrets

    async def change(self, show: str, changes: dict[str, Any]) -> ShowRow:
        """Change what the card says of the show before it begins, or how long it is kept.

        Whether it is recorded is settled when it goes live: who came on stage was told so.
        """
        async with self._lock(show):
            if "recorded" in changes:
                step(self.row(show).card.state, Command.START)
            return await self._publish(show, **changes)

    async def set_stage(
        self, show: str, stage: tuple[OnStage, ...], *, filler: bool = False
    ) -> ShowRow:
        """Say who is on stage; of a show that is not live nobody is.

        Who is speaking now is told and not kept: neither database nor disk write with every word.
        """
        async with self._lock(show):
            row = self.row(show)
            card = row.card
            if card.state is not State.LIVE or (card.stage, card.filler) == (stage, filler):
                return row
            if _names(card.stage) == _names(stage) and card.filler == filler:
                return await self._tell(show, stage)
            return await self._publish(show, stage=stage, filler=filler)

    async def remove(self, show: str) -> None:
        """Delete a show with all that is on disk of it; refused while it is live.

        Raises ``MachineError`` if the disk does not let it go, and then nothing has happened.
        """
        async with self._lock(show):
            if self.row(show).card.state is State.LIVE:
                raise UsageError("show_live", "The show is live. End it first.", status=409)
            await self._board.take_away(show)
            await self._rows.remove(show)
            self._deleted.add(show)
            del self._shows[show], self._leased[show]
            await self._board.destroy(show)
        self._locks.pop(show, None)

    async def replace_keys(self, show: str) -> Secrets:
        """Make a new host key and WHIP token; the old ones and the host's sessions end."""
        async with self._lock(show):
            secrets = Secrets(keys.new_key(), keys.new_key())
            await self._rows.replace_keys(
                show,
                host_key=keys.digest(secrets.host_key),
                token=keys.digest(secrets.whip_token),
            )
            return secrets

    async def start(self, show: str) -> ShowCard:
        """Go live. If the stage cannot, the show is planned again and the error goes on."""
        async with self._lock(show):
            before = self.row(show).card
            live = step(before.state, Command.START)
            row = await self._publish(show, state=live, epoch_ms=unix_ms(self._clock.wall()))
            try:
                await self._stages.start(row.card)
            except BaseException:
                with anyio.CancelScope(shield=True):
                    await self._publish(show, state=before.state, epoch_ms=None)
                raise
            return row.card

    async def end(self, show: str) -> ShowCard:
        """End a live show; its length is that of the replay."""
        async with self._lock(show):
            ended = step(self.row(show).card.state, Command.END)
            length = await self._stages.end(show)
            row = await self._publish(
                show,
                state=ended,
                ended_ms=unix_ms(self._clock.wall()),
                duration_s=None if length is None else seconds(length),
                stage=(),
                filler=False,
                seal=None,
            )
            if self._seals is not None:
                # All that is sealed is there by now, and nobody was kept waiting for it.
                seal = await self._seals.end(row.card)
                row = await self._publish(show, seal=seal)
            return row.card

    def unfinished(self) -> list[str]:
        """Return the shows whose files the disk did not let us finish when they ended."""
        cards = (row.card for row in self._shows.values())
        return [
            card.show
            for card in cards
            if card.state is State.ENDED and card.recorded and card.epoch_ms is not None
            if card.duration_s is None
        ]

    async def finish(self, show: str) -> bool:
        """Finish an ended show's files; return whether the disk let us."""
        async with self._lock(show):
            card = self.row(show).card
            if card.state is State.ENDED and card.duration_s is None:
                length = await self._stages.end(show)
                if length is None:
                    return False
                row = await self._publish(show, duration_s=seconds(length), seal=None)
                if self._seals is not None:
                    await self._publish(show, seal=await self._seals.end(row.card))
            return True

    async def take_down(self, show: str, work: Callable[[ShowCard], Awaitable[None]]) -> ShowRow:
        """Let ``work`` take something out of a show that has ended, and tell everybody.

        Raises ``UsageError`` (``not_ended``) and what ``work`` raises.
        """
        async with self._lock(show):
            card = self.row(show).card
            if card.state is not State.ENDED:
                raise UsageError(
                    "not_ended", "Something can be taken down once the show has ended.", status=409
                )
            await work(card)
            if self._seals is None:
                return await self._publish(show)
            edition = await self._seals.edition(show)
            return await self._publish(show, edition=edition, seal=await self._seals.newest(show))

    async def tell_again(self, show: str) -> None:
        """Publish an ended show's card anew: what anybody held of it is to be let go."""
        async with self._lock(show):
            await self._publish(show)

    async def renew_seal(self, show: str) -> None:
        """Put the head of a live show's seal on its card."""
        async with self._lock(show):
            card = self.row(show).card
            seal = await self._sealed(card)
            if card.state is State.LIVE and seal != card.seal:
                await self._publish(show, seal=seal)

    async def _sealed(self, card: ShowCard) -> Seal | None:
        if self._seals is None or card.state is State.PLANNED:
            return None
        if card.state is State.ENDED:  # perhaps it was interrupted
            return await self._seals.end(card)
        return await self._seals.newest(card.show)

    def _lock(self, show: str) -> anyio.Lock:
        self.row(show)  # locks exist only for shows that do
        return self._locks[show]

    async def _publish(self, show: str, **changes: Any) -> ShowRow:
        before = self.row(show)
        keep_days = changes.pop("keep_days", before.keep_days)
        card = msgspec.structs.replace(before.card, version=before.card.version + 1, **changes)
        leased = max(self._leased[show], card.version)
        row = ShowRow(card, before.created_ms, keep_days)
        await self._rows.save(row, version=leased)
        self._leased[show] = leased
        self._shows[show] = row
        await self._board.put(card)
        return row

    async def _tell(self, show: str, stage: tuple[OnStage, ...]) -> ShowRow:
        before = self.row(show)
        card = msgspec.structs.replace(before.card, version=before.card.version + 1, stage=stage)
        row = replace(before, card=card)
        if card.version > self._leased[show]:
            # Written ahead: after a crash versions go on above all that were given away.
            leased = card.version + LEASE
            await self._rows.save(row, version=leased)
            self._leased[show] = leased
        self._shows[show] = row
        self._board.tell(card)
        return row


def _names(stage: tuple[OnStage, ...]) -> list[tuple[str, str, bool]]:
    return [(person.name, person.role, person.muted) for person in stage]
