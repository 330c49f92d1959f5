"""Makes what records a show: the programme's files under seal, and what is noted beside them."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from vivavoce.clock import Clock
from vivavoce.config import Settings
from vivavoce.launch import LIVE, RECORD
from vivavoce.media import Codec
from vivavoce.mix.opus import Encoder
from vivavoce.package.heads import HEADS
from vivavoce.record.bucket import Bucket, StoreBucket, open_bucket
from vivavoce.record.mirroring import Mirror
from vivavoce.record.programme import Programme
from vivavoce.record.sealed import Sealed
from vivavoce.record.takes import Takes
from vivavoce.units import PartNumber


def bucket_of(settings: Settings) -> StoreBucket | None:
    """Return the bucket of the settings, None if they name none."""
    storage = settings.storage
    return open_bucket(storage.bucket, storage.endpoint, storage.region)


def copy_of(settings: Settings, bucket: Bucket | None, clock: Clock) -> Mirror | None:
    """Return what copies recordings to the bucket, if there is one."""
    name = f"{settings.storage.endpoint} {settings.storage.bucket}"
    return None if bucket is None else Mirror(bucket, name, settings.folder, clock)


class Recordings:
    """Opens the recordings of shows in the data folder ``folder``; blocking."""

    def __init__(self, folder: Path, rates: Mapping[Codec, int]) -> None:
        self.live = folder / LIVE
        """What the public may see of each show."""
        self.record = folder / RECORD
        """What only its hosts may."""
        self._rates = rates

    def programme(self, show: str, epoch: datetime, part: PartNumber | None) -> Sealed:
        """Open the programme's files, up to ``part`` where the show goes on."""
        folder = self.live / show
        if part is None:
            programme = Programme(folder, HEADS, epoch, bitrates=self._rates)
        else:
            programme = Programme.resume(folder, HEADS, epoch, part, bitrates=self._rates)
        return Sealed(programme, folder, show, epoch)

    def window(self, show: str, epoch: datetime, part: PartNumber | None) -> Programme:
        """Open the files of a show that is not recorded: its live window, and no seal."""
        folder, rates = self.live / show, self._rates
        if part is None:
            return Programme(folder, HEADS, epoch, bitrates=rates, kept=False)
        return Programme.resume(folder, HEADS, epoch, part, bitrates=rates, kept=False)

    def notes(self, show: str) -> Takes:
        """Open the tracks, and who spoke when."""
        encoder = partial(Encoder, independent=True)
        return Takes(self.live / show, self.record / show, encoder)
