"""Trouble with the disk stays with the disk: it is told, tried again, and never blocks."""

from datetime import UTC, datetime

import anyio
import pytest
from tests.unit.stage.fakes import FakeRecording

from vivavoce.errors import MachineError
from vivavoce.media import SEGMENTED, Codec, Part
from vivavoce.stage.recorder import QUEUE, Recorder
from vivavoce.testing import FakeClock
from vivavoce.units import PartNumber

pytestmark = pytest.mark.anyio
FULL = MachineError("disk_full", "full")


def parts(*numbers: int) -> list[Part]:
    return [Part(codec, PartNumber(n), b"x") for n in numbers for codec in SEGMENTED]


def recorder_of(recording: FakeRecording) -> Recorder:
    epoch = datetime(2024, 8, 13, tzinfo=UTC)
    return Recorder("0123456789", epoch, lambda *_: recording, FakeClock())


async def test_parts_are_written_in_order_and_mp3_is_not() -> None:
    recording = FakeRecording()
    recorder = recorder_of(recording)
    recorder.put([*parts(0), Part(Codec.MP3, PartNumber(0), b"x"), *parts(1)])
    assert await recorder.finish(PartNumber(7)) == 48_000
    assert recording.parts == parts(0, 1)
    assert recording.finished == [7]
    assert recorder.notice() is None


async def test_a_refused_write_is_told_and_tried_again_until_it_is_done() -> None:
    recording = FakeRecording(refuse=FULL)
    recorder = recorder_of(recording)
    recorder.put(parts(0, 1))
    await recorder.drain()
    notice = recorder.notice()
    assert notice is not None
    assert notice.code == "disk_full"
    recording.refuse = None
    recorder.put(parts(2))
    await recorder.drain()
    assert recording.parts == parts(0, 1, 2)
    assert recorder.notice() is None


async def test_when_the_queue_is_full_the_newest_are_lost_counted_and_told() -> None:
    recording = FakeRecording()
    recorder = recorder_of(recording)
    recorder.put(parts(*range(QUEUE)))
    assert (recorder.lost, recorder.waiting) == (QUEUE, QUEUE)
    await recorder.drain()
    assert recorder.waiting == 0
    assert recording.parts == parts(*range(QUEUE // 2))
    notice = recorder.notice()
    assert notice is not None
    assert notice.code == "recording_gap"


async def test_a_bug_in_the_files_does_not_reach_the_show() -> None:
    recording = FakeRecording(refuse=ValueError("a bug"))
    recorder = recorder_of(recording)
    recorder.put(parts(0))
    assert await recorder.finish(None) is None
    notice = recorder.notice()
    assert notice is not None
    assert notice.code == "recording_failed"
    assert await recorder.next_part(PartNumber(9)) == 9


async def test_a_resumed_show_goes_on_after_what_is_on_disk() -> None:
    recorder = recorder_of(FakeRecording(next_part=PartNumber(40)))
    assert await recorder.next_part(PartNumber(30)) == 40
    assert await recorder.next_part(PartNumber(50)) == 50


async def test_a_disk_that_hangs_is_told_within_five_seconds() -> None:
    clock, let_go = FakeClock(), anyio.Event()

    class Hanging(FakeRecording):
        def append(self, parts: object) -> None:
            anyio.from_thread.run(hang)

    began = anyio.Event()

    async def hang() -> None:
        began.set()
        await let_go.wait()

    epoch = datetime(2024, 8, 13, tzinfo=UTC)
    recorder = Recorder("0123456789", epoch, lambda *_: Hanging(), clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(recorder.run)
        recorder.put(parts(0))
        await began.wait()
        assert recorder.notice() is None
        clock.advance(5.0)
        notice = recorder.notice()
        assert notice is not None
        assert notice.code == "recording_slow"
        let_go.set()
        tasks.cancel_scope.cancel()
