"""The studio: microphone → stage → mix → package → record and feed. Read this first."""

import logging
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from vivavoce.app.callers import Callers
from vivavoce.app.copies import Copies
from vivavoce.app.filler import read_filler
from vivavoce.app.http import serve_http
from vivavoce.app.recording import Recordings, bucket_of, copy_of
from vivavoce.app.studio_metrics import tell_of, tell_of_media, tell_of_recording
from vivavoce.bus.feed_files import files_route
from vivavoce.bus.feed_server import Feed
from vivavoce.clock import Clock
from vivavoce.config import Settings
from vivavoce.control.access import Door
from vivavoce.control.api import build_api
from vivavoce.control.board import PublicBoard
from vivavoce.control.crossorigin import Outside
from vivavoce.control.desk import Desk
from vivavoce.control.exports import Exports
from vivavoce.control.finishing import Finishing
from vivavoce.control.forwarded import Forwarded
from vivavoce.control.guests import Guests
from vivavoce.control.hands import RaisedHands
from vivavoce.control.health import health_routes
from vivavoce.control.invitations import Invitations
from vivavoce.control.keeping import Keeping
from vivavoce.control.links import Links
from vivavoce.control.marks import Marks
from vivavoce.control.origin import Home
from vivavoce.control.pages import page_routes
from vivavoce.control.seals import Seals, tell_heads
from vivavoce.control.seating import Seating
from vivavoce.control.seats import SeatDesk
from vivavoce.control.series import Series
from vivavoce.control.shows import Shows
from vivavoce.control.takedowns import Takedowns
from vivavoce.control.workshop import work
from vivavoce.deliver.proxies import Proxies
from vivavoce.errors import MachineError
from vivavoce.launch import COPY, DATABASE, LIVE, Launch
from vivavoce.media import Codec, Pcm
from vivavoce.metrics import Metrics
from vivavoce.mix.console import Console
from vivavoce.mix.jitter import JitterBuffer, Tally
from vivavoce.mix.opus import Decoder, Encoder
from vivavoce.mix.voice import Voice
from vivavoce.package.packager import Packager
from vivavoce.people import keys
from vivavoce.people.attempts import Attempts
from vivavoce.people.people import People
from vivavoce.stage.handsocket import HandSocket
from vivavoce.stage.relay import Relay
from vivavoce.stage.signalling import Signalling
from vivavoce.stage.stages import Stages
from vivavoce.stage.whep import Whep
from vivavoce.stage.whip import Whip
from vivavoce.store.database import Database, open_database
from vivavoce.store.invitation_rows import InvitationRows
from vivavoce.store.people_rows import PeopleRows
from vivavoce.store.rescue import rescue
from vivavoce.store.seat_rows import SeatRows
from vivavoce.store.series_rows import SeriesRows
from vivavoce.store.show_rows import ShowRows
from vivavoce.tls import Certificate
from vivavoce.units import samples
from vivavoce.webrtc.doctor import probe_of
from vivavoce.webrtc.local import local_addresses
from vivavoce.webrtc.udp_endpoint import UdpEndpoint

log = logging.getLogger(__name__)


async def run_studio(
    launch: Launch, sockets: list[socket.socket], clock: Clock, ready: Callable[[], None]
) -> None:
    """Run shows, and serve hosts and edges on ``sockets``, until cancelled.

    Shows that are live then stay live in the database, and go on at the next start.
    """
    settings, heard = launch.settings, Tally()
    async with (
        _database(settings.folder) as database,
        _endpoint(launch, clock, heard) as endpoint,
        anyio.create_task_group() as tasks,
    ):
        # The sound's way: endpoint → stages → feed and recording.
        feed = _feed(launch, clock)
        seat_rows = SeatRows(database)
        seating = Seating(seat_rows, clock)
        recordings = Recordings(settings.folder, _bitrates(settings))
        filler = await anyio.to_thread.run_sync(_filler, settings.sound.filler)
        stages = _stages(settings, endpoint, feed, recordings, seating, clock, filler)
        # What is said of it, and to whom.
        board = PublicBoard(settings.folder, feed.publish)
        shows = _shows(launch, database, stages, board, clock)
        people = People(PeopleRows(database), clock, command_line=launch.command_line)
        await people.open_start(launch.owner_key)
        attempts, metrics = Attempts(), Metrics()
        tell_of(metrics, feed=feed, stages=stages, shows=shows, attempts=attempts)
        tell_of_media(metrics, endpoint, heard)
        others = [feed.route(), files_route(recordings.live, feed.knows)]
        others += health_routes(metrics, database.answers)
        exports, series = await _podcasts(launch, database, shows, board, clock)
        tell_of_recording(metrics, stages, lambda: exports.jobs)
        desk = Desk(
            shows=shows,
            seating=seating,
            invitations=Invitations(InvitationRows(database), seat_rows, stages, clock),
            guests=Guests(seat_rows, clock),
            hands=RaisedHands(stages, clock),
            people=people,
            attempts=attempts,
            links=Links(launch.public_url, launch.studio_url),
            clock=clock,
            exports=exports,
            keeping=_keeping(settings, shows, clock, exports),
            takedowns=Takedowns(settings.folder, shows, clock, exports.clear),
            marks=Marks(recordings.live, clock, series.told),
            series=series,
        )
        api = _doors(launch, desk, seat_rows, stages, others)
        await tasks.start(stages.run, shows)
        await shows.open()
        await desk.takedowns.open()
        await tasks.start(exports.run)
        tasks.start_soon(series.run, shows, exports.episode)
        tasks.start_soon(desk.keeping.run)
        tasks.start_soon(_look_after, shows, clock)
        tasks.start_soon(_keep_copies, settings, clock, metrics, stages, shows)
        for serve in _ports(settings, sockets, metrics, clock):
            await tasks.start(serve, api)
        ready()


