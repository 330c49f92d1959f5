"""One speaker's track: Ogg Opus on the programme's sample clock. Pure.

Packets go in as they came, each where the mix played it. A sender's clock is never quite ours, so
packets are put one after the other for as long as that is within ``SLACK`` of the truth; then a
slot of silence goes in, or a packet stays out. No sound is ever further off than that.
"""

from typing import Final

from vivavoce.media import Codec
from vivavoce.package import ogg
from vivavoce.package.silence import PACKETS
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE, Samples

SLACK: Final = Samples(15 * SAMPLE_RATE // 1000)
"""15 ms: with what a tick rounds, tracks and programme are in sync to 20 ms."""

SLOT: Final = PACKETS[Codec.OPUS]
"""20 ms in which nothing was heard."""

# Beyond half a day of silence (a machine's clock was set wrong), time in the file jumps instead.
LONGEST_FILL: Final = Samples(12 * 3600 * SAMPLE_RATE)

_LACING: Final = 255
_PAGE_SLOTS: Final = 50


class Track:
    """Pages to be appended to a file that is ``end`` long and has ``sequence`` pages."""

    def __init__(self, serial: int, sequence: int, end: Samples) -> None:
        self.end = end
        """Media time up to which there is sound or silence."""
        self.repeated = 0
        """Packets left out to stay in sync."""
        self._serial = serial
        self._sequence = sequence
        self._page: list[bytes] = []
        self._lacing = 0
        self._made = bytearray()

    def put(self, time: Samples, samples: int, packet: bytes) -> Samples | None:
        """Put a packet of ``samples`` at ``time``; return where silence before it began, if any."""
        filled = None
        error = time - self.end
        if error > SLACK:
            filled = self.end
            self.fill(time)
        elif error < -SLACK:
            self.repeated += 1
            return None
        self._add(packet, samples)
        return filled

    def fill(self, until: Samples) -> None:
        """Let there be silence up to the slot boundary that is nearest to ``until``."""
        slots = round((until - self.end) / FRAME_SAMPLES)
        if slots * FRAME_SAMPLES > LONGEST_FILL:
            self._close_page()
            self.end = Samples(self.end + (slots - 1) * FRAME_SAMPLES)
            slots = 1
        whole, rest = divmod(max(0, slots), _PAGE_SLOTS)
        if whole:
            self._close_page()
        for _ in range(whole):
            self._page = [SLOT] * _PAGE_SLOTS
            self.end = Samples(self.end + _PAGE_SLOTS * FRAME_SAMPLES)
            self._close_page()
        for _ in range(rest):
            self._add(SLOT, FRAME_SAMPLES)

    def pages(self) -> bytes:
        """Return the pages made since the last call."""
        self._close_page()
        made, self._made = bytes(self._made), bytearray()
        return made

    def _add(self, packet: bytes, samples: int) -> None:
        values = len(packet) // 255 + 1
        if self._lacing + values > _LACING or len(self._page) >= _PAGE_SLOTS:
            self._close_page()
        self._page.append(packet)
        self._lacing += values
        self.end = Samples(self.end + samples)

    def _close_page(self) -> None:
        if self._page:
            self._made += ogg.page(self._page, self.end, self._serial, self._sequence)
            self._sequence += 1
            self._page, self._lacing = [], 0


# The lengths of one frame, by a packet's configuration (RFC 6716, table 2).
_SILK: Final[tuple[int, ...]] = (480, 960, 1_920, 2_880)
_CELT: Final[tuple[int, ...]] = (120, 240, 480, 960)


def concealed(before: bytes, samples: int) -> bytes | None:
    """Return a packet without sound by which a player makes up ``samples`` as the mix did.

    So RFC 7845 (4.1) wants gaps repaired: in the configuration of the packet ``before``, with a
    frame of no bytes. What follows was encoded in the knowledge of what got lost: a decoder that
    is told of the loss takes care, and one that is given other sound instead may break out in a
    frame of full scale. None: there is no such frame, or nothing before.
    """
    if not before:
        return None
    config, stereo = before[0] >> 3, before[0] & 4
    if config < 12:
        first, lengths = config & ~3, _SILK
    elif config < 16:
        first, lengths = config & ~1, _SILK[:2]
    else:
        first, lengths = config & ~3, _CELT
    if samples not in lengths:
        return None
    return bytes((first + lengths.index(samples) << 3 | stereo,))


def last_page(data: bytes) -> tuple[int, int, int, int] | None:
    """Return (end, granule, serial, sequence) of the last whole page in ``data``, None if none.

    ``end`` is the byte after it; what follows was torn by a crash.
    """
    at = data.rfind(b"OggS")
    while at >= 0:
        found = _page_at(data, at)
        if found is not None:
            return found
        at = data.rfind(b"OggS", 0, at)
    return None


def _page_at(data: bytes, at: int) -> tuple[int, int, int, int] | None:
    head = data[at : at + 27]
    if len(head) < 27:
        return None
    lacing = data[at + 27 : at + 27 + head[26]]
    end = at + 27 + head[26] + sum(lacing)
    if len(lacing) < head[26] or end > len(data):
        return None
    page = data[at:end]
    if ogg.crc(page[:22] + bytes(4) + page[26:]) != int.from_bytes(head[22:26], "little"):
        return None
    number = int.from_bytes
    return (
        end,
        number(head[6:14], "little"),
        number(head[14:18], "little"),
        number(head[18:22], "little"),
    )
