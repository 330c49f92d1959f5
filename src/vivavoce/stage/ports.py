"""What the stage needs of its neighbours. They implement it; the composition root connects."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from starlette.requests import HTTPConnection

from vivavoce.bus.messages import Count, Down
from vivavoce.card import OnStage, ShowCard
from vivavoce.media import Codec, Frame, Part
from vivavoce.record.playing import Range
from vivavoce.stage.roster import Member
from vivavoce.stage.seats import Seat
from vivavoce.stage.standing import Standing
from vivavoce.units import PartNumber, Samples


class Feed(Protocol):
    """The way to the edges."""

    def publish(self, message: Down) -> None:
        """Tell every edge; never waits."""

    def count(self, show: str) -> Count:
        """Return the players of a show over all edges."""

    @property
    def edges(self) -> int:
        """How many edges are connected."""


class Shows(Protocol):
    """The service that owns shows and their cards."""

    def card(self, show: str) -> ShowCard | None:
        """Return a show's card, None if there is no such show."""

    async def end(self, show: str) -> object:
        """End a live show; calls ``Stages.end`` in its turn."""

    async def set_stage(
        self, show: str, stage: tuple[OnStage, ...], *, filler: bool = False
    ) -> object:
        """Put on the card who can be heard, or that nobody can and the filler is."""


class SeatBook(Protocol):
    """Where seats are written down."""

    async def seats(self, show: str) -> list[Seat]:
        """Return all seats of a show, removed ones too."""

    async def save(self, show: str, members: Iterable[Member]) -> None:
        """Write down role, standing and mute."""

    async def remove(self, seat: str) -> None:
        """Let a seat die with all that opened it: token, sessions, invitation."""

    async def seat_hand(self, show: str, name: str, token: bytes, standing: Standing) -> Seat:
        """Make a seat that a hand's token (digest) opens."""


class Gate(Protocol):
    """Knows who may take which seat."""

    async def allowed(self, connection: HTTPConnection, show: str) -> Seat | None:
        """Return the seat that this connection may take in ``show``; None if none."""


class Recording(Protocol):
    """One show's files. Blocking: called in a worker thread, one call at a time."""

    @property
    def next_part(self) -> PartNumber:
        """The part after the last one that is there."""

    @property
    def breaks(self) -> tuple[Range, ...]:
        """Media time in ms that the playlists leave out."""

    def append(self, parts: Sequence[Part]) -> None:
        """Write parts down; a part that is there already is left alone.

        Raises ``MachineError`` if the disk refuses; the same parts may then be given again.
        """

    def finish(self, last: PartNumber | None = None) -> Samples:
        """Make the replay, which ends with part ``last`` if that is given; return its length."""


OpenRecording = Callable[[str, datetime, PartNumber | None], Recording]
"""Opens the files of ``(show, epoch, part made next)``, whatever state they are in. Blocking.

Between what is there and the part made next there will be silence, or a break; without such a
part, what is there stays as it is.
"""


class Packager(Protocol):
    """Frames in, parts out. CPU-bound: called in a worker thread, one call at a time."""

    @property
    def heads(self) -> Mapping[Codec, bytes]:
        """The initialisation segment of each segmented codec."""

    def feed(self, frames: Sequence[Frame]) -> list[Part]:
        """Take the next frames; return the parts that became whole."""

    def flush(self) -> list[Part]:
        """Fill the part begun with silence; return all that is still inside."""

    def want(self, codec: Codec, wanted: bool) -> None:
        """Switch MP3 on or off at the next part."""


MakePackager = Callable[[PartNumber], Packager]
"""Makes the packager whose first frame begins the given part."""
