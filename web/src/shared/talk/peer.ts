/** This page's end of WebRTC: one microphone to our own server, and the others back. */

import type { Realm } from "./realm";

// Candidates come in bursts: one message for each would be a program gone wild.
const BATCH_MS = 100;
const BATCH = 64;

export interface PeerHandlers {
  readonly onConnected: () => void;
  readonly onLost: () => void;
  /** The way seems broken; another one is found sooner by asking for it than by waiting. */
  readonly onStalled: () => void;
  /** What the others say: everybody but oneself. */
  readonly onReturn: (stream: MediaStream) => void;
  /** Ways to this page that were found since the offer. */
  readonly onCandidates: (candidates: readonly string[], complete: boolean) => void;
}

export class Peer {
  readonly #connection: RTCPeerConnection;
  readonly #sender: RTCRtpSender;
  readonly #handlers: PeerHandlers;
  readonly #realm: Realm;
  #candidates: string[] = [];
  #complete = false;
  #answered = false;
  #timer = 0;
  /** Whether it has ever been. */
  connected = false;

  constructor(
    track: MediaStreamTrack | null,
    iceServers: readonly RTCIceServer[],
    realm: Realm,
    handlers: PeerHandlers,
  ) {
    this.#handlers = handlers;
    this.#realm = realm;
    this.#connection = realm.connect({ iceServers: [...iceServers] });
    // Without a microphone it sends nothing; one that is found later takes its place in it.
    const transceiver = this.#connection.addTransceiver(track ?? "audio", {
      direction: "sendrecv",
    });
    this.#sender = transceiver.sender;
    this.#connection.addEventListener("connectionstatechange", () => this.#changed());
    this.#connection.addEventListener("iceconnectionstatechange", () => {
      if (this.#connection.iceConnectionState === "disconnected") handlers.onStalled();
    });
    this.#connection.addEventListener("track", (event) => {
      handlers.onReturn(new MediaStream([event.track]));
    });
    this.#connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.candidate) this.#candidates.push(candidate.candidate);
      this.#complete = candidate === null;
      this.#tell();
    });
  }

  /** The offer as it is at once; candidates follow as they come. */
  async offer(): Promise<string> {
    this.#answered = false;
    await this.#connection.setLocalDescription();
    return this.#connection.localDescription?.sdp ?? "";
  }

  /** An offer of another way for the connection that there is. */
  restart(): Promise<string> {
    this.#connection.restartIce();
    return this.offer();
  }

  async answer(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: "answer", sdp });
    this.#answered = true;
    this.#tell();
  }

  async replace(track: MediaStreamTrack): Promise<void> {
    await this.#sender.replaceTrack(track);
  }

  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close(): void {
    window.clearTimeout(this.#timer);
    this.#connection.close();
    this.#realm.close();
  }

  #changed(): void {
    const { connectionState } = this.#connection;
    if (connectionState === "failed") this.#handlers.onLost();
    if (connectionState !== "connected" || this.connected) return;
    this.connected = true;
    this.#handlers.onConnected();
  }

  /** Tells of candidates, once the studio knows whose they are. */
  #tell(): void {
    window.clearTimeout(this.#timer);
    if (!this.#answered || (this.#candidates.length === 0 && !this.#complete)) return;
    this.#timer = window.setTimeout(() => {
      const found = this.#candidates.splice(0, BATCH);
      const complete = this.#complete && this.#candidates.length === 0;
      if (complete) this.#complete = false;
      this.#handlers.onCandidates(found, complete);
      this.#tell();
    }, BATCH_MS);
  }
}
