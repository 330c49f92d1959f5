/** The one WebRTC connection that a page has at a time, its watch, and the sound that comes by it. */

import type { Report } from "../protocol";
import type { Microphone } from "./mic-shell";
import { Peer } from "./peer";
import type { Return } from "./return";
import { Watch } from "./watch";

export interface WireHandlers {
  readonly onLost: () => void;
  readonly onStalled: () => void;
  readonly onReport: (report: Report) => void;
}

/** What an old connection still says after a new one was begun is not passed on. */
export class Wire {
  readonly #mic: Microphone;
  readonly #heard: Return;
  readonly #handlers: WireHandlers;
  #peer: Peer | null = null;
  #attempt = 0;
  #watch: Watch | null = null;

  constructor(mic: Microphone, heard: Return, handlers: WireHandlers) {
    this.#mic = mic;
    this.#heard = heard;
    this.#handlers = handlers;
  }

  /** Begins anew; the offer, or `null` if another was begun meanwhile. */
  async offer(
    track: MediaStreamTrack,
    relays: Promise<readonly RTCIceServer[]>,
  ): Promise<string | null> {
    this.hangUp();
    const { onLost, onStalled, onReport } = this.#handlers;
    const mine = (then: () => void) => () => peer === this.#peer && then();
    const attempt = ++this.#attempt;
    const iceServers = await relays;
    if (attempt !== this.#attempt) return null;
    const peer: Peer = new Peer(track, iceServers, {
      onLost: mine(onLost),
      onStalled: mine(onStalled),
      onReturn: (stream) => peer === this.#peer && this.#heard.attach(stream),
    });
    this.#peer = peer;
    this.#watch = new Watch(peer, this.#mic, this.#heard, {
      onReport,
      onStalled: mine(onStalled),
    });
    const sdp = await peer.offer();
    return peer === this.#peer ? sdp : null;
  }

  answer(sdp: string): void {
    const peer = this.#peer;
    peer?.answer(sdp).catch(() => peer === this.#peer && this.#handlers.onLost());
  }

  async replace(track: MediaStreamTrack): Promise<void> {
    await this.#peer?.replace(track);
  }

  hangUp(): void {
    this.#attempt += 1;
    const peer = this.#peer;
    if (!peer) return;
    this.#peer = null;
    this.#watch?.close();
    this.#watch = null;
    this.#heard.detach();
    peer.close();
  }
}
