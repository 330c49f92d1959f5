"""Where the files of shows are: four folders below the data folder. Pure."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """The data folder, as far as shows are concerned."""

    data: Path

    def public(self, show: str) -> Path:
        """What listeners are served: sound, lists, card."""
        return self.data / "live" / show

    def private(self, show: str) -> Path:
        """Speakers' tracks and what happened."""
        return self.data / "record" / show

    def exports(self, show: str) -> Path:
        """What was made of the show for download."""
        return self.data / "exports" / show

    def trash(self, show: str = "") -> Path:
        """What is being deleted; it is there only while that lasts, or was interrupted."""
        return self.data / "trash" / show

    def all(self, show: str) -> dict[str, Path]:
        """Return every folder of a show, by what it is called below the data folder."""
        found = (self.public(show), self.private(show), self.exports(show))
        return {folder.parent.name: folder for folder in found}
