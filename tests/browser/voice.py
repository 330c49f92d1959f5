"""A voice on the stage without a browser around it: a tone, spoken over WHIP."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from vivavoce.media import Frame
from vivavoce.testing import tone
from vivavoce.testing.speaker import Speaker
from vivavoce.units import FRAME_SAMPLES, SAMPLE_RATE, Samples

HZ = 700


@contextmanager
def voice(show: dict[str, Any], hz: int = HZ) -> Iterator[None]:
    """Speak a tone of -20 dBFS, of whole hertz, into ``show`` while the block lasts."""
    second = tone(hz, Samples(SAMPLE_RATE)).reshape(-1, FRAME_SAMPLES)
    with speaking(show, lambda n: second[n % len(second)]):
        yield


@contextmanager
def speaking(show: dict[str, Any], frame: Callable[[int], Frame]) -> Iterator[None]:
    """Speak ``frame(n)``, n = 0, 1, …, every 20 ms into ``show`` while the block lasts."""
    loop = asyncio.new_event_loop()
    connected, done = threading.Event(), asyncio.Event()

    async def speak() -> None:
        async with Speaker(frame) as speaker:
            await speaker.whip(show["whip_url"], show["whip_token"])
            connected.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[speak()])
    thread.start()
    try:
        assert connected.wait(20), "the stage did not take the voice"
        yield
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(20)
        loop.close()
