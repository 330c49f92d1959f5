"""What is good and what is not about somebody's sound and line, in plain words. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

import msgspec

from vivavoce.stage.messages import Check, Report
from vivavoce.webrtc.quality import Quality

# Speech is good between these, as a host's page shows it; ITU-T P.56 speech is near -26 dBFS.
_QUIET_DB: Final = -38.0
_NOISY_DB: Final = -50.0

# From here on a conversation suffers: ITU-T G.114 for delay (one way), G.107 for loss.
_SLOW_MS: Final = 300.0
_LOSSY: Final = 0.03
_JITTERY_MS: Final = 40.0

# A twentieth of what is played comes back: the others hear themselves.
_ECHO: Final = 0.05

# One touch of full scale is an accident; one frame in fifty is heard.
_CLIPPED_SHARE: Final = 0.02
_WINDOW_S: Final = 10.0


@dataclass(slots=True)
class Clipping:
    """How much of the last ten seconds touched full scale."""

    _since: float | None = None
    _before: int = 0
    _share: float = 0.0

    def observe(self, clipped: int, now: float) -> bool:
        """Take the count of clipped frames so far; return whether it is heard."""
        if self._since is None or clipped < self._before:
            self._since, self._before = now, clipped
        elapsed = now - self._since
        recent = (clipped - self._before) / (50 * max(elapsed, 1.0))
        if elapsed >= _WINDOW_S:
            self._since, self._before, self._share = now, clipped, recent
        return max(recent, self._share) >= _CLIPPED_SHARE


class Heard(Protocol):
    """What the floor hears of somebody; ``stage.floor.Heard`` is one."""

    @property
    def level_db(self) -> float | None:
        """RMS of the last 200 ms in dBFS, None if nothing comes."""

    @property
    def noise_db(self) -> float:
        """Their noise in dBFS."""

    @property
    def clipped(self) -> int:
        """Frames so far that touched full scale."""


# A check is read, not watched.
_EVERY_S: Final = 1.0


@dataclass(slots=True)
class Checkup:
    """One person's check, looked at again once a second."""

    report: Report = field(default_factory=Report)
    _clipping: Clipping = field(default_factory=Clipping)
    _check: Check | None = None
    _at: float = 0.0

    def examine(self, heard: Heard | None, quality: Callable[[], Quality], now: float) -> Check:
        """Return the check of this second."""
        if self._check is None or now - self._at >= _EVERY_S:
            clipping = heard is not None and self._clipping.observe(heard.clipped, now)
            self._check = examine(heard, quality(), self.report, clipping=clipping)
            self._at = now
        return self._check


def examine(heard: Heard | None, line: Quality, page: Report, *, clipping: bool) -> Check:
    """Put together what the server measures and what the page reports."""
    rtt = line.rtt_ms if line.rtt_ms is not None else page.rtt_ms
    found = Check(
        level_db=None if heard is None or heard.level_db is None else round(heard.level_db),
        noise_db=None if heard is None else round(heard.noise_db),
        clipping=clipping,
        echo=page.echo,
        loss=_rounded(_worst(line.loss, line.return_loss, page.loss), 3),
        delay_ms=None if rtt is None else round(rtt / 2 + (line.delay_ms or 0.0)),
        jitter_ms=_rounded(_worst(line.jitter_ms, page.jitter_ms), 0),
        route=page.route,
        words=(),
    )
    return msgspec.structs.replace(found, words=tuple(words(found)))


def words(check: Check) -> Iterator[str]:
    """Yield a sentence for each thing to do, the most needed first; one if all is well."""
    said = [*_of_sound(check), *_of_line(check)]
    yield from said or ["Sound and connection are good."]


def _of_sound(check: Check) -> Iterator[str]:
    if check.level_db is None:
        yield "Nothing is heard from this microphone: choose another one, or look for its switch."
        return
    if check.clipping:
        yield "The microphone is overdriven: turn it down, or move a little away."
    if check.echo is not None and check.echo >= _ECHO:
        yield "The others hear themselves through this microphone: put on headphones."
    if check.noise_db is not None and check.noise_db > _NOISY_DB:
        yield "There is a lot of noise: close the window, or move nearer to the microphone."
    if -60.0 < check.level_db < _QUIET_DB and not check.clipping:
        yield "If somebody is speaking, it is very quiet: move nearer, or turn the microphone up."


def _of_line(check: Check) -> Iterator[str]:
    if check.loss is not None and check.loss > _LOSSY:
        yield (
            f"{check.loss:.0%} of the sound is lost on the way: use a cable, "
            "or move nearer to the Wi-Fi."
        )
    if check.jitter_ms is not None and check.jitter_ms > _JITTERY_MS:
        yield "The connection is uneven: stop downloads and other calls on it."
    if check.delay_ms is not None and check.delay_ms > _SLOW_MS:
        yield "The connection is slow: answers will come late. Another network may help."
    if check.route == "relayed":
        yield "The sound takes a detour, because this network blocks the direct way."


def _worst(*values: float | None) -> float | None:
    return max((v for v in values if v is not None), default=None)


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
