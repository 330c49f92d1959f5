"""The console, by oracles: each voice is a tone, and what must not be heard is its absence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vivavoce.media import SILENCE, Frame, Pcm
from vivavoce.mix.console import MAX_AUDIBLE, Bus, Console, Strip
from vivavoce.mix.opus import Decoder, Encoder
from vivavoce.testing import tone, tone_level_db
from vivavoce.units import FRAME_SAMPLES, Samples

TICKS = 50
TONES = {"ada": 440.0, "bob": 700.0, "cleo": 1000.0, "dan": 1300.0}
SETTLED = 10 * FRAME_SAMPLES


@dataclass
class Tape:
    """Encodes a frame as itself."""

    made: list[Frame] = field(default_factory=list)

    def encode(self, frame: Frame) -> bytes:
        return frame.tobytes()

    def copy(self) -> Self:
        return self


def saying(names: str, ticks: int = TICKS) -> dict[str, Pcm]:
    return {
        name: tone(TONES[name], Samples(ticks * FRAME_SAMPLES), db=-20) for name in names.split()
    }


def at(voices: Mapping[str, Pcm], tick: int) -> dict[str, Frame]:
    start = tick * FRAME_SAMPLES
    return {name: pcm[start : start + FRAME_SAMPLES] for name, pcm in voices.items()}


@dataclass
class Room:
    """A console whose every output is kept as sound."""

    console: Console = field(default_factory=lambda: Console(Tape, levelling=False))
    air: list[Frame] = field(default_factory=list)
    heard: dict[str, list[Frame]] = field(default_factory=dict)
    encodes: list[int] = field(default_factory=list)

    def seat(self, bus: Bus, *names: str, programme: bool = False) -> None:
        for name in names:
            self.console.strips[name] = Strip(bus, programme=programme)

    def tick(self, frames: Mapping[str, Frame]) -> None:
        self.air.append(self.console.tick(frames))
        self.encodes.append(self.console.encodes)
        for name in self.console.strips:
            packet = self.console.packets.get(name)
            frame = SILENCE if packet is None else np.frombuffer(packet, dtype=np.int16)
            self.heard.setdefault(name, []).append(frame)

    def hear(self, voices: Mapping[str, Pcm], ticks: int = TICKS) -> None:
        for n in range(ticks):
            self.tick(at(voices, n))

    def level(self, who: str, hz: float) -> float:
        frames = self.air if who == "air" else self.heard[who]
        return tone_level_db(np.concatenate(frames)[SETTLED:], hz)


def test_each_hears_all_but_themselves_and_the_air_has_everybody() -> None:
    room = Room()
    room.seat(Bus.AIR, *TONES)
    room.hear(saying("ada bob cleo dan"))
    for who in TONES:
        for name, hz in TONES.items():
            if name == who:
                assert room.level(who, hz) < -60, "40 dB below what was said, and more"
            else:
                assert room.level(who, hz) == pytest.approx(-20, abs=0.2)
    assert all(room.level("air", hz) == pytest.approx(-20, abs=0.2) for hz in TONES.values())


def test_the_green_room_hears_itself_and_not_one_sample_of_it_reaches_the_air() -> None:
    room = Room()
    room.seat(Bus.AIR, "ada")
    room.seat(Bus.GREEN, "bob", "cleo")
    room.seat(Bus.GREEN, "dan", programme=True)
    room.hear(saying("ada bob cleo"))
    alone = Room()
    alone.seat(Bus.AIR, "ada")
    alone.hear(saying("ada"))
    assert np.array_equal(np.concatenate(room.air), np.concatenate(alone.air))
    assert room.level("bob", TONES["cleo"]) == pytest.approx(-20, abs=0.2)
    assert room.level("bob", TONES["ada"]) < -60
    assert room.level("ada", TONES["bob"]) < -60
    assert room.level("dan", TONES["ada"]) == pytest.approx(-20, abs=0.2)
    assert room.level("dan", TONES["bob"]) == pytest.approx(-20, abs=0.2)


@given(
    air=st.integers(0, 20),
    green=st.integers(0, 10),
    audible=st.integers(0, 20),
    audible_green=st.integers(0, 10),
)
def test_the_encodes_of_a_tick_are_at_most_the_audible_and_one_for_each_bus(
    air: int, green: int, audible: int, audible_green: int
) -> None:
    room = Room()
    names = [f"air{n}" for n in range(air)], [f"green{n}" for n in range(green)]
    room.seat(Bus.AIR, *names[0])
    room.seat(Bus.GREEN, *names[1])
    room.seat(Bus.MONITOR, "monitor")
    sound = tone(440, Samples(FRAME_SAMPLES), db=-20)
    speaking = names[0][:audible] + names[1][:audible_green]
    for _ in range(3):
        room.tick(dict.fromkeys(speaking, sound))
    on_air, in_green = min(audible, air, MAX_AUDIBLE), min(audible_green, green, MAX_AUDIBLE)
    assert room.encodes[-1] <= on_air + 1 + in_green + (green > 0)
    if on_air > 1:
        assert room.encodes[-1] >= on_air + 1, "the monitor hears the programme"


def test_nobody_speaking_costs_next_to_nothing_and_keeps_the_path_alive() -> None:
    room = Room()
    room.seat(Bus.AIR, *TONES)
    room.hear({}, 100)
    assert sum(room.encodes[20:]) == 8, "one each 200 ms, for all four together"
    assert all(frame is SILENCE for frame in room.air)


def test_a_muted_voice_is_heard_by_nobody_and_fades_rather_than_clicks() -> None:
    room = Room()
    room.seat(Bus.AIR, "ada", "bob")
    voices = saying("ada")
    for n in range(TICKS):
        room.console.strips["ada"].muted = n >= 25
        room.tick(at(voices, n))
    out = np.concatenate(room.air).astype(np.int32)
    assert not out[26 * FRAME_SAMPLES :].any()
    steepest = np.max(np.abs(np.diff(voices["ada"].astype(np.int32))))
    assert np.max(np.abs(np.diff(out))) <= steepest * 1.05


def test_who_is_moved_off_air_is_gone_from_it_within_a_frame() -> None:
    room = Room()
    room.seat(Bus.AIR, "ada", "bob")
    voices = saying("ada bob")
    for n in range(TICKS):
        if n == 25:
            room.console.strips["ada"].bus = Bus.GREEN
        room.tick(at(voices, n))
    after = np.concatenate(room.air[27:])
    assert tone_level_db(after, TONES["ada"]) < -60
    assert tone_level_db(after, TONES["bob"]) == pytest.approx(-20, abs=0.2)


def test_of_a_crowd_the_loudest_are_heard_and_the_others_cost_no_encode() -> None:
    room = Room()
    names = [f"n{n}" for n in range(40)]
    room.seat(Bus.AIR, *names)
    sounds = {n: tone(440, Samples(FRAME_SAMPLES), db=-25 - i / 4) for i, n in enumerate(names)}
    for _ in range(3):
        room.tick(sounds)
    audible = {name for name, strip in room.console.strips.items() if strip.audible}
    assert audible == set(names[:MAX_AUDIBLE])
    assert room.encodes[-1] == MAX_AUDIBLE + 1


def test_a_return_that_goes_from_shared_to_own_and_back_neither_clicks_nor_jumps() -> None:
    """Bob hears Ada's tone throughout; he speaks for a while, so his return becomes his own."""
    console = Console(Encoder, levelling=False)
    for name in ("ada", "bob", "cleo"):
        console.strips[name] = Strip(Bus.AIR)
    voices, decoder, heard = saying("ada bob", 250), Decoder(), []
    owns = []
    for n in range(250):
        frames = at(voices, n)
        if not 60 <= n < 120:
            del frames["bob"]
        console.tick(frames)
        stream = console.strips["bob"].stream
        assert stream is not None
        owns.append(not stream.shared)
        heard.append(decoder.decode(console.packets["bob"]))
    assert owns.index(True) == 60
    assert not owns[-1]
    sound = np.concatenate(heard)[20 * FRAME_SAMPLES :]
    pieces = [sound[at_ : at_ + 2400] for at_ in range(0, len(sound) - 2399, 2400)]
    levels = [tone_level_db(piece, TONES["ada"]) for piece in pieces]
    assert min(levels) > -21.5
    assert max(levels) < -18.5
    steepest = np.max(np.abs(np.diff(voices["ada"].astype(np.int32))))
    assert np.max(np.abs(np.diff(sound.astype(np.int32)))) < 1.6 * steepest
