"""The picture of a clip: its waveform, when it was said, by whom. For links in other places.

Set in the pages' own type face, which has Latin letters; what it cannot write is left out, for
boxes in place of letters say nothing.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from vivavoce.record.playing import clock_text

SIZE: Final = (1_200, 630)
"""What Facebook, Mastodon, Slack and X show whole."""

_PAPER, _INK, _SOFT, _EDGE = "#f6f1e7", "#1c1a21", "#5b5560", "#857b70"
_MARGIN: Final = 72
_WAVE: Final = (330, 500)  # from, to, of the picture's height
_ROOM: Final = SIZE[0] - 2 * _MARGIN
_BAR: Final = 12
# A show's title has 200 letters, ten speakers' names together may have more; nobody sees the rest.
_LONGEST: Final = 300
_KNOWN_LIMIT: Final = 2_000
_LINES: Final = 2
_WEIGHT: Final = 480  # that of the pages' headings
# The waveform as the pages draw it: peaks are near full scale all the time, the third power is not.
_SHAPE: Final = 3
# The latin files of fontsource: the letters of western Europe, and those of the rest of it.
_FACES: Final = ("fraunces-latin-opsz-*.woff2", "fraunces-latin-ext-opsz-*.woff2")

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True, slots=True)
class Facts:
    """What a picture says; times are playing time."""

    title: str
    names: str
    from_ms: int
    to_ms: int
    peaks: bytes
    """One byte a part, as in ``peaks.bin``."""


class Pictures:
    """Draws pictures; ``pages`` is the folder of the built pages, whose type faces are used."""

    def __init__(self, pages: Path) -> None:
        found = (next(iter(sorted((pages / "assets").glob(face))), None) for face in _FACES)
        self._files = [file for file in found if file is not None]
        self._sets: dict[int, _Set] = {}

    def draw(self, facts: Facts) -> bytes:
        """Return the picture as PNG. Blocking, and for one thread at a time."""
        picture = Image.new("RGB", SIZE, _PAPER)
        pen = ImageDraw.Draw(picture)
        self._write(pen, facts.title, 76, 60, _INK, _LINES)
        self._write(pen, facts.names, 34, 246, _SOFT, 1)
        _wave(pen, facts.peaks)
        when = f"{clock_text(facts.from_ms)} \u2013 {clock_text(facts.to_ms)}"
        self._write(pen, when, 40, 528, _INK, 1)
        mark = self._set(34).faces[0]
        pen.text((SIZE[0] - _MARGIN, 556), "Viva Voce", font=mark, fill=_INK, anchor="rm")
        out = io.BytesIO()
        # 16 colours are all that paper, ink and the edges of letters need.
        picture.quantize(16, dither=Image.Dither.NONE).save(out, "PNG", compress_level=6)
        return out.getvalue()

    def _write(
        self, pen: ImageDraw.ImageDraw, text: str, size: int, top: int, ink: str, lines: int
    ) -> None:
        letters = self._set(size)
        if not all(letters.has(letter) for letter in set(text[:_LONGEST])):
            return
        for number, line in enumerate(letters.broken(text[:_LONGEST], lines)):
            left = float(_MARGIN)
            for face, run in letters.runs(line):
                pen.text((left, top + number * size * 1.1), run, font=face, fill=ink)
                left += face.getlength(run)

    def _set(self, size: int) -> "_Set":
        if size not in self._sets:
            faces = [_face(file, size) for file in self._files]
            self._sets[size] = _Set(faces or [ImageFont.load_default(size)])
        return self._sets[size]


class _Set:
    """The faces of one size, and which letters each has."""

    def __init__(self, faces: Sequence[Font]) -> None:
        self.faces = faces
        self._known: dict[str, tuple[Font | None, float]] = {}

    def has(self, letter: str) -> bool:
        """Return whether any face has the letter."""
        return self._look(letter)[0] is not None

    def runs(self, line: str) -> list[tuple[Font, str]]:
        """Return the line in pieces, each with a face that has all its letters."""
        runs: list[tuple[Font, str]] = []
        for letter in line:
            face = self._look(letter)[0] or self.faces[0]
            if runs and runs[-1][0] is face:
                runs[-1] = (face, runs[-1][1] + letter)
            else:
                runs.append((face, letter))
        return runs

    def broken(self, text: str, lines: int) -> list[str]:
        """Return the text in lines that fit; what is too much is cut off with an ellipsis."""
        found = [""]
        for word in text.split():
            longer = f"{found[-1]} {word}".strip()
            if not found[-1] or self._width(longer) <= _ROOM:
                found[-1] = longer
            else:
                found.append(word)
        if len(found) > lines:
            found = [*found[: lines - 1], " ".join(found[lines - 1 :])]
        return [self._cropped(line) for line in found]

    def _cropped(self, line: str) -> str:
        if self._width(line) <= _ROOM:
            return line
        while line and self._width(f"{line}…") > _ROOM:
            line = line[:-1]
        return f"{line.rstrip()}…"

    def _width(self, line: str) -> float:
        """Return how wide a line is without kerning, which takes away more than it adds."""
        return sum(self._look(letter)[1] for letter in line)

    def _look(self, letter: str) -> tuple[Font | None, float]:
        if letter not in self._known:
            if len(self._known) >= _KNOWN_LIMIT:
                self._known.clear()
            face = next((one for one in self.faces if _has(one, letter)), None)
            self._known[letter] = (face, face.getlength(letter) if face is not None else 0.0)
        return self._known[letter]


def _wave(pen: ImageDraw.ImageDraw, peaks: bytes) -> None:
    top, bottom = _WAVE
    middle = (top + bottom) / 2
    for place, height in enumerate(heights(peaks, _ROOM // _BAR)):
        half = max(2.0, height * (bottom - top) / 2)
        left = _MARGIN + place * _BAR
        pen.rectangle((left, middle - half, left + _BAR - 5, middle + half), fill=_INK)


def _face(file: Path, size: int) -> Font:
    # Basic: letter by letter. Shaping would make one face's letters of another's accents.
    face = ImageFont.truetype(file, size, layout_engine=ImageFont.Layout.BASIC)
    wanted = {"wght": _WEIGHT, "opsz": size}
    names = ("opsz", "wght")  # the order of the axes in fontsource's files
    with contextlib.suppress(OSError):  # a build with fonts that do not vary
        if len(face.get_variation_axes()) == len(names):
            face.set_variation_by_axes([wanted[name] for name in names])
    return face


def heights(peaks: bytes, count: int) -> list[float]:
    """Return ``count`` heights, 0 to 1, the highest 1: the mean of what each place has."""
    each = len(peaks) / count
    found = []
    for place in range(count):
        begin = int(place * each)
        part = peaks[begin : max(begin + 1, int((place + 1) * each))]
        found.append(sum((peak / 255) ** _SHAPE for peak in part) / max(1, len(part)))
    most = max(found, default=0.0)
    return [height / most for height in found] if most > 0 else found


def _has(face: Font, letter: str) -> bool:
    if letter == " " or not isinstance(face, ImageFont.FreeTypeFont):
        return letter.isascii()
    return bytes(face.getmask(letter)) != bytes(face.getmask("\uffff"))
