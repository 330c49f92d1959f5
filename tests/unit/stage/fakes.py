"""Stand-ins for the stage's neighbours, all in memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import anyio
import msgspec

from vivavoce.bus.messages import Count, Down, Sound
from vivavoce.card import OnStage, ShowCard, State
from vivavoce.errors import PeerError, Problem
from vivavoce.media import SEGMENTED, SILENCE, Codec, Frame, Packet, Part, Played
from vivavoce.record.onair import Batch
from vivavoce.stage.messages import Down as Told
from vivavoce.stage.roster import Member
from vivavoce.stage.seats import Origin, Role, Seat
from vivavoce.stage.stages import Stages
from vivavoce.stage.standing import Standing
from vivavoce.units import FRAME_SAMPLES, FRAMES_PER_PART, PartNumber, Samples
from vivavoce.webrtc.endpoint import OnState, PeerState
from vivavoce.webrtc.fragment import Fragment
from vivavoce.webrtc.quality import Quality

SHOW = "0123456789"
HOST = Seat("host", SHOW, "Ada", Role.HOST)
GUEST = Seat("guest", SHOW, "Bob", Role.SPEAKER)
CARD = ShowCard(show=SHOW, version=1, title="T", description="", language="en", state=State.PLANNED)


@dataclass
class FakeBook:
    """Seats in memory, in a database that may refuse."""

    seated: Sequence[Seat] = ()
    refuse: Exception | None = None

    def __post_init__(self) -> None:
        self.kept = {seat.id: seat for seat in self.seated}

    async def seats(self, show: str) -> list[Seat]:
        return list(self.kept.values())

    async def save(self, show: str, members: Iterable[Member]) -> None:
        if self.refuse is not None:
            raise self.refuse
        for m in members:
            self.kept[m.seat] = Seat(m.seat, show, m.name, m.role, m.standing, m.mute, m.held_by)

    async def remove(self, seat: str) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.kept.pop(seat, None)

    async def seat_hand(self, show: str, name: str, token: bytes, standing: Standing) -> Seat:
        seat = Seat(
            f"hand-{len(self.kept)}", show, name, Role.SPEAKER, standing, origin=Origin.HAND
        )
        self.kept[seat.id] = seat
        return seat


@dataclass
class FakePeer:
    """A connection that does as the test says."""

    sdp: str
    on_state: OnState
    closed: bool = False
    heard_at: float | None = None
    says: list[Frame] = field(default_factory=list)
    """What it says next, tick by tick."""
    sent: list[Packet] = field(default_factory=list)
    trickled: list[Fragment] = field(default_factory=list)

    def frame(self, now: float) -> Frame:
        return self.says.pop(0) if self.says else SILENCE

    def played(self) -> tuple[Played, ...]:
        return ()

    def send(self, packet: Packet) -> bool:
        self.sent.append(packet)
        return True

    def quality(self) -> Quality:
        return Quality()

    def restart(self, offer_sdp: str) -> str:
        if not offer_sdp.startswith("good"):
            raise PeerError("bad_offer", "no")
        return f"answer to {offer_sdp}"

    def trickle(self, fragment: Fragment) -> str | None:
        self.trickled.append(fragment)
        return None if fragment.credentials is None else "our fragment"

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.on_state(PeerState.CLOSED, None)

    def connect(self) -> None:
        self.on_state(PeerState.CONNECTED, None)

    def lose(self, problem: Problem) -> None:
        self.closed = True
        self.on_state(PeerState.LOST, problem)


@dataclass
class FakeEndpoint:
    """Answers ``good`` offers."""

    peers: list[FakePeer] = field(default_factory=list)

    async def answer(self, offer_sdp: str, on_state: OnState) -> FakePeer:
        if not offer_sdp.startswith("good"):
            raise PeerError("bad_offer", "no")
        on_state(PeerState.CONNECTING, None)
        self.peers.append(FakePeer(f"answer to {offer_sdp}", on_state))
        return self.peers[-1]

    def gather(self) -> None:
        """Nothing waits here."""


@dataclass(eq=False)
class FakeWindow:
    """Writes down what it is told."""

    id: str = "window-one"
    seat: Seat = HOST
    told: list[Told] = field(default_factory=list)
    pokes: int = 0

    def tell(self, message: Told) -> None:
        self.told.append(message)

    def poke(self) -> None:
        self.pokes += 1


@dataclass
class FakeFeed:
    """Writes down what edges would be told."""

    sent: list[Down] = field(default_factory=list)
    players: Count = field(default_factory=Count)
    edges: int = 1
    begun: anyio.Event = field(default_factory=anyio.Event)
    sounded: anyio.Event = field(default_factory=anyio.Event)

    def publish(self, message: Down) -> None:
        self.sent.append(message)
        self.begun.set()
        if isinstance(message, Sound):
            self.sounded.set()

    def count(self, show: str) -> Count:
        return self.players

    def numbers(self, codec: Codec = Codec.OPUS) -> list[int]:
        return [m.number for m in self.sent if isinstance(m, Sound) and m.codec is codec]


class FakePackager:
    """Counts frames; a part's body is its number of frames that were not silent."""

    def __init__(self, first: PartNumber) -> None:
        self.first = self.number = first
        self.frames: list[Frame] = []
        self.wanted: list[bool] = []
        self.fail_at: int | None = None

    @property
    def heads(self) -> Mapping[Codec, bytes]:
        return dict.fromkeys(SEGMENTED, b"head")

    def want(self, codec: Codec, wanted: bool) -> None:
        self.wanted.append(wanted)

    def feed(self, frames: Sequence[Frame]) -> list[Part]:
        if self.number == self.fail_at:
            raise RuntimeError("the encoder is broken")
        self.frames += frames
        parts: list[Part] = []
        while len(self.frames) >= FRAMES_PER_PART:
            loud = sum(bool(f.any()) for f in self.frames[:FRAMES_PER_PART])
            parts += [Part(codec, self.number, bytes([loud])) for codec in SEGMENTED]
            del self.frames[:FRAMES_PER_PART]
            self.number = PartNumber(self.number + 1)
        return parts

    def flush(self) -> list[Part]:
        return self.feed([SILENCE] * (-len(self.frames) % FRAMES_PER_PART))


