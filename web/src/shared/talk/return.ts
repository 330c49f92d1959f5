/** What the others say, out of the loudspeaker. */

import { signal } from "@preact/signals";
import { peakDb, rmsDb, SILENCE_DB } from "./level";

const STORE = "vivavoce.return";
const WINDOW = 2_048;

export class Return {
  /** 0..1. */
  readonly volume = signal(remembered());
  /** The browser waits for a press before it lets the page sound. */
  readonly blocked = signal(false);
  /** Sound comes out, or would if somebody spoke. */
  readonly playing = signal(false);
  readonly #audio = document.createElement("audio");
  readonly #samples = new Float32Array(WINDOW);
  #context: AudioContext | null = null;
  #analyser: AnalyserNode | null = null;
  #source: MediaStreamAudioSourceNode | null = null;

  constructor() {
    this.#audio.autoplay = true;
    this.#audio.setAttribute("playsinline", "");
    this.#audio.addEventListener("playing", () => {
      this.playing.value = true;
      this.blocked.value = false;
    });
    this.#apply();
    document.body.append(this.#audio);
  }

  attach(stream: MediaStream): void {
    this.#audio.srcObject = stream;
    this.play();
    this.#context ??= new AudioContext();
    this.#analyser ??= new AnalyserNode(this.#context, { fftSize: WINDOW });
    this.#source?.disconnect();
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
  }

  play(): void {
    this.#audio.play().catch((error: unknown) => {
      this.blocked.value = error instanceof DOMException && error.name === "NotAllowedError";
    });
  }

  detach(): void {
    this.playing.value = false;
    this.#source?.disconnect();
    this.#source = null;
    this.#audio.srcObject = null;
  }

  setVolume(volume: number): void {
    this.volume.value = volume;
    this.#apply();
    try {
      localStorage.setItem(STORE, String(volume));
    } catch {
      // A private window may refuse storage; the choice holds for this page.
    }
  }

  /** The others' level now, in dBFS (RMS). */
  db(): number {
    if (!this.#source || this.#context?.state !== "running") return SILENCE_DB;
    this.#analyser?.getFloatTimeDomainData(this.#samples);
    return peakDb(this.#samples) <= SILENCE_DB ? SILENCE_DB : rmsDb(this.#samples);
  }

  close(): void {
    this.detach();
    this.#audio.remove();
    void this.#context?.close();
  }

  #apply(): void {
    // Loudness goes with the square of a slider's way.
    this.#audio.volume = this.volume.value ** 2;
  }
}

function remembered(): number {
  try {
    const found = Number(localStorage.getItem(STORE) ?? "1");
    return found >= 0 && found <= 1 ? found : 1;
  } catch {
    return 1;
  }
}
