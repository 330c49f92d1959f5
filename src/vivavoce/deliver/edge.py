"""An edge: everything behind the public port, built in one place and run.

It knows shows by the feed of a studio and by what lies on disk, holds no secret but the feed's
token, and asks no database. Without the studio its listeners stay connected, and replays go on.
"""

import logging
import os
import resource
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import anyio
from anyio import TASK_STATUS_IGNORED, to_thread
from anyio.abc import TaskGroup, TaskStatus

from vivavoce.bus.ears import Ears
from vivavoce.bus.feed_client import follow
from vivavoce.bus.messages import Card, Count, Down, Gone, Head, Report, Sound
from vivavoce.bus.relay import Relay
from vivavoce.card import State
from vivavoce.clock import Clock, unix_ms
from vivavoce.deliver.built import load_pages
from vivavoce.deliver.channel import Channel
from vivavoce.deliver.clip_pages import ClipPages
from vivavoce.deliver.counting import HlsPlayers
from vivavoce.deliver.cutting import Cutter
from vivavoce.deliver.desk import Desk
from vivavoce.deliver.disk import Disk
from vivavoce.deliver.door import Door
from vivavoce.deliver.doorway import Doorway
from vivavoce.deliver.fanout import Fanout
from vivavoce.deliver.files import NO_STORE
from vivavoce.deliver.gathered import Gathered
from vivavoce.deliver.held import Place
from vivavoce.deliver.hls import Hls
from vivavoce.deliver.http import Response
from vivavoce.deliver.kept import Kept
from vivavoce.deliver.ladder import Ladder
from vivavoce.deliver.lookup import Lookup
from vivavoce.deliver.lowlatency import LowLatency
from vivavoce.deliver.metrics import EdgeMetrics
from vivavoce.deliver.oembed import OEmbeds
from vivavoce.deliver.pages import BuiltPages, Pages
from vivavoce.deliver.pictures import Pictures
from vivavoce.deliver.proxies import Proxies
from vivavoce.deliver.push import Streams
from vivavoce.deliver.records import Records
from vivavoce.deliver.renderings import Renderings
from vivavoce.deliver.routes import Init, Own
from vivavoce.deliver.sealed import SealedDoorway
from vivavoce.deliver.shows import SOUND, Shows, Stream
from vivavoce.deliver.totals import Totals
from vivavoce.deliver.upstream import Upstream
from vivavoce.media import SEGMENTED, Codec
from vivavoce.units import PartNumber

_log = logging.getLogger(__name__)

_TICK_S: Final = 0.5
_CLOCK_TICKS: Final = 10  # every 5 s to all who listen to events

# A crowd that comes in one moment waits in the kernel's queue, not in retries of a second each.
_BACKLOG: Final = 4_096
# Descriptors that are not peers: listening sockets, the feed, files being read, the loop's own.
_SPARE_DESCRIPTORS: Final = 128


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """What an edge is told at its start."""

    folder: Path
    """``DATA/live``: a folder for each show."""
    pages: Path
    """The built web pages."""
    public_url: str = ""
    """The public port as the outside sees it; pages name it to other places."""
    studio_ws: str | None = None
    """Address of the feed, ``ws://…/feed``; None for an edge that only serves what is on disk."""
    token: str | None = None
    """What the feed is shown."""
    low_latency: bool = False
    """Whether live playlists list parts, and requests may wait for them."""
    proxies: Proxies = field(default_factory=Proxies)
    """Proxies that are believed about a listener's address."""
    tls: ssl.SSLContext | None = None
    """For a port that speaks TLS."""
    pulls: bool = False
    """Whether the folder is not the studio's: what lacks there is asked of the feed's sender."""
    kept: Path | None = None
    """Where an edge that pulls keeps sound; None for in memory alone."""
    batch_ms: int = 0
    """Sound that is sent at once: 320, 960 or 1,920 ms; 0 goes by load."""
    connections: int = 1_000_000
    """At most so many peers at once; the process' descriptor limit bounds it further."""