@dataclass
class FakeRecording:
    """Files in memory, on a disk that may refuse."""

    parts: list[Part] = field(default_factory=list)
    refuse: Exception | None = None
    finished: list[PartNumber | None] = field(default_factory=list)
    next_part: PartNumber = field(default=PartNumber(0))
    breaks: tuple[tuple[int, int], ...] = ()

    def append(self, parts: Sequence[Part]) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.parts += parts

    def finish(self, last: PartNumber | None = None) -> Samples:
        if self.refuse is not None:
            raise self.refuse
        self.finished.append(last)
        return Samples(48_000)


@dataclass
class FakeNotes:
    """Keeps what it is given; ``refuse`` is raised."""

    batches: list[Batch] = field(default_factory=list)
    finished: list[int] = field(default_factory=list)
    refuse: Exception | None = None

    def append(self, batch: Batch) -> None:
        self.batches.append(batch)
        if self.refuse is not None:
            raise self.refuse

    def finish(self, end: Samples) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.finished.append(end)

    @property
    def times(self) -> list[int]:
        return [tick.time // FRAME_SAMPLES for batch in self.batches for tick in batch.ticks]


@dataclass
class FakeShows:
    """One show, which the test starts."""

    stages: Stages
    the_card: ShowCard = CARD
    seen: list[tuple[OnStage, ...]] = field(default_factory=list)
    lengths: list[Samples | None] = field(default_factory=list)
    ended: anyio.Event = field(default_factory=anyio.Event)

    def card(self, show: str) -> ShowCard | None:
        return self.the_card if show == SHOW else None

    def go_live(self, epoch_ms: int) -> ShowCard:
        self.the_card = msgspec.structs.replace(self.the_card, state=State.LIVE, epoch_ms=epoch_ms)
        return self.the_card

    async def end(self, show: str) -> ShowCard:
        self.lengths.append(await self.stages.end(show))
        self.the_card = msgspec.structs.replace(self.the_card, state=State.ENDED)
        self.ended.set()
        return self.the_card

    async def set_stage(
        self, show: str, stage: tuple[OnStage, ...], *, filler: bool = False
    ) -> ShowCard:
        self.seen.append(stage)
        self.the_card = msgspec.structs.replace(self.the_card, stage=stage, filler=filler)
        return self.the_card
