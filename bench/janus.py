"""Janus' AudioBridge: a room of plain-RTP participants, on the server's core."""

import asyncio
import json
import sys
import tempfile
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench import rig

ROOM: Final = 1234
_LIBRARIES: Final = ("/usr/lib/x86_64-linux-gnu/janus", "/usr/lib/aarch64-linux-gnu/janus")

_CORE: Final = """
general: {{
  configs_folder = "{folder}"
  plugins_folder = "{libraries}/plugins"
  transports_folder = "{libraries}/transports"
  events_folder = "{libraries}/events"
  loggers_folder = "{libraries}/loggers"
  debug_level = 2
  session_timeout = 0
}}
nat: {{ ice_enforce_list = "lo" }}
plugins: {{ disable = "{disabled}" }}
transports: {{ disable = "{unwanted}" }}
"""
_HTTP: Final = """
general: {{
  json = "plain"
  base_path = "/janus"
  http = true
  port = {port}
  ip = "127.0.0.1"
  https = false
}}
"""
_BRIDGE: Final = """
general: {{ local_ip = "127.0.0.1" }}
room-{room}: {{
  sampling_rate = 48000
  allow_rtp_participants = true
  default_bitrate = 32000
  default_expectedloss = 10
  record = false
}}
"""


@dataclass
class Janus:
    """A running AudioBridge."""

    running: rig.Running
    base: str

    async def join(self, port: int, payload_type: int, level_id: int) -> int:
        """Let a plain-RTP participant in that receives on ``port``; return where it is to send."""
        session = (await self._ask("", {"janus": "create"}))["data"]["id"]
        attach = {"janus": "attach", "plugin": "janus.plugin.audiobridge"}
        handle = (await self._ask(f"/{session}", attach))["data"]["id"]
        rtp = {
            "ip": "127.0.0.1", "port": port, "payload_type": payload_type,
            "audiolevel_ext": level_id, "fec": True,
        }  # fmt: skip
        body = {"request": "join", "room": ROOM, "rtp": rtp}
        await self._ask(f"/{session}/{handle}", {"janus": "message", "body": body})
        for _ in range(20):
            event = await asyncio.to_thread(_get, f"{self.base}/{session}?maxev=1")
            data = event.get("plugindata", {}).get("data", {})
            if "rtp" in data:
                return int(data["rtp"]["port"])
            if "error" in data:
                sys.exit(f"Janus: {data['error']}")
        sys.exit("Janus let nobody in")

    async def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(_post, self.base + path, body | {"transaction": "bench"})


@asynccontextmanager
async def janus() -> AsyncIterator[Janus]:
    """Run Janus with nothing but its AudioBridge."""
    libraries = _libraries()
    port = rig.free_port()
    with tempfile.TemporaryDirectory(prefix="vivavoce-bench-") as name:
        folder = Path(name)
        core = _CORE.format(
            folder=name,
            libraries=libraries,
            disabled=_all_but("audiobridge", libraries / "plugins"),
            unwanted=_all_but("http", libraries / "transports"),
        )
        (folder / "janus.jcfg").write_text(core)
        (folder / "janus.transport.http.jcfg").write_text(_HTTP.format(port=port))
        (folder / "janus.plugin.audiobridge.jcfg").write_text(_BRIDGE.format(room=ROOM))
        config = str(folder / "janus.jcfg")
        log = folder / "log"
        async with rig.running("janus", "-F", name, "-C", config, log=log) as process:
            await rig.until_open(port)
            yield Janus(process, f"http://127.0.0.1:{port}/janus")


def _libraries() -> Path:
    found = next((path for path in map(Path, _LIBRARIES) if path.is_dir()), None)
    return found or sys.exit("Missing here: sudo apt-get install --yes janus")


def _all_but(wanted: str, folder: Path) -> str:
    return ",".join(path.name for path in folder.glob("*.so") if wanted not in path.name)


def _post(url: str, body: dict[str, Any]) -> dict[str, Any]:
    data = json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def _get(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url, timeout=40) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
