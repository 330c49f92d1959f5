/** The one open microphone of a page: opened, watched, measured, let go. */

import { signal } from "@preact/signals";
import {
  type Choice,
  listMicrophones,
  type Opened,
  openMicrophone,
  rememberChoice,
  rememberedChoice,
} from "./devices";
import type { Verdict } from "./level";
import { Meter } from "./meter";
import type { MicEvent } from "./microphone";

export interface MicrophoneHandlers {
  readonly onEvent: (event: MicEvent) => void;
  readonly onVerdict: (verdict: Verdict) => void;
  /** Devices came or went. */
  readonly onDevices: () => void;
}

export class Microphone {
  readonly devices = signal<readonly MediaDeviceInfo[]>([]);
  readonly choice = signal<Choice>(rememberedChoice());
  readonly #handlers: MicrophoneHandlers;
  #opened: Opened | null = null;
  #meter: Meter | null = null;

  constructor(handlers: MicrophoneHandlers) {
    this.#handlers = handlers;
    if (!window.isSecureContext) return;
    navigator.mediaDevices.addEventListener("devicechange", () => void this.look());
  }

  get track(): MediaStreamTrack | null {
    return this.#opened?.track ?? null;
  }

  /** The voice now, 0..1, for the thread. */
  level = (): number => this.#meter?.level() ?? 0;
  db = (): number | null => this.#meter?.db() ?? null;

  choose(choice: Choice): void {
    this.choice.value = choice;
    rememberChoice(choice);
  }

  /** Opens what was chosen; what happened comes as an event. */
  async open(enabled: () => boolean): Promise<void> {
    this.release();
    const result = await openMicrophone(this.choice.value);
    if (typeof result === "string") return this.#handlers.onEvent(result);
    this.#opened = result;
    result.track.enabled = enabled();
    result.track.addEventListener("ended", () => {
      if (result === this.#opened) this.#handlers.onEvent("ended");
    });
    this.#meter = new Meter(result.stream, this.#handlers.onVerdict);
    this.#handlers.onEvent("open");
    await this.look();
  }

  enable(enabled: boolean): void {
    if (this.#opened) this.#opened.track.enabled = enabled;
  }

  release(): void {
    this.#meter?.close();
    this.#meter = null;
    this.#opened?.track.stop();
    this.#opened = null;
  }

  async look(): Promise<void> {
    this.devices.value = await listMicrophones();
    this.#handlers.onDevices();
  }

  /** Whether the chosen microphone is there. */
  get present(): boolean {
    const { deviceId } = this.choice.value;
    return this.devices.value.some((device) => deviceId === null || device.deviceId === deviceId);
  }
}
