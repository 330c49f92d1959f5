"""All that a page plays, heard as one: for what must go on while the way of the sound changes."""

import base64
from typing import Final

from playwright.sync_api import Page

from vivavoce.media import Pcm
from vivavoce.testing import gaps
from vivavoce.testing.decode import decode
from vivavoce.units import SAMPLE_RATE

# All that a listener's page plays, recorded as one: what it leads to the loudspeaker (the stream),
# and the page's element (the stage) for as long as that plays. In a context of its own, whose time
# goes on.
EARS: Final = """
(() => {
  const Plain = Audio;
  const connect = AudioNode.prototype.connect;
  const ears = { chunks: [], staged: 0, paused: () => stream?.paused };
  window.__ears = ears;
  let stream = null;
  let stage = null;
  let context = null;
  let sum = null;
  const hear = (sound) => {
    if (!context) {
      context = new AudioContext();
      sum = context.createMediaStreamDestination();
      sum.channelCount = 1;
      ears.recorder = new MediaRecorder(sum.stream, { mimeType: "audio/webm;codecs=pcm" });
      ears.recorder.ondataavailable = ({ data }) => ears.chunks.push(data);
      ears.recorder.start(200);
    }
    const source = context.createMediaStreamSource(sound);
    connect.call(source, sum);
    return source;
  };
  window.Audio = function () { return (stream ??= new Plain()); };
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      const tap = this.context.createMediaStreamDestination();
      connect.call(this, tap);
      hear(tap.stream);
    }
    return connect.call(this, to, ...rest);
  };
  const silence = () => { stage?.disconnect(); stage = null; };
  document.addEventListener("playing", ({ target }) => {
    silence();
    stage = hear(target.srcObject);
    ears.staged += 1;
  }, true);
  for (const name of ["pause", "emptied"]) document.addEventListener(name, silence, true);
})();
"""

# Nothing before there is a second piece: the first may be no more than a head.
RECORDED: Final = """
async () => {
  if (__ears.chunks.length < 2) return "";
  const bytes = new Uint8Array(await new Blob(__ears.chunks).arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768)
    text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}
"""


def by_both_ears(page: Page, longer_than_s: float = 0) -> Pcm:
    """Return all that a page with ``EARS`` has played, once it is so long."""
    for _ in range(150):
        recorded = base64.b64decode(page.evaluate(RECORDED))
        if recorded and len(pcm := decode(recorded)) > longer_than_s * SAMPLE_RATE:
            return pcm
        page.wait_for_timeout(200)
    raise AssertionError("nothing is played")


def longest_gap_s(pcm: Pcm) -> float:
    return max((gap.length for gap in gaps(pcm)), default=0) / SAMPLE_RATE
