/** This page's end of WebRTC: one microphone to our own server, and the others back. */

// Candidates of this machine alone take milliseconds, a relay a moment; a browser that never says
// "complete" must not hold the show up.
const GATHER_MS = 2_000;

export interface PeerHandlers {
  readonly onLost: () => void;
  /** The way seems broken; another offer finds a new one sooner than waiting does. */
  readonly onStalled: () => void;
  /** What the others say: everybody but oneself. */
  readonly onReturn: (stream: MediaStream) => void;
}

export class Peer {
  readonly #connection: RTCPeerConnection;
  readonly #sender: RTCRtpSender;

  constructor(
    track: MediaStreamTrack,
    iceServers: readonly RTCIceServer[],
    { onLost, onStalled, onReturn }: PeerHandlers,
  ) {
    this.#connection = new RTCPeerConnection({ iceServers: [...iceServers] });
    const transceiver = this.#connection.addTransceiver(track, { direction: "sendrecv" });
    this.#sender = transceiver.sender;
    this.#connection.addEventListener("connectionstatechange", () => {
      if (this.#connection.connectionState === "failed") onLost();
    });
    this.#connection.addEventListener("iceconnectionstatechange", () => {
      if (this.#connection.iceConnectionState === "disconnected") onStalled();
    });
    this.#connection.addEventListener("track", (event) => {
      onReturn(new MediaStream([event.track]));
    });
  }

  /** The whole offer, candidates included: the studio needs no trickle. */
  async offer(): Promise<string> {
    const connection = this.#connection;
    await connection.setLocalDescription();
    await gathered(connection);
    return connection.localDescription?.sdp ?? "";
  }

  async answer(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: "answer", sdp });
  }

  async replace(track: MediaStreamTrack): Promise<void> {
    await this.#sender.replaceTrack(track);
  }

  stats(): Promise<RTCStatsReport> {
    return this.#connection.getStats();
  }

  close(): void {
    this.#connection.close();
  }
}

function gathered(connection: RTCPeerConnection): Promise<void> {
  if (connection.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, GATHER_MS);
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState !== "complete") return;
      window.clearTimeout(timer);
      resolve();
    });
  });
}
