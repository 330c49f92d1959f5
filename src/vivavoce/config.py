"""One frozen tree of settings, read once: file < environment < flags.

The file is ``DATA/vivavoce.toml`` or the one named by ``--config``; the annotated sample with all
defaults is ``docs/vivavoce.toml``. In the environment ``[sound] opus_kbps`` is called
``VIVAVOCE_SOUND_OPUS_KBPS``. An unknown key is refused wherever it stands, with a suggestion.
"""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from vivavoce.errors import UsageError

PREFIX: Final = "VIVAVOCE_"

# Environment variables of ours that are no settings: where the file is, an edge's token, and the
# name spaces of the build and of the tests.
_NOT_SETTINGS: Final = ("VIVAVOCE_CONFIG", "VIVAVOCE_EDGE_TOKEN")
_NOT_OURS: Final = ("VIVAVOCE_BUILD_", "VIVAVOCE_TEST_")

_UDP_PORT: Final = 8082

# Bucket names are S3's; what a prefix or a folder has are names that need no escaping.
_BUCKET: Final = re.compile(
    r"(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.-]+)*/?|file:///[\w./ -]*)?"
)

Port = Annotated[int, Meta(ge=0, le=65_535)]
Kbps = Annotated[int, Meta(ge=8, le=320)]
Url = Annotated[str, Meta(pattern=r"^(https?://[^/?#\s]+)?$")]


class SettingsError(UsageError):
    """A setting is unknown or has a value that cannot be; nothing was started."""


class Sound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the programme is encoded, in kbit/s; each codec once, whatever the audience."""

    opus_kbps: Kbps = 32
    aac_kbps: Kbps = 64
    mp3_kbps: Kbps = 64
    level_matching: bool = True
    """Bring every voice slowly to the same loudness; off: each is as loud as it comes."""
    filler: str = ""
    """A sound file for listeners while nobody is on air; empty: a calm tone."""


class ShowRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for every show."""

    end_after_min: Annotated[int, Meta(ge=1, le=1_440)] = 30
    """A live show with nobody on stage for so many minutes is ended."""
    keep_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
    """Days from a show's end to its deletion, unless the show says otherwise; 0 is for ever."""


class Turn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A TURN server (coturn) for people whose network lets no UDP through."""

    urls: str = ""
    """Addresses such as turns:turn.example.org:443?transport=tcp, with commas between."""
    secret: str = ""
    """What coturn calls static-auth-secret; people only get passwords made from it, for a day."""


class EdgeRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How edges push sound."""

    batch_ms: Literal[0, 320, 960, 1_920] = 0
    """How much sound is sent at once; 0 goes by load: 320 ms, and more for very many listeners."""


class Hls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How shows are played by HLS."""

    low_latency: bool = False
    """Whether live playlists list parts of 320 ms, and edges hold requests for the next one."""


class Storage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where recordings are copied to. Credentials come from the environment alone, as for AWS."""

    bucket: Annotated[str, Meta(max_length=1_000)] = ""
    """Such as s3://recordings or s3://recordings/studio; or a folder elsewhere, file:///mnt/copy."""
    endpoint: Url = ""
    """Address of a store that is not Amazon's."""
    region: str = ""
    """The bucket's region; empty: as ``AWS_REGION`` says."""


