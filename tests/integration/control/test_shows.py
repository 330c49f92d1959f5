"""Shows over HTTP, from being made to being deleted."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.studio import COMMAND_LINE, KEEP_DAYS, LENGTH, PUBLIC, STUDIO, Studio, open_studio

from vivavoce.card import SHOW_ID, State
from vivavoce.clock import unix_ms
from vivavoce.control.finishing import Finishing

pytestmark = pytest.mark.anyio


async def make(studio: Studio, **fields: Any) -> dict[str, Any]:
    async with studio.client(COMMAND_LINE) as owner:
        made = await owner.post("/api/shows", json={"title": "A talk"} | fields)
    assert made.status_code == 201, made.text
    answer: dict[str, Any] = made.json()
    return answer


async def test_a_new_show_has_its_links_and_its_secrets_once(studio: Studio) -> None:
    show = await make(studio, description="one\ntwo", language="pt-BR", starts_ms=1_800_000_000_000)
    name = show["show"]
    assert SHOW_ID.fullmatch(name)
    assert show["listen_url"] == f"{PUBLIC}/{name}"
    assert show["hls"] == f"{PUBLIC}/live/{name}/index.m3u8"
    assert show["push"]["aac"] == f"{PUBLIC}/live/{name}/stream.mp4?codec=aac"
    assert show["whip_url"] == f"{STUDIO}/whip/{name}"
    assert show["host_url"].startswith(f"{STUDIO}/studio/{name}#key=")
    assert len(show["whip_token"]) == 32
    assert (show["state"], show["version"]) == ("planned", 1)
    async with studio.client(COMMAND_LINE) as owner:
        again = (await owner.get(f"/api/shows/{name}")).json()
        listed = (await owner.get("/api/shows")).json()
    assert again == show | {"host_url": None, "whip_token": None}
    assert listed == [again]
    assert studio.board.cards[-1].language == "pt-BR"


def database_bytes(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("vivavoce.db*"))


async def test_shows_are_listed_newest_first(studio: Studio) -> None:
    names = []
    for title in ("one", "two", "three"):
        names.append((await make(studio, title=title))["show"])
        studio.clock.advance(1)
    async with studio.client(COMMAND_LINE) as owner:
        listed = (await owner.get("/api/shows")).json()
    assert [show["show"] for show in listed] == names[::-1]


async def test_each_change_grows_the_version_and_is_published(studio: Studio) -> None:
    name = (await make(studio, starts_ms=1_800_000_000_000))["show"]
    async with studio.client(COMMAND_LINE) as owner:
        for change in ({"title": "Another"}, {"starts_ms": None}, {"title": None}):
            assert (await owner.patch(f"/api/shows/{name}", json=change)).status_code == 200
    assert [card.version for card in studio.board.cards] == [1, 2, 3, 4]
    last = studio.board.cards[-1]
    assert (last.title, last.starts_ms) == ("Another", None)


async def test_a_show_goes_live_ends_and_stays_ended(studio: Studio) -> None:
    name = (await make(studio))["show"]
    async with studio.client(COMMAND_LINE) as owner:
        early = await owner.post(f"/api/shows/{name}/end", json={})
        assert (early.status_code, early.json()["code"]) == (409, "not_live")
        live = (await owner.post(f"/api/shows/{name}/start", json={})).json()
        assert (live["state"], live["epoch_ms"]) == ("live", unix_ms(studio.clock.wall()))
        refused = await owner.delete(f"/api/shows/{name}")
        assert (refused.status_code, refused.json()["code"]) == (409, "show_live")
        studio.clock.advance(60)
        ended = (await owner.post(f"/api/shows/{name}/end", json={})).json()
        assert (ended["state"], ended["duration_s"]) == ("ended", 12.5)
        assert ended["ended_ms"] - ended["epoch_ms"] == 60_000
        again = await owner.post(f"/api/shows/{name}/start", json={})
        assert (again.status_code, again.json()["code"]) == (409, "already_ended")
        kept_ms = ended["deleted_ms"] - ended["ended_ms"]
        assert kept_ms == KEEP_DAYS * 86_400_000
        forever = await owner.patch(f"/api/shows/{name}", json={"keep_days": 0})
        assert forever.json()["deleted_ms"] is None
        gone = (await owner.delete(f"/api/shows/{name}")).json()
        assert (gone["title"], gone["duration_s"]) == (ended["title"], 12.5)
        for again in (
            await owner.get(f"/api/shows/{name}"),
            await owner.delete(f"/api/shows/{name}"),
        ):
            assert (again.status_code, again.json()["code"]) == (410, "show_deleted")
    assert studio.stages.asked == [("start", name), ("end", name)]
    assert [card.state for card in studio.board.cards] == [
        State.PLANNED,
        State.LIVE,
        State.ENDED,
        State.ENDED,
    ]
    assert studio.board.removed == [name]


async def test_a_stage_that_cannot_start_leaves_the_show_planned(studio: Studio) -> None:
    name = (await make(studio))["show"]
    studio.stages.refuse = OSError("no thread")
    async with studio.client(COMMAND_LINE) as owner:
        answer = await owner.post(f"/api/shows/{name}/start", json={})
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert "thread" not in answer.text
        studio.stages.refuse = None
        card = (await owner.get(f"/api/shows/{name}")).json()
        assert (card["state"], card["epoch_ms"], card["version"]) == ("planned", None, 3)
        assert (await owner.post(f"/api/shows/{name}/start", json={})).status_code == 200


async def test_live_shows_go_on_after_a_restart_with_all_cards_told(tmp_path: Path) -> None:
    async with open_studio(tmp_path) as before:
        live, planned = (await make(before))["show"], (await make(before))["show"]
        await before.shows.start(live)
    async with open_studio(tmp_path) as after:
        assert after.stages.asked == [("resume", live)]
        assert {card.show: card.state for card in after.board.cards} == {
            live: State.LIVE,
            planned: State.PLANNED,
        }
        assert after.shows.row(live).card == before.shows.row(live).card
        assert (await after.shows.end(live)).version == 3


async def test_a_show_whose_files_the_disk_refused_is_finished_later(studio: Studio) -> None:
    name = (await make(studio))["show"]
    finishing = Finishing(studio.shows, studio.clock)
    await studio.shows.start(name)
    studio.stages.length = None
    await studio.shows.end(name)
    assert studio.shows.unfinished() == [name]
    for _ in range(10):
        await finishing.once()
    assert studio.stages.asked.count(("end", name)) == 2, "tried again, and then not for a while"
    studio.stages.length = LENGTH
    studio.clock.advance(60)
    await finishing.once()
    assert studio.shows.row(name).card.duration_s == 12.5
    assert studio.shows.unfinished() == []
    studio.clock.advance(7_200)
    await finishing.once()
    assert studio.stages.asked.count(("end", name)) == 3


async def test_new_keys_end_the_old_ones_and_the_hosts_sessions(studio: Studio) -> None:
    show = await make(studio)
    name, old_key = show["show"], show["host_url"].partition("=")[2]
    _, session = await studio.people.sign_in(old_key)
    async with studio.client(COMMAND_LINE) as owner:
        fresh = (await owner.post(f"/api/shows/{name}/keys", json={})).json()
    assert fresh["whip_token"] not in {None, show["whip_token"]}
    async with studio.client() as anybody:
        refused = await anybody.post("/api/session", json={"key": old_key})
        assert refused.json()["code"] == "key_unknown"
        key = fresh["host_url"].partition("=")[2]
        assert (await anybody.post("/api/session", json={"key": key})).status_code == 200
    async with studio.client(cookie=session) as host:
        assert (await host.get(f"/api/shows/{name}")).status_code == 401


async def test_a_speakers_seat(studio: Studio) -> None:
    name = (await make(studio))["show"]
    async with studio.client(COMMAND_LINE) as owner:
        body = {"name": "  Ann ", "role": "speaker"}
        made = await owner.post(f"/api/shows/{name}/seats", json=body)
        assert made.status_code == 201
        seat = made.json()
        assert (seat["name"], seat["role"]) == ("Ann", "speaker")
        host = {"name": "Ann", "role": "host"}
        assert (await owner.post(f"/api/shows/{name}/seats", json=host)).status_code == 422


async def test_seats_are_not_without_end(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vivavoce.control.seating.SEATS", 3)
    name = (await make(studio))["show"]  # with the host's seat
    async with studio.client(COMMAND_LINE) as owner:
        answers = [
            await owner.post(f"/api/shows/{name}/seats", json={"name": "Ann"}) for _ in range(3)
        ]
    assert [answer.status_code for answer in answers] == [201, 201, 409]
    assert answers[-1].json()["code"] == "too_many_seats"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"title": ""}', "title"),
        ('{"title": "x", "starts_ms": 5}', "starts_ms"),
        ('{"title": "x", "colour": "red"}', "colour"),
        ("{}", "title"),
        ("[]", "body"),
        ('{"title": "\\ud800"}', ""),
        ('{"title": ', "body"),
        ("", "body"),
    ],
)
async def test_wrong_fields_are_named_in_our_form(studio: Studio, body: str, field: str) -> None:
    async with studio.client(COMMAND_LINE) as owner:
        kind = {"content-type": "application/json"}
        answer = await owner.post("/api/shows", content=body, headers=kind)
    said = answer.json()
    assert answer.status_code == 422
    assert said["code"] == "invalid_field"
    assert field in said["message"]
    assert set(said) == {"code", "message"}


async def test_what_is_sent_is_not_repeated_in_an_error(studio: Studio) -> None:
    async with studio.client(COMMAND_LINE) as owner:
        answer = await owner.post("/api/shows", json={"title": "<script>" * 40})
    assert "script" not in answer.text


async def test_secrets_are_kept_as_digests_only(studio: Studio, tmp_path: Path) -> None:
    show = await make(studio)
    session = await studio.owner()
    on_disk = database_bytes(tmp_path)
    for secret in (show["whip_token"], show["host_url"].partition("=")[2], session):
        assert secret.encode() not in on_disk
    assert json.dumps(show["title"])[1:-1].encode() in on_disk


async def test_how_long_a_show_is_kept_is_the_hosts_to_say(studio: Studio) -> None:
    name = (await make(studio))["show"]
    async with studio.client(COMMAND_LINE) as owner:
        for days in (0, 30, None):
            kept = await owner.patch(f"/api/shows/{name}", json={"keep_days": days})
            assert (kept.status_code, kept.json()["keep_days"]) == (200, days)
        for wrong in (-1, 36_501, "7", 1.5):
            refused = await owner.patch(f"/api/shows/{name}", json={"keep_days": wrong})
            assert refused.status_code == 422, refused.text


async def test_whether_a_show_is_recorded_is_settled_before_it_is_live(studio: Studio) -> None:
    name = (await make(studio))["show"]
    async with studio.client(COMMAND_LINE) as owner:
        off = await owner.patch(f"/api/shows/{name}", json={"recorded": False})
        assert (off.status_code, off.json()["recorded"]) == (200, False)
        await owner.post(f"/api/shows/{name}/start", json={})
        late = await owner.patch(f"/api/shows/{name}", json={"recorded": True})
        assert (late.status_code, late.json()["code"]) == (409, "already_live")
        await owner.post(f"/api/shows/{name}/end", json={})
        later = await owner.patch(f"/api/shows/{name}", json={"recorded": True})
        assert (later.status_code, later.json()["code"]) == (409, "already_ended")
    assert not studio.board.cards[-1].recorded


async def test_a_show_is_put_into_a_series_that_there_is(studio: Studio) -> None:
    name = (await make(studio))["show"]
    async with studio.client(COMMAND_LINE) as owner:
        unknown = await owner.patch(f"/api/shows/{name}", json={"series": "0123456789"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "series_unknown")
        refused = await owner.patch(f"/api/shows/{name}", json={"series": "../../../x"})
        assert refused.status_code == 422
        again = (await owner.get(f"/api/shows/{name}")).json()
    assert (again["series"], again["version"]) == (None, 1)