class Edge:
    """One edge process' worth of listeners."""

    def __init__(self, settings: EdgeSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self.totals = Totals()
        self._shows = Shows(self.totals)
        self._fanout = Fanout(clock, self.totals)
        self._dial = Ladder(settings.batch_ms // 320 or None)
        self._shows.turn(self._dial.parts)
        self._relay = Relay(clock, settings.token, self._fanout.send, Ears())
        self._players = HlsPlayers(os.urandom(16))
        self._kept = Kept(settings.kept, self.totals) if settings.kept else None
        cutter = Cutter(Pictures(settings.pages))
        self._disk = Disk(
            settings.folder, clock, self.totals, self._upstream(), self._kept, cutter=cutter
        )
        self._renderings = Renderings()
        low = settings.low_latency
        pulls = settings.pulls and settings.studio_ws is not None
        self._low = LowLatency(self.totals, self._renderings, wanted=low or pulls, parts=low)
        self._gathered = Gathered(self._low, wanted=pulls)
        self._metrics = EdgeMetrics(self.totals, self._gauges)
        self._door: Door | None = None
        self._has_replays = False

    async def serve(
        self,
        sockets: Sequence[socket.socket],
        *,
        task_status: TaskStatus[None] = TASK_STATUS_IGNORED,
    ) -> None:
        """Serve the public port on bound sockets until cancelled."""
        built = await to_thread.run_sync(load_pages, self._settings.pages)
        self._has_replays = await to_thread.run_sync(_any_card, self._settings.folder)
        async with anyio.create_task_group() as tasks:
            door = self._door = self._build(built, tasks)
            servers = [self._open(sock, door, tasks) for sock in sockets]
            tasks.start_soon(self._tick, door)
            if self._kept is not None:
                tasks.start_soon(self._kept.run)
            if self._settings.studio_ws is not None:
                tasks.start_soon(self._follow, self._settings.studio_ws)
            _log.info("the public port is open", extra={"sockets": len(servers)})
            task_status.started()
            try:
                await anyio.sleep_forever()
            finally:
                for server in servers:
                    server.close()
                door.close()

    def take(self, message: Down) -> None:
        """Take one message of the feed; edges behind this one have it first."""
        self._relay.publish(message)
        was_live = isinstance(message, Card) and self._is_live(message.card.show)
        self._wake(self._shows.apply(message, now=self._clock.now()))
        match message:
            case Sound(show, codec, number, body):
                self._gather(show, codec, PartNumber(number), body)
            case Head(show, codec, body) if codec in SEGMENTED and self._kept is not None:
                self._kept.put(Init(show, codec).file, body)
            case Card(card) if card.state is not State.PLANNED:
                over = was_live and card.state is State.ENDED
                self._over(card.show, self._low.card(card), ended=over)
                if card.edition or not (card.recorded or card.state is State.LIVE):
                    # Sound was taken down, perhaps while we were away: nothing held is right.
                    # Or none was to be kept.
                    self._forget_sound(card.show)
            case Gone(show):
                self._over(show, self._low.forget(show), ended=True)
                self._forget_sound(show)
            case _:
                pass

    def _gather(self, show: str, codec: Codec, number: PartNumber, body: bytes) -> None:
        place = self._low.sound(show, codec, number, body)
        if place is None:
            return
        whole = self._gathered.sound(place, number)
        if whole is not None and self._kept is not None and self._recorded(show):
            self._kept.put(whole[0].file, whole[1])
        if self._door is not None:
            self._door.release(place)

    def _over(self, show: str, places: Sequence[Place], *, ended: bool) -> None:
        """Look again for what has ended: by now its lists say so."""
        if ended:
            self._gathered.forget(show)
            self._disk.cache.lists_changed(show, now=self._clock.now())
        if self._door is not None:
            for place in places:
                self._door.give_up(place)

    def _forget_sound(self, show: str) -> None:
        self._disk.cache.drop_show(show)
        if self._kept is not None:
            self._kept.forget(show)

    def _recorded(self, show: str) -> bool:
        known = self._shows.get(show)
        return known is None or known.card.recorded

    def _is_live(self, show: str) -> bool:
        known = self._shows.get(show)
        return known is not None and known.card.state is State.LIVE

    def here(self, here: bool) -> None:
        """Note that the feed was lost or is back."""
        self.totals.studio_connected += here
        if not here:
            self._relay.lost()
        self._wake(self._shows.studio(here=here))

    def turn(self, parts: int) -> None:
        """Send so many parts at once from now on."""
        self._dial.parts = parts
        self._wake(self._shows.turn(parts))

    def report(self) -> Report:
        """Return the players of every show at this moment."""
        hls = self._players.counts(now=self._clock.now())
        counts = {show: Count(hls=players) for show, players in hls.items()}
        for name, show in self._shows.busy.items():
            on = {stream: lanes.listeners for stream, lanes in show.made.items()}
            if push := sum(on.values()):
                counts[name] = Count(push, hls.get(name, 0), on[Stream.MP3])
        return self._relay.counts(Report(counts))

    def _upstream(self) -> Upstream | None:
        url, token = self._settings.studio_ws, self._settings.token
        if url is None or not self._settings.pulls:
            return None
        return Upstream(
            url, token, lambda show: self._shows.get(show) is not None, self._shows.lists
        )

    def _build(self, built: BuiltPages, tasks: TaskGroup) -> Door:
        lookup = Lookup(self._shows, self._disk.cache)
        records = Records(self._disk.cache, lookup)
        pages = Pages(built, lookup, records, self._settings.public_url)
        desk = Desk(
            lookup=lookup,
            pages=pages,
            clips=ClipPages(pages, records, self._settings.public_url),
            oembed=OEmbeds(records, lookup, self._settings.public_url),
            hls=self._hls(lookup),
            streams=Streams(self._shows, lookup, self._clock),
            records=records,
            own=self._own,
            proxies=self._settings.proxies,
        )
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        limit = min(self._settings.connections, max(1, soft - _SPARE_DESCRIPTORS))
        return Door(
            desk,
            self._disk,
            self._fanout,
            self._clock,
            self.totals,
            relay=self._relay,
            limit=limit,
            start=tasks.start_soon,
        )

    def _hls(self, lookup: Lookup) -> Hls:
        cache, players = self._disk.cache, self._players
        return Hls(cache, lookup, players, self._low, self._renderings, self._gathered)

    def _open(self, sock: socket.socket, door: Door, tasks: TaskGroup) -> Doorway:
        sock.listen(_BACKLOG)
        tls, start = self._settings.tls, tasks.start_soon
        doorway = (
            Doorway(sock, door, start) if tls is None else SealedDoorway(sock, door, start, tls)
        )
        doorway.open()
        return doorway

    async def _follow(self, url: str) -> None:
        token = self._settings.token
        await follow(url, token, self.take, self.here, self.report, self._clock)

    async def _tick(self, door: Door) -> None:
        ticks = 0
        while True:
            door.tick()
            now = self._clock.now()
            self._tidy(now)
            self._wake(self._shows.flush(now=now))
            self._look(now)
            if ticks % _CLOCK_TICKS == 0:
                self._wake(self._shows.clock(unix_ms(self._clock.wall())))
            ticks += 1
            await anyio.sleep(_TICK_S)

    def _tidy(self, now: float) -> None:
        """Forget the shows that a studio no longer knows, and their sound."""
        settling = self._shows.settling
        self._wake(self._shows.forget_unannounced(now=now))
        if settling and not self._shows.settling and self._kept is not None:
            self._kept.forget_all_but(show.card.show for show in self._shows if show.from_feed)

    def _look(self, now: float) -> None:
        if self._dial.look(
            busy_s=self.totals.sweep_seconds, late_s=self._fanout.slowest(), now=now
        ):
            _log.info("the batch changes", extra={"batch_ms": self._dial.batch_ms})
            self.turn(self._dial.parts)

    def _wake(self, channels: Sequence[Channel]) -> None:
        for channel in channels:
            if channel.listeners:
                self._fanout.wake(channel)

    def _own(self, own: Own) -> Response:
        if own is Own.METRICS:
            return self._metrics.response()
        # Ready as soon as there is anything to give to a listener: the studio's feed, or shows on
        # disk, which need no studio. An edge that waits for its first studio is alive, not ready.
        static = self._settings.studio_ws is None or self._has_replays
        ready = own is Own.HEALTH or static or self._shows.here or len(self._shows) > 0
        fields = (("Content-Type", "text/plain; charset=utf-8"), NO_STORE)
        return Response(200 if ready else 503, fields, b"ok\n" if ready else b"no studio yet\n")

    def _gauges(self) -> dict[str, tuple[str, float]]:
        on = dict.fromkeys(Stream, 0)
        for show in self._shows.busy.values():
            for stream, lanes in show.made.items():
                on[stream] += lanes.listeners
            on[Stream.EVENTS] += show.watching
        hls = sum(self._players.counts(now=self._clock.now()).values())
        return {
            "connections": ("Open connections.", self._door.peers if self._door else 0),
            "requests_held": (
                "Requests that wait for a part.",
                self._door.held if self._door else 0,
            ),
            "listeners_push": ("Open push streams.", sum(on[stream] for stream in SOUND)),
            "listeners_events": ("Open event streams.", on[Stream.EVENTS]),
            "players_hls": ("HLS players in the last 12 seconds.", hls),
            "players_hls_refused": ("HLS players not counted: limit.", self._players.refused),
            "batch_seconds": ("Sound that is sent at once.", self._dial.batch_ms / 1000),
            "batch_changes": ("How often that has changed.", self._dial.steps),
            "followers": ("Edges that follow this one.", self._relay.followers),
            "shows": ("Shows known.", len(self._shows)),
            "files_cache_bytes": ("Bytes of files in memory.", self._disk.cache.held),
            "studio_here": ("1 while the feed is connected.", self._shows.here),
        }


def _any_card(folder: Path) -> bool:
    return any(folder.glob("*/card.json"))