@asynccontextmanager
async def _database(folder: Path) -> AsyncIterator[Database]:
    """Open the database, or what could be saved of it."""
    await anyio.to_thread.run_sync(rescue, folder / DATABASE, folder / COPY)
    async with open_database(folder / DATABASE) as database:
        yield database


async def _look_after(shows: Shows, clock: Clock) -> None:
    """Do for ever what is due of shows by the clock alone."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tell_heads, shows)
        tasks.start_soon(Finishing(shows, clock).run)


def _shows(
    launch: Launch, database: Database, stages: Stages, board: PublicBoard, clock: Clock
) -> Shows:
    rows, seals = ShowRows(database), Seals(launch.settings.folder)
    return Shows(rows, stages, board, clock, studio_url=launch.studio_url, seals=seals)


async def _podcasts(
    launch: Launch, database: Database, shows: Shows, board: PublicBoard, clock: Clock
) -> tuple[Exports, Series]:
    """Return what makes files of shows, and what makes podcasts of them, which need each other."""
    folder = launch.settings.folder
    series = Series(
        SeriesRows(database),
        folder / LIVE,
        clock,
        public_url=launch.public_url,
        roles=SeatRows(database).roles,
    )
    exports = Exports(
        folder,
        work,
        clock,
        asked=lambda job: series.asked(shows.card(job.show)),
        finished=series.finished,
    )
    board.heard = series.told
    await series.open()
    return exports, series


async def _keep_copies(
    settings: Settings, clock: Clock, metrics: Metrics, stages: Stages, shows: Shows
) -> None:
    """Copy the database for ever and, if there is a bucket, recordings: hosts are told how."""
    bucket = bucket_of(settings)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Copies(settings.folder, bucket).run)
        copy = copy_of(settings, bucket, clock)
        if copy is not None:
            copy.tell_of(metrics)
            stages.storage = copy.notice
            await copy.run(lambda: [card.show for card in shows.live()])


def _ports(
    settings: Settings, sockets: list[socket.socket], metrics: Metrics, clock: Clock
) -> Iterator[Callable[..., Coroutine[Any, Any, None]]]:
    """Yield what serves the studio port and, beside one with TLS, this machine's own without."""
    callers = Callers(clock.now)
    callers.tell_of(metrics)
    certificate = Certificate.of(settings)
    yield partial(serve_http, sockets=sockets[:1], certificate=certificate, callers=callers)
    if sockets[1:]:
        yield partial(serve_http, sockets=sockets[1:])


def _keeping(settings: Settings, shows: Shows, clock: Clock, exports: Exports) -> Keeping:
    days = settings.show.keep_days
    return Keeping(settings.folder, shows, clock, keep_days=days, clear=exports.clear)


def _doors(
    launch: Launch, desk: Desk, seat_rows: SeatRows, stages: Stages, others: list[BaseRoute]
) -> ASGIApp:
    """Return all that the studio port serves, each behind whoever may use it."""
    door = Door(desk.people, Home(launch.studio_url), desk.guests)
    outside = Outside(launch.public_url, launch.studio_url)
    gate = SeatDesk(seat_rows, door, outside)
    routes = [
        *others,
        Signalling(stages, gate, desk.clock).route(),
        HandSocket(stages, desk.clock, outside.welcome).route(),
        *Whip(stages, gate).routes(),
        *Whep(stages, gate).routes(),
        Relay(launch.settings.turn, gate, desk.clock).route(),
        *page_routes(Path(launch.pages)),
    ]
    proxies = Proxies.read(launch.settings.trusted_proxies)
    return Forwarded(build_api(desk, door, outside, routes), proxies)


def _stages(
    settings: Settings,
    endpoint: UdpEndpoint,
    feed: Feed,
    recordings: Recordings,
    seating: Seating,
    clock: Clock,
    filler: Pcm | None,
) -> Stages:
    return Stages(
        endpoint,
        feed,
        recordings.programme,
        seating,
        clock,
        make_packager=partial(Packager, bitrates=_bitrates(settings)),
        make_console=partial(Console, Encoder, levelling=settings.sound.level_matching),
        open_notes=recordings.notes,
        open_window=recordings.window,
        filler=filler,
        abandoned=samples(settings.show.end_after_min * 60),
    )


def _filler(file: str) -> Pcm | None:
    try:
        return read_filler(file)
    except MachineError as error:
        # A show with the calm tone is better than none.
        log.warning(error.message, extra={"code": error.code})
        return None


def _endpoint(launch: Launch, clock: Clock, heard: Tally) -> UdpEndpoint:
    settings = launch.settings
    return UdpEndpoint(
        clock,
        lambda: Voice(Decoder(), JitterBuffer(heard)),
        port=settings.media_port,
        hosts=local_addresses(settings.media_host),
        announced=settings.announced,
        probe=probe_of(launch.command_line),
    )


def _feed(launch: Launch, clock: Clock) -> Feed:
    token = keys.digest(launch.edge_token)
    return Feed(clock, boot=keys.new_id(), known=lambda shown: keys.same(keys.digest(shown), token))


def _bitrates(settings: Settings) -> Mapping[Codec, int]:
    sound = settings.sound
    kbps = {Codec.OPUS: sound.opus_kbps, Codec.AAC: sound.aac_kbps, Codec.MP3: sound.mp3_kbps}
    return {codec: rate * 1000 for codec, rate in kbps.items()}
