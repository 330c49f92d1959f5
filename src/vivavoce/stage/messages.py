"""What is said on the stage socket: JSON with a ``type``; docs/PROTOCOL.md has the prose. Pure."""

from enum import StrEnum
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from vivavoce.card import ShowCard
from vivavoce.errors import UNREADABLE, PeerError
from vivavoce.stage.muting import MuteState
from vivavoce.stage.powers import Command
from vivavoce.stage.seats import Role
from vivavoce.stage.standing import Standing
from vivavoce.webrtc.endpoint import PeerState

MAX_MESSAGE_BYTES: Final = 64 * 1024


class Offer(msgspec.Struct, tag="offer", frozen=True):
    """Up: a microphone wants the seat; ``take`` takes it from another window."""

    sdp: str
    take: bool = False
    attempt: int = 0
    """Comes back with the answer: a page may have made another offer meanwhile."""


class Restart(msgspec.Struct, tag="restart", frozen=True):
    """Up: another offer of the connection that there is: an ICE restart."""

    sdp: str
    attempt: int = 0


class Trickle(msgspec.Struct, tag="trickle", frozen=True):
    """Up: ICE candidates that were found since the offer; ``complete``: no more follow."""

    candidates: Annotated[tuple[str, ...], Meta(max_length=64)] = ()
    complete: bool = False


class Leave(msgspec.Struct, tag="leave", frozen=True):
    """Up: let go of the seat."""


class Mute(msgspec.Struct, tag="mute", frozen=True):
    """Up: keep this seat out of the mix, or let it in again."""

    muted: bool


class Ask(msgspec.Struct, tag="command", frozen=True):
    """Up: a command about a seat, or about all; ``seat`` is left out where there is none."""

    command: Command
    seat: str | None = None


class AnswerHand(msgspec.Struct, tag="hand", frozen=True):
    """Up: what becomes of a raised hand."""

    hand: str
    command: Literal["accept_green", "accept_air", "decline"]


class LowerAll(msgspec.Struct, tag="lower_all", frozen=True):
    """Up: lower all hands."""


class WantProgramme(msgspec.Struct, tag="programme", frozen=True):
    """Up: hear the programme too, from the green room."""

    wanted: bool


Share = Annotated[float, Meta(ge=0, le=1)]
Millis = Annotated[float, Meta(ge=0, le=60_000)]


class Report(msgspec.Struct, tag="report", frozen=True, kw_only=True):
    """Up: how the line is, as the page sees it; null for what it does not know."""

    rtt_ms: Millis | None = None
    loss: Share | None = None
    """Of what the page sent."""
    jitter_ms: Millis | None = None
    route: Literal["direct", "relayed"] | None = None
    echo: Share | None = None
    """How much of what is played there comes back through the microphone."""


class Ping(msgspec.Struct, tag="ping", frozen=True):
    """Up: have the status sent now; a page whose sound has stopped asks who is still there."""


Up = (
    Offer
    | Restart
    | Trickle
    | Leave
    | Mute
    | Ask
    | AnswerHand
    | LowerAll
    | WantProgramme
    | Report
    | Ping
)


class SeatIs(StrEnum):
    """Where the seat is, seen from one window."""

    FREE = "free"
    MINE = "mine"
    ELSEWHERE = "elsewhere"


class Listening(msgspec.Struct, frozen=True):
    """How many listen now; never without its definition."""

    players: int
    definition: str = "players connected at this moment; one person may use several"


class Notice(msgspec.Struct, frozen=True):
    """Something the host should know, while the show goes on."""

    code: str
    message: str


class Status(msgspec.Struct, tag="status", frozen=True, kw_only=True):
    """Down: how things stand; at once, at each change and once a second."""

    card: ShowCard
    listening: Listening
    on_air_s: float | None
    seat: SeatIs
    muted: bool
    level_db: float | None
    edges: int
    now_ms: int
    notice: Notice | None


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody's microphone and line are; ``words`` says it in whole sentences."""

    level_db: float | None
    noise_db: float | None
    clipping: bool
    echo: float | None
    loss: float | None
    delay_ms: float | None
    jitter_ms: float | None
    route: Literal["direct", "relayed"] | None
    words: tuple[str, ...]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One seat of the stage, whether somebody is on it or not."""

    seat: str
    name: str
    role: Role
    standing: Standing
    mute: MuteState
    held_by: str | None
    """Who muted a seat that is held."""
    connected: bool
    speaking: bool
    level: float
    """0 to 1, for the eye."""
    check: Check | None


class RaisedHand(msgspec.Struct, frozen=True, kw_only=True):
    """A listener who asks to speak."""

    hand: str
    name: str
    about: str
    since_ms: int


class People(msgspec.Struct, tag="people", frozen=True):
    """Down: who is here; at each change, and for levels at most five times a second."""

    seats: tuple[Person, ...]
    hands: tuple[RaisedHand, ...]
    """In order; empty for those who do not manage the stage."""


class You(msgspec.Struct, tag="you", frozen=True):
    """Down: this window's own seat; at once and at each change."""

    seat: str
    role: Role
    standing: Standing
    mute: MuteState


class Removed(msgspec.Struct, tag="removed", frozen=True):
    """Down: this seat is no more; the socket is closed after it."""

    message: str


class Answer(msgspec.Struct, tag="answer", frozen=True):
    """Down: the answer to an offer or a restart, whose ``attempt`` it has."""

    sdp: str
    attempt: int = 0


class Media(msgspec.Struct, tag="media", frozen=True):
    """Down: how this window's own connection stands."""

    state: PeerState


class Taken(msgspec.Struct, tag="taken", frozen=True):
    """Down: another window took the seat; this window's microphone is off now."""


class Error(msgspec.Struct, tag="error", frozen=True):
    """Down: a message could not be followed, or the connection of the microphone failed."""

    code: str
    message: str


Down = Status | Answer | Media | Taken | Error | People | You | Removed

_decoder: msgspec.json.Decoder[Up] = msgspec.json.Decoder(Up)
_encoder = msgspec.json.Encoder()


def read(text: str) -> Up:
    """Return the message; raises ``PeerError`` (``message_too_long``, ``bad_message``)."""
    body = text.encode("utf-8", "replace")
    if len(body) > MAX_MESSAGE_BYTES:
        raise PeerError("message_too_long", "A message may have 64 KiB at most.", status=413)
    try:
        return _decoder.decode(body)
    except UNREADABLE as error:
        raise PeerError("bad_message", f"This message is not understood: {error}.") from error


def write(message: Down) -> str:
    """Return the message as JSON text."""
    return _encoder.encode(message).decode()
