"""libopus by ctypes: what PyAV does not offer, concealment (PLC) and in-band FEC, and its encoder.

The library is the one in PyAV's wheel, else the system's. Everything is mono, int16, 48 kHz; the
decoder folds stereo by itself. Calls run on the caller's thread and release the interpreter.
"""

import ctypes
import ctypes.util
import sysconfig
from collections.abc import Iterator
from copy import copy
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Final, Self

import numpy as np

from vivavoce.errors import MachineError, PeerError
from vivavoce.media import Frame, Pcm
from vivavoce.units import SAMPLE_RATE

MAX_PACKET_SAMPLES: Final = 5760  # 120 ms (RFC 6716 section 3.2.5)
MAX_PACKET_BYTES: Final = 1275  # one frame (section 3.2.1)

_APPLICATION_VOIP: Final = 2048
_APPLICATION_LOW_DELAY: Final = 2051  # CELT alone


class _Set(IntEnum):
    """Encoder requests (opus_defines.h)."""

    BITRATE = 4002
    COMPLEXITY = 4010
    INBAND_FEC = 4012
    PACKET_LOSS_PERC = 4014
    DTX = 4016
    PREDICTION_DISABLED = 4046


def _candidates() -> Iterator[str]:
    packages = Path(sysconfig.get_path("platlib"))
    yield from map(str, sorted(packages.glob("av.libs/libopus-*.so*")))  # Linux wheels
    yield from map(str, sorted(packages.glob("av/.dylibs/libopus*.dylib")))  # macOS wheels
    system = ctypes.util.find_library("opus")
    if system:
        yield system


@cache
def library() -> ctypes.CDLL:
    """Load libopus once; ``MachineError`` (``no_libopus``) if there is none."""
    for candidate in _candidates():
        try:
            return _typed(ctypes.CDLL(candidate))
        except (OSError, AttributeError):
            continue
    raise MachineError(
        "no_libopus",
        "No libopus was found. Reinstall the Python package 'av', or install the system's libopus.",
    )


def _typed(opus: ctypes.CDLL) -> ctypes.CDLL:
    pointer, number = ctypes.c_void_p, ctypes.c_int
    opus.opus_decoder_create.argtypes = [ctypes.c_int32, number, ctypes.POINTER(number)]
    opus.opus_decoder_create.restype = pointer
    opus.opus_decoder_destroy.argtypes = [pointer]
    opus.opus_decoder_destroy.restype = None
    opus.opus_decode.argtypes = [
        pointer, ctypes.c_char_p, ctypes.c_int32, pointer, number, number,
    ]  # fmt: skip
    opus.opus_encoder_get_size.argtypes = [number]
    opus.opus_encoder_init.argtypes = [pointer, ctypes.c_int32, number, number]
    opus.opus_encode.argtypes = [pointer, ctypes.c_char_p, number, pointer, ctypes.c_int32]
    opus.opus_encode.restype = ctypes.c_int32
    # Only the fixed arguments of this one: variadic ones are passed otherwise on Apple's arm64.
    opus.opus_encoder_ctl.argtypes = [pointer, number]
    return opus


class Decoder:
    """One voice's decoder. A payload that is not Opus is a ``PeerError`` and costs one frame."""

    def __init__(self) -> None:
        self._opus = library()
        status = ctypes.c_int()
        self._state = self._opus.opus_decoder_create(SAMPLE_RATE, 1, ctypes.byref(status))
        if status.value:
            raise MemoryError("opus_decoder_create")
        self._out = np.empty(MAX_PACKET_SAMPLES, dtype=np.int16)
        self._address = self._out.ctypes.data

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._opus.opus_decoder_destroy(self._state)
            self._state = None

    def decode(self, payload: bytes) -> Pcm:
        """Decode a packet. ``PeerError`` (``bad_opus``) if it cannot be."""
        return self._decode(payload, len(payload), MAX_PACKET_SAMPLES, 0)

    def recover(self, following: bytes, samples: int) -> Pcm:
        """Make up for the lost packet before ``following``, by the FEC in it or else by PLC.

        ``samples`` is the length of the hole, a multiple of 120 (2.5 ms).
        """
        return self._decode(following, len(following), samples, 1)

    def conceal(self, samples: int) -> Pcm:
        """Make up ``samples`` (a multiple of 120) from what was heard before (PLC)."""
        return self._decode(None, 0, samples, 0)

    def _decode(self, payload: bytes | None, size: int, samples: int, fec: int) -> Pcm:
        if payload is not None and not payload:
            raise _bad()  # libopus takes no bytes for a lost packet
        done = int(self._opus.opus_decode(self._state, payload, size, self._address, samples, fec))
        if done < 0:
            raise _bad()
        return self._out[:done].copy()


def _bad() -> PeerError:
    return PeerError("bad_opus", "A packet of sound was not Opus.")


class Encoder:
    """One stream's encoder: voice, 20 ms frames, with FEC for the loss that is expected."""

    def __init__(
        self,
        *,
        bitrate: int = 32_000,
        loss_percent: int = 10,
        dtx: bool = False,
        complexity: int = 5,
        independent: bool = False,
    ) -> None:
        """``independent``: each packet can be decoded after any other, at the cost of bits."""
        self._opus = library()
        self._state = ctypes.create_string_buffer(self._opus.opus_encoder_get_size(1))
        application = _APPLICATION_LOW_DELAY if independent else _APPLICATION_VOIP
        if self._opus.opus_encoder_init(self._state, SAMPLE_RATE, 1, application):
            raise MemoryError("opus_encoder_init")
        self._out = ctypes.create_string_buffer(MAX_PACKET_BYTES)
        self._set(_Set.BITRATE, bitrate)
        self._set(_Set.COMPLEXITY, complexity)
        self._set(_Set.INBAND_FEC, 1)
        self._set(_Set.DTX, int(dtx))
        self._set(_Set.PREDICTION_DISABLED, int(independent))
        self.expect_loss(loss_percent)

    def copy(self) -> Self:
        """Return an encoder that goes on from here: whoever decoded ours can decode its packets.

        An encoder's state holds no pointers (opus_encoder.c, "no pointers"), so bytes are all.
        """
        other = copy(self)
        other._state = ctypes.create_string_buffer(len(self._state))
        ctypes.memmove(other._state, self._state, len(self._state))
        return other

    def expect_loss(self, percent: int) -> None:
        """Spend more on FEC the more is lost; what receivers report."""
        self._set(_Set.PACKET_LOSS_PERC, max(0, min(100, percent)))

    def encode(self, frame: Frame) -> bytes:
        """Encode one frame; with DTX a packet of one or two bytes need not be sent."""
        # A copy of 2 kB takes less than asking numpy where its own are.
        pcm = frame.astype(np.int16, copy=False).tobytes()
        done: int = self._opus.opus_encode(
            self._state, pcm, len(frame), self._out, MAX_PACKET_BYTES
        )
        if done < 0:
            raise ValueError(f"opus_encode: {done}")
        return ctypes.string_at(self._out, done)

    def _set(self, request: _Set, value: int) -> None:
        self._opus.opus_encoder_ctl(self._state, int(request), ctypes.c_int(value))
