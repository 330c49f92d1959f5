"""Covers: a picture that somebody sent, checked and encoded anew, or one drawn from the title."""

import colorsys
import hashlib
import io
import warnings
from typing import Final

from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from vivavoce.errors import UsageError
from vivavoce.export.names import one_line

# Apple: square, 1,400 to 3,000 pixels, JPEG or PNG, RGB.
_LEAST: Final = 1_400
_MOST: Final = 3_000
_EMBEDDED: Final = 600
UPLOAD_LIMIT: Final = 10 * 1024 * 1024
_PIXELS_LIMIT: Final = 50_000_000  # 150 MB of memory; no camera's picture is refused
_LINES: Final = 6


def fitted(data: bytes) -> bytes:
    """Return a picture of any common kind as a square JPEG that podcast directories take.

    Nothing of the sent file is passed on but the pixels. Raises ``UsageError`` (``picture_…``).
    """
    picture = _opened(data)
    side = min(_MOST, max(_LEAST, min(picture.size)))
    return _jpeg(ImageOps.fit(picture, (side, side)))


def embedded(cover: bytes) -> bytes:
    """Return a cover small enough to lie in every sound file."""
    picture = Image.open(io.BytesIO(cover)).convert("RGB")
    if picture.size[0] > _EMBEDDED:
        picture = picture.resize((_EMBEDDED, _EMBEDDED))
    return _png(picture) if cover.startswith(b"\x89PNG") else _jpeg(picture)


def side(cover: bytes) -> int:
    """Return how many pixels wide and high a cover is."""
    return Image.open(io.BytesIO(cover)).size[0]


def drawn(title: str, below: str = "") -> bytes:
    """Return a cover as PNG: the title in large letters, on a colour that belongs to it."""
    hue = hashlib.sha256(title.encode("utf-8", "replace")).digest()[0] / 255
    dark = tuple(round(255 * c) for c in colorsys.hls_to_rgb(hue, 0.2, 0.45))
    light = tuple(round(255 * c) for c in colorsys.hls_to_rgb(hue, 0.62, 0.6))
    picture = Image.new("RGB", (_LEAST, _LEAST), dark)
    draw = ImageDraw.Draw(picture)
    # The thread: a level line, the sign of everything that sounds here.
    for n in range(35):
        tall = 20 + hashlib.sha256(f"{title}{n}".encode("utf-8", "replace")).digest()[0] // 2
        x = 140 + n * 32
        draw.rounded_rectangle((x, 1160 - tall, x + 14, 1160 + tall), 7, fill=light)
    lines, size = _broken(one_line(title))
    font = _font(size)
    for n, line in enumerate(lines):
        draw.text((140, 140 + n * size * 1.2), line, font=font, fill="white")
    if below:
        draw.text((140, 1290), one_line(below)[:50], font=_font(48), fill=light)
    return _png(picture)


def _opened(data: bytes) -> Image.Image:
    if len(data) > UPLOAD_LIMIT:
        raise UsageError("picture_too_large", "The picture is larger than 10 MB.", status=413)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large ones; the bound is ours
            picture = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
            if picture.size[0] * picture.size[1] > _PIXELS_LIMIT or min(picture.size) < 16:
                raise _wrong_size()
            return ImageOps.exif_transpose(picture).convert("RGB")
    except Image.DecompressionBombError:  # far beyond our bound
        raise _wrong_size() from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise UsageError(
            "picture_unreadable", "That is no picture. Send a JPEG, PNG or WebP file."
        ) from None


def _wrong_size() -> UsageError:
    words = "The picture has too many pixels, or hardly any."
    return UsageError("picture_size", words, status=413)


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=86, optimize=True)
    return buffer.getvalue()


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _broken(title: str) -> tuple[list[str], int]:
    """Return the title in lines that fit, and the size of the letters."""
    lines: list[str] = []
    for size in (150, 120, 96, 72):
        font = _font(size)
        lines = [""]
        for word in title.split() or ["Viva Voce"]:
            longer = f"{lines[-1]} {word}".strip()
            if lines[-1] and font.getlength(longer) > 1_120:
                lines.append(word)
            else:
                lines[-1] = longer
        fits = all(font.getlength(line) <= 1_120 for line in lines)
        if fits and len(lines) * size * 1.2 <= 860:
            return lines, size
    return [line[:28] for line in lines[:_LINES]], 72
