/** A page's WebRTC connection, the one before it until it is there, and the sound that comes by them. */

import type { Report } from "../protocol";
import type { Microphone } from "./mic-shell";
import { Peer } from "./peer";
import { freshRealm, PAGE } from "./realm";
import type { Return } from "./return";
import { Watch } from "./watch";

export interface WireHandlers {
  readonly onLost: () => void;
  readonly onDoubt: () => void;
  readonly onStalled: () => void;
  /** Sound comes again, or for the first time. */
  readonly onFlowing: () => void;
  readonly onReport: (report: Report) => void;
  readonly onCandidates: (candidates: readonly string[], complete: boolean) => void;
}

/** What an old connection still says after a new one was begun is not passed on. */
export class Wire {
  readonly #mic: Microphone;
  readonly #heard: Return;
  readonly #handlers: WireHandlers;
  #peer: Peer | null = null;
  /** Carries the sound until the newest connection is there. */
  #before: Peer | null = null;
  #attempt = 0;
  #watch: Watch | null = null;

  constructor(mic: Microphone, heard: Return, handlers: WireHandlers) {
    this.#mic = mic;
    this.#heard = heard;
    this.#handlers = handlers;
  }

  /** Begins anew; the offer, or `null` if another was begun meanwhile. */
  async offer(
    track: MediaStreamTrack | null,
    relays: Promise<readonly RTCIceServer[]>,
  ): Promise<string | null> {
    const { onLost, onDoubt, onStalled, onFlowing, onReport, onCandidates } = this.#handlers;
    const mine = (then: () => void) => () => peer === this.#peer && then();
    const attempt = ++this.#attempt;
    const iceServers = await relays;
    if (attempt !== this.#attempt) return null;
    // What broke may have broken because the network is another one now.
    const realm = this.#peer?.connected ? freshRealm() : PAGE;
    this.#stepBack();
    let returned: MediaStream | null = null;
    const peer: Peer = new Peer(track, iceServers, realm, {
      onConnected: mine(() => {
        this.#before?.close();
        this.#before = null;
        if (returned) this.#heard.attach(returned);
      }),
      onLost: mine(onLost),
      onStalled: mine(onStalled),
      onReturn: (stream) => {
        returned = stream;
        if (peer === this.#peer && peer.connected) this.#heard.attach(stream);
      },
      onCandidates: (found, complete) => peer === this.#peer && onCandidates(found, complete),
    });
    this.#peer = peer;
    this.#watch = new Watch(peer, this.#mic, this.#heard, {
      onReport,
      onDoubt: mine(onDoubt),
      onStalled: mine(onStalled),
      onFlowing: mine(onFlowing),
    });
    const sdp = await peer.offer();
    return peer === this.#peer ? sdp : null;
  }

  /** What the newest offer is called; only its answer is taken. */
  get attempt(): number {
    return this.#attempt;
  }

  /** Asks for another way for the connection that there is; the offer, or `null` if there is none. */
  async restart(): Promise<string | null> {
    const peer = this.#peer;
    if (!peer?.connected) return null;
    const attempt = ++this.#attempt;
    const sdp = await peer.restart();
    return attempt === this.#attempt ? sdp : null;
  }

  answer(sdp: string, attempt: number): void {
    if (attempt !== this.#attempt) return;
    const peer = this.#peer;
    peer?.answer(sdp).catch(() => peer === this.#peer && this.#handlers.onLost());
  }

  async replace(track: MediaStreamTrack): Promise<void> {
    await this.#peer?.replace(track);
  }

  hangUp(): void {
    this.#attempt += 1;
    if (!this.#peer && !this.#before) return;
    this.#watch?.close();
    this.#watch = null;
    this.#heard.detach();
    for (const peer of [this.#peer, this.#before]) peer?.close();
    this.#peer = null;
    this.#before = null;
  }

  /** Makes room for a new connection: one that sounds is kept until then. */
  #stepBack(): void {
    this.#watch?.close();
    this.#watch = null;
    const spent = this.#peer?.connected ? this.#before : this.#peer;
    if (this.#peer?.connected) this.#before = this.#peer;
    this.#peer = null;
    spent?.close();
  }
}
