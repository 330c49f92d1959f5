"""Addresses of a show, made from the settings and never from what a request claims. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Links:
    """The two front doors as the outside sees them, such as ``https://live.example.org``."""

    public_url: str
    studio_url: str

    def listen(self, show: str) -> str:
        """Return the listener's link."""
        return f"{self.public_url}/{show}"

    def hls(self, show: str) -> str:
        """Return the HLS address: live, and the replay afterwards."""
        return f"{self.public_url}/live/{show}/index.m3u8"

    def push(self, show: str) -> dict[str, str]:
        """Return the push streams by what they carry."""
        base = f"{self.public_url}/live/{show}/stream"
        return {
            "opus": f"{base}.mp4",
            "aac": f"{base}.mp4?codec=aac",
            "ogg": f"{base}.ogg",
            "mp3": f"{base}.mp3",
        }

    def whip(self, show: str) -> str:
        """Return where encoders send sound to."""
        return f"{self.studio_url}/whip/{show}"

    def host(self, show: str, key: str) -> str:
        """Return the host's link. The key stands in the fragment, which no browser sends."""
        return f"{self.studio_url}/studio/{show}#key={key}"

    def invitation(self, show: str, key: str) -> str:
        """Return a guest's link."""
        return f"{self.studio_url}/stage/{show}#invite={key}"

    def owner(self, key: str) -> str:
        """Return the owner's one-time link."""
        return f"{self.studio_url}/#owner={key}"
