"""Real speakers over loopback into a real show on air: what was said is what the parts hold."""

from pathlib import Path

import anyio
import numpy as np
import pytest
from tests.integration.stage_rig import GUEST, HOST, SHOW, Rig, TestWindow, rig
from tests.pitch import is_tone

from vivavoce.media import Codec, Pcm
from vivavoce.stage.messages import Error, Media, Taken
from vivavoce.stage.seats import Seat
from vivavoce.testing import dominant_hz, gaps, loud, tone, tone_level_db
from vivavoce.testing.decode import decode
from vivavoce.testing.speaker import Speaker, Voice, voice_of
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE, Samples
from vivavoce.webrtc.endpoint import PeerState

pytestmark = pytest.mark.anyio
LONG = Samples(10 * SAMPLE_RATE // FRAME_SAMPLES * FRAME_SAMPLES)


def saying(hz: float, db: float = -20.0) -> Voice:
    return voice_of(tone(hz, LONG, db=db), then=None)


async def seat(studio: Rig, who: Seat, speaker: Speaker, window: TestWindow) -> None:
    stage = await studio.stages.open(SHOW)
    await speaker.accept(await stage.sit(who, window, await speaker.offer(), take=True))


def middle(pcm: Pcm) -> Pcm:
    """What lies between the first and the last sound, without 200 ms at either end."""
    run = loud(pcm)
    assert run is not None
    return pcm[run.start + 9_600 : run.end - 9_600]


def tone_db(pcm: Pcm, hz: float) -> float:
    """Return the level of a tone whose speed may be changed a little, to keep the delay right.

    Half a percent of 1 kHz is 5 Hz: 50 ms are short against that.
    """
    pieces = [pcm[at : at + 2400] for at in range(0, len(pcm) - 2399, 2400)]
    return float(np.median([tone_level_db(piece, hz) for piece in pieces]))


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("*.m4s")))


async def test_what_two_say_is_in_the_parts_of_both_codecs_in_level_and_without_a_gap(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path) as studio:
        await studio.shows.start()
        async with Speaker(saying(440)) as ada, Speaker(saying(1000, -26)) as bob:
            await seat(studio, HOST, ada, TestWindow("ada"))
            await seat(studio, GUEST, bob, TestWindow("bob"))
            await studio.feed.until(10)
            level = (await studio.stages.open(SHOW)).level_db(HOST)
            await studio.shows.end(SHOW)
    assert level == pytest.approx(-20, abs=1)
    for codec in (Codec.OPUS, Codec.AAC):
        heard = middle(studio.feed.heard(codec))
        assert len(heard) > 2 * SAMPLE_RATE
        assert tone_db(heard, 440) == pytest.approx(-20, abs=1)
        assert tone_db(heard, 1000) == pytest.approx(-26, abs=1)
        assert gaps(heard) == []
    assert [p.role for p in studio.shows.stage_seen[-1]] == ["host", "speaker"]


async def test_the_replay_on_disk_is_what_the_edges_were_given(tmp_path: Path) -> None:
    async with rig(tmp_path) as studio:
        await studio.shows.start()
        async with Speaker(saying(440)) as ada:
            await seat(studio, HOST, ada, TestWindow())
            await studio.feed.until(7)
            await studio.shows.end(SHOW)
    sent = b"".join(studio.feed.parts[Codec.OPUS][n] for n in sorted(studio.feed.parts[Codec.OPUS]))
    assert on_disk(tmp_path / "opus") == sent
    assert is_tone(dominant_hz(decode(tmp_path / "index.m3u8")[SAMPLE_RATE:]), 440)
    assert studio.shows.the_card.duration_s == pytest.approx(
        len(studio.feed.parts[Codec.OPUS]) * 0.32
    )


