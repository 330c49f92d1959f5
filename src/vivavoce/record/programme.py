"""A show's public folder: live window, replay and recording are the same files.

Blocking file I/O, one call at a time: the caller runs it in a worker thread. The laws:

- a part that ``append`` took without raising survives ``kill -9``;
- both codecs have the same segments, cut at the same samples; playlists list only what is there;
- what a crash, a full disk or a full queue left out becomes silence, or a break (``Segmenter``).
"""

import os
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from vivavoce.card import ShowCard
from vivavoce.errors import MachineError
from vivavoce.media import Codec, Part
from vivavoce.package import playlist, rates
from vivavoce.package.segmenter import Segmenter
from vivavoce.record import files, layout
from vivavoce.record.playing import Range, merged
from vivavoce.record.rendition import Rendition
from vivavoce.units import (
    SAMPLE_RATE,
    SEGMENT_SAMPLES,
    PartNumber,
    Samples,
    SegmentNumber,
    first_part_of,
    segment_of,
)

_NONE: Final = SegmentNumber(-1)

# Beyond the window, for those who hold a playlist of some seconds ago: in all 46 s of sound.
_LINGER: Final = 8


class Programme:
    """The files of one show: touched at the first call, and what is there is continued.

    Of one that is not ``kept`` there is no more than its live window.
    """

    def __init__(
        self,
        folder: Path,
        heads: Mapping[Codec, bytes],
        epoch: datetime,
        *,
        bitrates: Mapping[Codec, int] = rates.BITRATES,
        kept: bool = True,
        write: files.Write = os.write,
    ) -> None:
        self._folder = folder
        self._epoch = epoch
        self._bitrates = bitrates
        self._renditions = {codec: Rendition(folder, codec, heads[codec], write) for codec in heads}
        self._timeline: Segmenter | None = None
        self._live: Segmenter | None = None  # as those who followed live know it, if it was cut
        self._listed: dict[Codec, int] = {}
        self._shown: dict[Codec, int] = {}  # segments in show.m3u8, as far as we wrote it ourselves
        self._playable = False  # whether index.m3u8 is there
        self._finished = False
        self._kept = kept
        self._gone = 0  # of the timeline's segments, how many were deleted

    @classmethod
    def resume(
        cls,
        folder: Path,
        heads: Mapping[Codec, bytes],
        epoch: datetime,
        now_part: PartNumber,
        *,
        bitrates: Mapping[Codec, int] = rates.BITRATES,
        kept: bool = True,
    ) -> "Programme":
        """Continue what a crash left, with silence (or a break) up to ``now_part``.

        A disk that refuses does not raise here: the first ``append`` tries again, and says so.
        """
        programme = cls(folder, heads, epoch, bitrates=bitrates, kept=kept)
        try:
            with files.told():
                programme._recover(now_part)
                programme._publish()
        except MachineError:
            pass
        return programme

    @property
    def next_part(self) -> PartNumber:
        """The part after the last one on disk; a restarted packager begins here or later."""
        return self._timeline.next if self._timeline else PartNumber(0)

    @property
    def breaks(self) -> tuple[Range, ...]:
        """Media time in ms that the playlists leave out."""
        timeline = self._timeline
        if timeline is None or not timeline.numbers:
            return ()
        numbers, segment_ms = timeline.numbers, SEGMENT_SAMPLES * 1000 // SAMPLE_RATE
        ends = [0, *(numbers[at - 1] + 1 for at in timeline.breaks)]
        goes_on = [numbers[0], *(numbers[at] for at in timeline.breaks)]
        pairs = zip(ends, goes_on, strict=True)
        return merged((end * segment_ms, on * segment_ms) for end, on in pairs)

    @property
    def last(self) -> SegmentNumber:
        """The last segment of the timeline, -1 without any."""
        return self._timeline.numbers[-1] if self._timeline and self._timeline.numbers else _NONE

    def whole_after(self, segment: SegmentNumber) -> list[SegmentNumber]:
        """Return the segments after ``segment`` that no part will be added to in any codec."""
        timeline = self._timeline
        if timeline is None:
            return []
        end = len(timeline.numbers)
        if not self._finished:
            end = min(timeline.whole_before(one.next) for one in self._renditions.values())
        return timeline.numbers[bisect_right(timeline.numbers, segment) : end]

    @property
    def set_aside(self) -> int:
        """Damaged or foreign files that stood in the way and were renamed."""
        return sum(rendition.set_aside for rendition in self._renditions.values())

    def append(self, parts: Sequence[Part]) -> None:
        """Write parts, each codec's in order; complete segments; renew the live playlists.

        A part that is there already is passed over. Missing ones before it become silence or a
        break. Raises ``MachineError`` (``disk_full``, ``disk_failed``) whenever something could not
        be written; whole parts stay, and the same or later parts may be given again at any time.
        """
        if self._finished:
            raise RuntimeError("the show's files are finished")
        with files.told():
            timeline = self._recover()
            try:
                for part in parts:
                    if part.codec in self._renditions:
                        self._append(timeline, part)
            finally:
                self._publish()

    def finish(self, last: PartNumber | None = None) -> Samples:
        """Turn the folder into the replay and return its length; may be repeated.

        With ``last``, segments after that part's are left out of the replay (dead air at the end).
        They stay where they are: who follows live must not see the past taken back (RFC 8216bis,
        6.2.1), so the lists that it follows end after all that there was. Raises ``MachineError``.
        """
        with files.told():
            timeline = self._recover()
            self._level(timeline, timeline.next)
            if self._kept:
                self._cut(timeline, last)
            for rendition in self._renditions.values():
                rendition.close()
            if timeline.numbers and self._kept:
                self._publish_replay(timeline)
            if (live := self._live or timeline).numbers:
                self._end_live(live)
            self._finished = True
            return timeline.length

    def _recover(self, now_part: PartNumber | None = None) -> Segmenter:
        """Read the folder, once; a disk that refuses midway leaves it to be read again."""
        if self._timeline is None:
            found = {codec: rendition.scan() for codec, rendition in self._renditions.items()}
            timeline = layout.timeline_of(found.values(), now_part, self._before(found))
            for codec, rendition in self._renditions.items():
                rendition.complete(timeline, found[codec], kept=self._kept)
            self._timeline = timeline
        return self._timeline

    def _before(self, found: Mapping[Codec, Mapping[SegmentNumber, int]]) -> Segmenter:
        """Return what a show that is not kept had before the window that was ``found``."""
        if self._kept:
            return Segmenter()
        both = {segment for codec in found.values() for segment in codec}
        codec = next(iter(self._renditions))
        timeline = layout.gone_before(both, self._renditions[codec].text(playlist.LIVE))
        self._gone = len(timeline.numbers)
        return timeline

    def _append(self, timeline: Segmenter, part: Part) -> None:
        rendition = self._renditions[part.codec]
        if part.number < rendition.next:
            return
        # Parts come in order, and no codec is a whole part behind another: once one codec's part
        # is here, what any codec lacks before it will not come any more.
        self._level(timeline, part.number)
        if part.number >= timeline.next:
            for missing in timeline.missing_before(part.number):
                timeline.add(missing)
            self._level(timeline, part.number)
        rendition.append(part)
        if part.number >= timeline.next:
            timeline.add(part.number)

    def _level(self, timeline: Segmenter, end: PartNumber) -> None:
        """Give every codec, as silence, what it lacks of the timeline before part ``end``."""
        for rendition in self._renditions.values():
            if rendition.next < min(end, timeline.next):
                rendition.silence(timeline.between(rendition.next, end))

    def _cut(self, timeline: Segmenter, last: PartNumber | None) -> None:
        segment = self._replayed() if last is None else segment_of(last)
        if segment is not None and segment < self.last:
            self._live = deepcopy(timeline)
            timeline.cut(first_part_of(SegmentNumber(segment + 1)))

    def _replayed(self) -> SegmentNumber | None:
        """Return the last segment of the replay that was made already; None if none was.

        A show that went on after one has live playlists again that do not end.
        """
        rendition = next(iter(self._renditions.values()))
        if not rendition.text(playlist.SHOW).endswith(f"{playlist.END}\n"):
            return None
        listed = layout.listed(rendition.text(playlist.REPLAY).encode())
        return listed[-1] if listed else None

    def _publish(self) -> None:
        """Write the live playlists of the codecs that have a new whole segment."""
        timeline = self._timeline
        if timeline is None:
            return
        for codec, rendition in self._renditions.items():
            count = timeline.whole_before(rendition.next)
            if count > self._listed.get(codec, 0):
                if self._kept:
                    self._show(timeline, codec, count)
                text = playlist.live(timeline, self._window(count), self._epoch)
                rendition.publish(playlist.LIVE, text)
                self._listed[codec] = count
        if len(self._listed) == len(self._renditions) and not self._playable:
            found = {codec: rates.declared(self._bitrates[codec]) for codec in self._listed}
            self._publish_variants(playlist.LIVE, playlist.multivariant(found))
            back = playlist.SHOW if self._kept else playlist.LIVE
            self._publish_variants(playlist.REWIND, playlist.multivariant(found, back))
            self._playable = True
        if not self._kept:
            self._slide(timeline)

    def _window(self, count: int) -> range:
        return range(max(playlist.window_of(count).start, min(self._gone, count)), count)

    def _slide(self, timeline: Segmenter) -> None:
        """Delete what has left the windows of all codecs."""
        shown = min((self._listed.get(codec, 0) for codec in self._renditions), default=0)
        end = playlist.window_of(shown).start - _LINGER
        if end > self._gone:
            for rendition in self._renditions.values():
                rendition.drop(timeline.numbers[self._gone : end])
            self._gone = end

    def _show(self, timeline: Segmenter, codec: Codec, count: int) -> None:
        """Bring the list of the whole show up to ``count`` segments, mostly by a line or two."""
        rendition = self._renditions[codec]
        shown = self._shown.get(codec, 0)
        if shown == 0:
            rendition.publish(playlist.SHOW, playlist.show(timeline, count, self._epoch))
        elif count > shown:
            lines = playlist.more(timeline, range(shown, count), self._epoch)
            rendition.extend(playlist.SHOW, lines)
        self._shown[codec] = count

    def _publish_replay(self, timeline: Segmenter) -> None:
        """Write the whole show's playlists and lead newcomers to them."""
        found = {}
        for codec, rendition in self._renditions.items():
            text = playlist.replay(timeline, self._epoch)
            rendition.publish(playlist.REPLAY, text, durable=True)
            found[codec] = rates.peak(rendition.sizes(timeline))
        text = playlist.multivariant(found, playlist.REPLAY)
        for name in (playlist.LIVE, playlist.REWIND):
            self._publish_variants(name, text)

    def _end_live(self, timeline: Segmenter) -> None:
        """Tell those who followed the show live that it is over."""
        end = len(timeline.numbers)
        for rendition in self._renditions.values():
            text = playlist.live(timeline, self._window(end), self._epoch, ended=True)
            rendition.publish(playlist.LIVE, text)
            if self._kept:
                text = playlist.show(timeline, end, self._epoch, ended=True)
                rendition.publish(playlist.SHOW, text)

    def _publish_variants(self, name: str, text: str) -> None:
        files.write_atomic(self._folder / name, text.encode())


def write_card(folder: Path, card: ShowCard) -> None:
    """Write the show card where edges and web servers look for it; raises ``MachineError``."""
    with files.told():
        folder.mkdir(parents=True, exist_ok=True)
        files.write_atomic(folder / layout.CARD, msgspec.json.encode(card))
