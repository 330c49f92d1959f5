"""Ready-made silence: what an encoder makes of zeros, without an encoder.

It fills what was not recorded (a studio that died, a full disk), so that media time stays true.
"""

from collections.abc import Mapping
from typing import Final

from vivavoce.media import Codec, Part
from vivavoce.package import cmaf
from vivavoce.units import PartNumber

PACKETS: Final[Mapping[Codec, bytes]] = {
    # CELT, full band, 20 ms, mono (table of contents 0xf8), coded silence.
    Codec.OPUS: bytes.fromhex("f8fffe"),
    # One single_channel_element with max_sfb 0, then the end mark (ISO/IEC 14496-3, 4.4.2.1).
    Codec.AAC: bytes.fromhex("01182007"),
}


def silent_part(codec: Codec, number: PartNumber) -> Part:
    """Return part ``number`` of a segmented ``codec`` with nothing to hear in it."""
    packets = [PACKETS[codec]] * cmaf.PACKETS_PER_PART[codec]
    return Part(codec, number, cmaf.chunk(codec, number, packets))
