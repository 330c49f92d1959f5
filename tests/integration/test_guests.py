"""Guests on a real server: invited, heard in the green room, on air, muted, removed for good."""

import urllib.request
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from tests.integration.guest_kit import Browser, StagePage, asked, stage_page
from tests.live_server import LiveServer, live_server
from websockets.exceptions import InvalidStatus

from vivavoce.clock import SystemClock
from vivavoce.media import Pcm
from vivavoce.testing import tone, tone_level_db
from vivavoce.testing.decode import decode
from vivavoce.testing.speaker import Speaker, voice_of
from vivavoce.units import samples

pytestmark = pytest.mark.anyio
HOST_HZ, GUEST_HZ = 400.0, 1_000.0


def on_air(server: LiveServer, show: str, seconds: float) -> Pcm:
    """Return what a listener hears who comes now and stays for so long: some past, then now."""
    url = f"{server.said['public_url']}/live/{show}/stream.mp4"
    body, clock = b"", SystemClock()
    end = clock.now() + seconds
    with urllib.request.urlopen(url, timeout=30) as answer:
        while clock.now() < end:
            body += answer.read1(65_536)
    return decode(body)


async def heard(server: LiveServer, show: str, hz: float) -> float:
    """Return how loud a tone is on air, in dBFS, some seconds from now."""
    pcm = await anyio.to_thread.run_sync(on_air, server, show, 4.0)
    return tone_level_db(pcm[-24_000:], hz)


async def test_the_way_of_a_guest(tmp_path: Path) -> None:
    with live_server(tmp_path / "data") as server:
        made = server.new_show()
        show, studio = made["show"], server.said["studio_url"]
        host, guest = Browser(studio), Browser(studio)
        key = made["host_url"].partition("#key=")[2]
        assert host.ask("POST", "/api/session", {"key": key})[0] == 200
        status, link = host.ask("POST", f"/api/shows/{show}/invitations", {"name": "Gus"})
        assert status == 201
        assert link["qr_svg"].startswith("<svg")
        status, session = guest.accept(link["url"])
        assert (status, session["role"], session["seat"]["standing"]) == (201, "guest", "green")
        seat = session["seat"]["id"]
        assert guest.accept(link["url"])[0] == 200, "the same browser has its seat already"
        async with (
            stage_page(host, show) as at_host,
            stage_page(guest, show, "window-two", query="&as=guest") as at_guest,
            Speaker(voice_of(tone(HOST_HZ, samples(120)))) as ada,
            Speaker(voice_of(tone(GUEST_HZ, samples(120)))) as gus,
        ):
            await at_guest.until("you", seat=seat, standing="green", role="speaker")
            await at_host.speak(ada)
            await at_guest.speak(gus)
            await at_host.person(seat, connected=True, speaking=True, standing="green")
            assert (await asked(host, "POST", f"/api/shows/{show}/start", {}))[0] == 200
            await in_the_green_room_then_on_air(server, show, at_host, at_guest, seat)
            await removed_for_good(at_host, at_guest, guest, show, seat, link["url"])


async def in_the_green_room_then_on_air(
    server: LiveServer, show: str, at_host: StagePage, at_guest: StagePage, seat: str
) -> None:
    assert await heard(server, show, HOST_HZ) > -30
    assert await heard(server, show, GUEST_HZ) < -70, "the green room is not on air"
    await at_guest.command("bring", seat)
    await at_guest.until("error", code="not_allowed")
    await at_host.command("bring", seat)
    await at_guest.until("you", standing="air")
    assert await heard(server, show, GUEST_HZ) > -30
    await at_host.command("hold", seat)
    await at_guest.until("you", mute="held")
    await at_guest.say(type="mute", muted=False)
    await at_guest.until("error", code="held_muted")
    person = await at_guest.person(seat, mute="held")
    assert person["held_by"] == "Host"
    assert await heard(server, show, GUEST_HZ) < -70


async def removed_for_good(
    at_host: StagePage, at_guest: StagePage, guest: Browser, show: str, seat: str, link: str
) -> None:
    await at_host.command("remove", seat)
    await at_guest.until("removed")
    assert await at_guest.until_closed() == 1008
    assert (await asked(guest, "GET", f"/api/session?as=guest&show={show}"))[1]["role"] == "none"
    with pytest.raises(InvalidStatus):
        async with stage_page(guest, show, "window-two", query="&as=guest"):
            pass
    with pytest.raises(InvalidStatus):
        async with stage_page(guest, show, "another-tab", query="&as=guest"):
            pass
    status, refused = guest.accept(link)
    assert (status, refused["code"]) == (403, "invitation_revoked")
    assert Browser(guest.studio).accept(link)[1]["code"] == "invitation_revoked"