class Log(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is logged, and in which form."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "text"] = "auto"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of a server. The defaults run a server on one machine."""

    host: str = ""
    """Address to listen on; empty for all interfaces."""
    port: Port = 8080
    """The public port; 0 takes any free one."""
    studio_port: Port = 8081
    """The studio port; 0 takes any free one."""
    udp_port: Port = _UDP_PORT
    """The one UDP port for everybody's sound; 0 takes any free one."""
    announce: str = ""
    """Addresses under which others reach the UDP port, with commas between; empty: this machine's.

    Behind NAT 1:1 (most clouds) this is the public address.
    """
    edges: Annotated[int, Meta(ge=1, le=64)] = 1
    """How many edge processes serve listeners."""
    data: str = "data"
    """The data folder."""
    public_url: Url = ""
    """Address of the public port as listeners see it, behind a proxy; empty: from host and port."""
    studio_url: Url = ""
    """Address of the studio port as hosts see it, behind a proxy; empty: from host and port."""
    trusted_proxies: str = ""
    """Addresses or networks of proxies whose word about a caller's address is believed.

    With commas between: ``127.0.0.1, 10.0.0.0/8``. The address serves to count listeners, tries to
    sign in and raised hands, for nothing else.
    """
    tls_cert: str = ""
    """File of the certificate chain (PEM) for both ports; empty: no TLS."""
    tls_key: str = ""
    """File of its private key (PEM)."""
    sound: Sound = Sound()
    show: ShowRules = ShowRules()
    turn: Turn = Turn()
    hls: Hls = Hls()
    edge: EdgeRules = EdgeRules()
    storage: Storage = Storage()
    log: Log = Log()

    @property
    def media_port(self) -> int:
        """The UDP port to bind; a server on any free ports takes any free one here too."""
        return 0 if self.studio_port == 0 and self.udp_port == _UDP_PORT else self.udp_port

    @property
    def media_host(self) -> str:
        """The address to bind the UDP port to; empty for all interfaces.

        That of the other ports, unless it is this machine's own while others come from elsewhere:
        then a proxy stands before those ports, and sound does not pass through it.
        """
        return "" if _is_loopback(self.host) and (self.studio_url or self.announce) else self.host

    @property
    def announced(self) -> tuple[str, ...]:
        """``announce``, taken apart."""
        return tuple(part.strip() for part in self.announce.split(",") if part.strip())

    @property
    def folder(self) -> Path:
        """The data folder, absolute."""
        return Path(self.data).expanduser().absolute()


def load(
    environment: Mapping[str, str], flags: Mapping[str, Any], *, config: Path | None = None
) -> Settings:
    """Read the settings once; ``flags`` are the given ones only, by key (``studio_port``).

    Raises ``SettingsError`` with one line that names the key and where it stands.
    """
    over = from_environment(environment) | dict(flags)
    named = config or _path(environment.get("VIVAVOCE_CONFIG"))
    where = named or Path(over.get("data", Settings().data)).expanduser() / "vivavoce.toml"
    table = _read(where, required=named is not None)
    if named is None and "data" in table:
        raise SettingsError(
            "setting_invalid", f"{where} lies in the data folder and cannot name it: use --data."
        )
    refuse_unknown(table, str(where))
    return build(merge(table, over))


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings among the environment's variables as a tree; unknown ones are refused."""
    known = {PREFIX + "_".join(path).upper(): path for path in paths()}
    tree: dict[str, Any] = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name in _NOT_SETTINGS or name.startswith(_NOT_OURS):
            continue
        if name not in known:
            raise _unknown(name, "the environment", [*known, *_NOT_SETTINGS])
        *tables, key = known[name]
        place = tree
        for part in tables:
            place = place.setdefault(part, {})
        place[key] = value
    return tree


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``under`` with the values of ``over`` in their places, tables merged key by key."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        nested = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[key] = merge(below, value) if nested else value  # type: ignore[arg-type]
    return merged


def build(tree: Mapping[str, Any]) -> Settings:
    """Return the frozen settings of a merged tree; a wrong value is a ``SettingsError``."""
    try:
        # Not strict: the environment has only text, and "8080" is a number there.
        settings = msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        # msgspec says "what - at `$.port`"; the place is what a person looks for first.
        what, _, where = str(error).partition(" - at ")
        if "matching regex" in what:
            what = "Expected an address such as https://live.example.org, without a path"
        key = where.strip("`").removeprefix("$.") or "settings"
        raise SettingsError("setting_invalid", f"Wrong value for {key}: {what}.") from None
    _check_addresses(settings)
    if not _BUCKET.fullmatch(settings.storage.bucket):
        raise SettingsError(
            "setting_invalid",
            "Wrong value for storage.bucket: it is s3://BUCKET, s3://BUCKET/PREFIX or"
            " file:///FOLDER, and credentials are no part of it.",
        )
    return settings


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _check_addresses(settings: Settings) -> None:
    for address in settings.announced:
        try:
            ip_address(address)
        except ValueError:
            raise SettingsError(
                "setting_invalid",
                f"Wrong value for announce: {address} is no IP address, and browsers need one.",
            ) from None


def paths(kind: type[msgspec.Struct] = Settings) -> Iterator[tuple[str, ...]]:
    """Yield the path of every setting: ``("port",)``, ``("sound", "opus_kbps")``."""
    for field in msgspec.structs.fields(kind):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            for below in paths(field.type):
                yield (field.name, *below)
        else:
            yield (field.name,)


def refuse_unknown(tree: Mapping[str, Any], where: str) -> None:
    """Raise ``SettingsError`` if ``tree`` has a key that is no setting; ``where`` says whose."""
    known = {".".join(path) for path in paths()}
    tables = {name.rpartition(".")[0] for name in known} - {""}
    for key in _dotted(tree):
        if key not in known and key not in tables:
            raise _unknown(key, where, sorted(known | tables))


def _dotted(tree: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in tree.items():
        yield prefix + key
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{prefix}{key}.")


def _unknown(key: str, where: str, known: list[str]) -> SettingsError:
    close = difflib.get_close_matches(key, known, n=1)
    hint = f"did you mean {close[0]}?" if close else "docs/vivavoce.toml lists them all."
    return SettingsError("setting_unknown", f"Unknown setting {key} in {where}: {hint}")


def _path(text: str | None) -> Path | None:
    return Path(text).expanduser() if text else None


def _read(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if not required:
            return {}
        raise SettingsError("config_missing", f"There is no settings file {path}.") from None
    except OSError as error:
        if not required and not path.parent.is_dir():
            return {}
        raise SettingsError(
            "config_unreadable", f"Cannot read {path}: {error.strerror}. Mend its rights."
        ) from None
    except ValueError as error:  # TOML or UTF-8
        raise SettingsError("config_invalid", f"{path} is not valid TOML: {error}.") from None