async def test_one_who_vanishes_in_the_middle_of_a_word_is_faded_out_and_the_other_goes_on(
    tmp_path: Path,
) -> None:
    vanished = voice_of(tone(440, LONG))
    async with rig(tmp_path) as studio:
        await studio.shows.start()
        window = TestWindow()
        async with (
            Speaker(lambda n: vanished(n) if n < 75 else None) as ada,
            Speaker(saying(1000)) as bob,
        ):
            await seat(studio, GUEST, bob, TestWindow("bob"))
            await seat(studio, HOST, ada, window)
            await studio.feed.until(10)
            await ada.vanish()
            with anyio.fail_after(30):
                await window.until(Media(PeerState.LOST))
            assert isinstance(window.told[-2], Error)
            await studio.shows.end(SHOW)
    heard = middle(studio.feed.heard())
    second = SAMPLE_RATE
    assert tone_db(heard[-second:], 1000) == pytest.approx(-20, abs=1)
    assert tone_db(heard[-second:], 440) < -60
    assert tone_db(heard[second // 2 : second], 440) > -22
    # A click is a step: steeper than the two tones together can be.
    both = tone(440, Samples(second)).astype(np.int32) + tone(1000, Samples(second))
    assert np.max(np.abs(np.diff(heard.astype(np.int32)))) < 1.5 * np.max(np.abs(np.diff(both)))


@pytest.mark.parametrize("junk", [b"\x00", b"\xff" * 40, b"\x03\xff\xff", b"\xfc" + bytes(1200)])
async def test_corrupt_payloads_cost_their_own_milliseconds_and_nobody_else(
    tmp_path: Path, junk: bytes
) -> None:
    clean = voice_of(tone(440, LONG))
    async with rig(tmp_path) as studio:
        await studio.shows.start()
        async with (
            Speaker(lambda n: junk if n % 40 == 39 else clean(n)) as ada,
            Speaker(saying(1000)) as bob,
        ):
            await seat(studio, HOST, ada, TestWindow())
            await seat(studio, GUEST, bob, TestWindow("bob"))
            await studio.feed.until(9)
            assert studio.stages.occupied(SHOW)
            assert len(studio.shows.stage_seen[-1]) == 2
            await studio.shows.end(SHOW)
    heard = middle(studio.feed.heard())
    assert tone_db(heard, 1000) == pytest.approx(-20, abs=1)
    assert tone_db(heard, 440) > -30, "Opus takes a few frames to find its level again"
    assert np.max(np.abs(heard)) < 0.6 * 32_768, "no payload is a bang"


async def test_a_full_disk_is_told_and_holds_up_nobody(tmp_path: Path) -> None:
    async with rig(tmp_path) as studio:
        studio.refuse.append(OSError(28, "No space left on device"))
        await studio.shows.start()
        async with Speaker(saying(440)) as ada:
            window = TestWindow()
            await seat(studio, HOST, ada, window)
            await studio.feed.until(6)
            status = studio.stages.status(studio.shows.the_card, HOST, window)
            assert status.notice is not None
            assert "live" in status.notice.message
            studio.refuse.clear()
            await studio.feed.until(10)
            await studio.shows.end(SHOW)
    assert gaps(middle(studio.feed.heard())) == []


async def test_another_window_takes_the_seat_and_is_heard_within_a_second(tmp_path: Path) -> None:
    async with rig(tmp_path) as studio:
        await studio.shows.start()
        one, two = TestWindow("window-1"), TestWindow("window-2")
        async with Speaker(saying(440)) as first, Speaker(saying(1000)) as second:
            await seat(studio, HOST, first, one)
            await studio.feed.until(5)
            await seat(studio, HOST, second, two)
            assert Taken() in one.told
            await studio.feed.until(11)
            await studio.shows.end(SHOW)
    heard = middle(studio.feed.heard())
    assert tone_db(heard[:SAMPLE_RATE], 440) == pytest.approx(-20, abs=1)
    assert tone_db(heard[-SAMPLE_RATE:], 1000) == pytest.approx(-20, abs=1)
    assert tone_db(heard[-SAMPLE_RATE:], 440) < -60
    assert all(gap.length < SAMPLE_RATE for gap in gaps(heard))


async def test_a_window_that_reconnects_is_heard_again_from_the_same_seat(tmp_path: Path) -> None:
    async with rig(tmp_path) as studio:
        await studio.shows.start()
        stage = await studio.stages.open(SHOW)
        window, again = TestWindow("same"), TestWindow("same")
        async with Speaker(saying(440)) as before:
            await seat(studio, HOST, before, window)
            await studio.feed.until(5)
        async with Speaker(saying(700)) as after:
            offer = await after.offer()
            await after.accept(await stage.sit(HOST, again, offer, take=False))
            assert Taken() not in again.told
            await studio.feed.until(11)
            assert len(stage.people()) == 1, "no ghost twin"
            await studio.shows.end(SHOW)
    heard = middle(studio.feed.heard())
    assert tone_db(heard[-SAMPLE_RATE:], 700) == pytest.approx(-20, abs=1)
    assert all(gap.length < SAMPLE_RATE for gap in gaps(heard))


async def test_nobody_there_is_silence_and_the_parts_go_on(tmp_path: Path) -> None:
    async with rig(tmp_path) as studio:
        await studio.shows.start()
        await studio.feed.until(4)
        await studio.shows.end(SHOW)
    assert np.max(np.abs(studio.feed.heard())) <= 1


async def test_mp3_is_made_only_while_somebody_listens_to_it(tmp_path: Path) -> None:
    async with rig(tmp_path) as studio:
        await studio.shows.start()
        async with Speaker(saying(440)) as ada:
            await seat(studio, HOST, ada, TestWindow())
            await studio.feed.until(3)
            assert not studio.feed.parts[Codec.MP3]
            studio.feed.mp3 = 1
            await studio.feed.until(10)
            studio.feed.mp3 = 0
            await studio.shows.end(SHOW)
    numbers = sorted(studio.feed.parts[Codec.MP3])
    sound = decode(b"".join(studio.feed.parts[Codec.MP3][n] for n in numbers))
    assert len(numbers) >= 4
    assert is_tone(dominant_hz(middle(sound)), 440)
