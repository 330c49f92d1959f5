"""The shows of this studio: how they are made, go live, end, are changed and deleted."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import anyio
import msgspec

from vivavoce.card import OnStage, Seal, ShowCard, State
from vivavoce.clock import Clock, unix_ms
from vivavoce.control.adopting import adopted
from vivavoce.control.cards import LEASE, Cards
from vivavoce.control.ports import Board, Seals, Stages
from vivavoce.errors import UsageError
from vivavoce.people import keys
from vivavoce.stage.show import Command, step
from vivavoce.store.seat_rows import SeatRow
from vivavoce.store.show_rows import ShowRow, ShowRows
from vivavoce.units import seconds

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is told once and kept only as digests: a host's key and its seat's WHIP token."""

    host_key: str
    whip_token: str


class Shows(Cards):
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
        super().__init__(rows, board)
        self._seals = seals
        self._stages = stages
        self._clock = clock
        self._studio_url = studio_url

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
            await self._put(replace(row, card=card))
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
        await self._put(row)
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
            self._forget(show)
            await self._board.destroy(show)

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


def _names(stage: tuple[OnStage, ...]) -> list[tuple[str, str, bool]]:
    return [(person.name, person.role, person.muted) for person in stage]
