"""What the API takes and gives, with the limits of each field. Pure."""

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vivavoce.card import SHOW_ID, State

# RFC 5646 section 2.1: language, extlang, script, region, variants, extensions, private use.
_LANGTAG: Final = re.compile(
    r"[a-z]{2,3}(-[a-z]{3}){0,3}(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?"
    r"(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(-[0-9a-wyz](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?",
    re.IGNORECASE,
)

# Announced times outside these are slips: seconds for milliseconds fall before the first, and
# microseconds after the last.
_EARLIEST_MS: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1000
_LATEST_MS: Final = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * 1000


def plain_text(text: str, *, lines: bool = False) -> str:
    """Return ``text`` in normal form C without outer space; control characters are refused.

    With ``lines`` the new line and the tab are let through. Lone surrogates, which no UTF-8 can
    carry, and the direction overrides, which make a title read as another, are refused as well.
    """
    for letter in text:
        if lines and letter in "\n\t":
            continue
        if unicodedata.category(letter) in {"Cc", "Cs"} or letter in "\u202d\u202e\u2028\u2029":
            raise ValueError("has a control character")
    return unicodedata.normalize("NFC", text).strip()


def _line(text: str) -> str:
    line = plain_text(text)
    if not line:
        raise ValueError("is empty")
    return line


def _paragraphs(text: str) -> str:
    return plain_text(text.replace("\r\n", "\n"), lines=True)


def _language(tag: str) -> str:
    if not _LANGTAG.fullmatch(tag):
        raise ValueError("is not a BCP 47 tag such as en or pt-BR")
    return tag


Title = Annotated[str, Field(max_length=200), AfterValidator(_line)]
Name = Annotated[str, Field(max_length=80), AfterValidator(_line)]
Description = Annotated[str, Field(max_length=5_000), AfterValidator(_paragraphs)]
Language = Annotated[str, Field(max_length=35), AfterValidator(_language)]
KeepDays = Annotated[int, Field(ge=0, le=36_500, strict=True)]
SeriesId = Annotated[str, Field(pattern=f"^{SHOW_ID.pattern}$")]
StartsMs = Annotated[int, Field(ge=_EARLIEST_MS, le=_LATEST_MS, strict=True)]


# Of what a show is changed by, the fields that may be emptied.
_EMPTIED: Final = frozenset({"starts_ms", "keep_days", "series"})


class Body(BaseModel):
    """A request's body; fields that nobody knows are refused."""

    model_config = ConfigDict(extra="forbid")


class Key(Body):
    """What opens a session."""

    key: Annotated[str, Field(min_length=1, max_length=100)]


class NewShow(Body):
    """What a show is made of."""

    title: Title
    description: Description = ""
    language: Language = "en"
    starts_ms: StartsMs | None = None


class ChangedShow(Body):
    """What of a show is to change; an absent field stays."""

    title: Title | None = None
    description: Description | None = None
    language: Language | None = None
    starts_ms: StartsMs | None = Field(None, description="Null: at no announced time")
    recorded: Annotated[bool, Field(strict=True)] | None = Field(
        None, description="Before the show is live only"
    )
    keep_days: KeepDays | None = Field(
        None, description="Days from the end to the deletion; 0: never; null: the installation's"
    )
    series: SeriesId | None = Field(None, description="Null: of no series")

    def changes(self) -> dict[str, Any]:
        """Return the fields that were sent; null counts only where there can be none."""
        sent = self.model_dump(exclude_unset=True)
        return {k: v for k, v in sent.items() if v is not None or k in _EMPTIED}


def _about(text: str) -> str:
    return plain_text(text)


class NewInvitation(Body):
    """An invitation to make: for one person or many, named or not, with an end or without."""

    role: Literal["speaker", "cohost"] = "speaker"
    standing: Literal["green", "air"] = "green"
    name: Name | None = None
    uses: Annotated[int, Field(ge=1, le=1_000, strict=True)] | None = Field(
        1, description="How many guests it lets in; null for any number"
    )
    expires_ms: StartsMs | None = None


class ChangedInvitation(Body):
    """What of an invitation is to change; an absent field stays, null takes the limit away."""

    uses: Annotated[int, Field(ge=0, le=1_000, strict=True)] | None = None
    expires_ms: StartsMs | None = None

    def changes(self) -> dict[str, int | None]:
        """Return the columns that were sent."""
        sent = self.model_dump(exclude_unset=True)
        return {{"uses": "uses_left"}.get(name, name): value for name, value in sent.items()}


class InvitationKey(Body):
    """What an invitation's link carries, and who comes."""

    key: Annotated[str, Field(min_length=1, max_length=100)]
    name: Name | None = None


class NewHand(Body):
    """A raised hand."""

    name: Name
    about: Annotated[str, Field(max_length=200), AfterValidator(_about)] = ""


class NewSeat(Body):
    """A seat to add."""

    name: Name
    role: Literal["speaker"] = "speaker"


class SessionSeat(BaseModel):
    """A guest's own seat."""

    id: str
    name: str
    role: str
    standing: str


class Session(BaseModel):
    """Who the caller is; ``seat`` is a guest's."""

    role: Literal["owner", "host", "guest", "none"]
    show: str | None
    seat: SessionSeat | None = None


class OnStage(BaseModel):
    """One person who can be heard."""

    name: str
    role: str
    speaking: bool
    muted: bool


class Seal(BaseModel):
    """The head of the chain over a show's segments."""

    segment: int
    head: str


class Show(BaseModel):
    """A show: its card, its addresses, and once its secrets. Times are Unix milliseconds."""

    show: str
    version: int
    title: str
    description: str
    language: str
    state: State
    starts_ms: int | None
    epoch_ms: int | None
    ended_ms: int | None
    duration_s: float | None
    stage: list[OnStage]
    recorded: bool
    seal: Seal | None
    edition: int = Field(description="How many ranges were taken down")
    series: str | None
    keep_days: int | None = Field(
        description="Days from the end to the deletion; 0: never; null: the installation's"
    )
    deleted_ms: int | None = Field(description="When it will be deleted; null: never")
    created_ms: int
    listen_url: str
    hls: str
    push: dict[str, str]
    whip_url: str
    host_url: str | None = Field(None, description="Only in answers that make new keys")
    whip_token: str | None = Field(None, description="Only in answers that make new keys")


class Seat(BaseModel):
    """A new seat with its secret, which is told only here."""

    seat: str
    name: str
    role: str
    whip_url: str
    whip_token: str


class Invitation(BaseModel):
    """A way in, for one person or for many."""

    invitation: str
    show: str
    role: Literal["speaker", "cohost"]
    standing: Literal["green", "air"]
    name: str | None
    uses_left: int | None = Field(description="How many more guests; null for any number")
    expires_ms: int | None
    revoked_ms: int | None
    created_ms: int


class InvitationLink(Invitation):
    """A new invitation with its secret, which is told only here."""

    url: str
    qr_svg: str


class Hand(BaseModel):
    """A raised hand with its token, which is told only here."""

    hand: str
    token: str


class OwnerLink(BaseModel):
    """A fresh one-time link."""

    owner_url: str


class Fault(BaseModel):
    """Every error: a stable identifier and plain words."""

    code: str
    message: str
