"""A link as a QR code, to be held before a telephone. Pure."""

import io
from typing import Final

import segno

# Four modules of quiet all round (ISO/IEC 18004 section 7.3.7): without them many readers fail.
_QUIET: Final = 4


def qr_svg(link: str) -> str:
    """Return ``link`` as an SVG picture that scales, black on white whatever the page's colours."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        out,
        kind="svg",
        border=_QUIET,
        xmldecl=False,
        omitsize=True,
        light="#fff",
        svgclass=None,
        lineclass=None,
    )
    return out.getvalue().decode().strip()
