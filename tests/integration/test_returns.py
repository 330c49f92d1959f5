"""Two real peers on one stage: each hears the other and not itself, before the show and on air."""

from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from aiortc import MediaStreamTrack
from tests.caller import until
from tests.integration.stage_rig import GUEST, HOST, SHOW, TestWindow, rig
from tests.integration.test_stage import saying, seat, tone_db

from vivavoce.media import Pcm
from vivavoce.testing.speaker import Speaker, Voice
from vivavoce.units import SAMPLE_RATE

pytestmark = pytest.mark.anyio
TONES = {"ada": 440.0, "bob": 1000.0}


class Person(Speaker):
    """Speaks, and keeps what comes back."""

    def __init__(self, voice: Voice) -> None:
        super().__init__(voice)
        self._pieces: list[Pcm] = []
        for transceiver in self._connection.getTransceivers():
            transceiver.direction = "sendrecv"
        self._connection.on("track", self._came)
        self._back: MediaStreamTrack | None = None

    def _came(self, track: MediaStreamTrack) -> None:
        self._back = track

    async def listen(self) -> None:
        assert self._back is not None
        while True:
            frame: Any = await self._back.recv()
            self._pieces.append(frame.to_ndarray().reshape(-1)[::2].copy())

    @property
    def has_heard_enough(self) -> bool:
        return sum(map(len, self._pieces)) >= 3 * SAMPLE_RATE

    def heard(self) -> Pcm:
        """Return all but the first second."""
        return np.concatenate(self._pieces)[SAMPLE_RATE:]


@pytest.mark.parametrize("live", [False, True])
async def test_each_hears_the_other_and_not_itself(tmp_path: Path, live: bool) -> None:
    async with rig(tmp_path) as studio:
        if live:
            await studio.shows.start()
        async with (
            Person(saying(TONES["ada"])) as ada,
            Person(saying(TONES["bob"])) as bob,
            anyio.create_task_group() as tasks,
        ):
            await seat(studio, HOST, ada, TestWindow("ada"))
            await seat(studio, GUEST, bob, TestWindow("bob"))
            tasks.start_soon(ada.listen)
            tasks.start_soon(bob.listen)
            await until(lambda: ada.has_heard_enough and bob.has_heard_enough)
            floor = (await studio.stages.open(SHOW)).floor
            assert floor.console.encodes <= 3
            tasks.cancel_scope.cancel()
        for person, own, other in ((ada, "ada", "bob"), (bob, "bob", "ada")):
            assert tone_db(person.heard(), TONES[other]) == pytest.approx(-20, abs=1)
            assert tone_db(person.heard(), TONES[own]) < -60
        if live:
            await studio.shows.end(SHOW)
        else:
            assert not studio.feed.parts, "nothing of the green room leaves"


class Watcher(Person):
    """Says nothing: receives only."""

    def __init__(self) -> None:
        super().__init__(lambda _: None)
        for transceiver in self._connection.getTransceivers():
            transceiver.direction = "recvonly"


async def test_a_peer_that_only_receives_hears_the_programme(tmp_path: Path) -> None:
    async with rig(tmp_path) as studio:
        await studio.shows.start()
        async with (
            Person(saying(TONES["ada"])) as ada,
            Watcher() as watcher,
            anyio.create_task_group() as tasks,
        ):
            await seat(studio, HOST, ada, TestWindow("ada"))
            stage = await studio.stages.open(SHOW)
            window = TestWindow("monitor")
            await watcher.accept(await stage.monitor(HOST, window, await watcher.offer()))
            tasks.start_soon(watcher.listen)
            await until(lambda: watcher.has_heard_enough)
            assert len(stage.people()) == 1, "who only receives is nobody on stage"
            tasks.cancel_scope.cancel()
        await studio.shows.end(SHOW)
    assert tone_db(watcher.heard(), TONES["ada"]) == pytest.approx(-20, abs=1)
