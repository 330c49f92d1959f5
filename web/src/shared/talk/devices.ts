/** The browser's microphones: asks, opens, lists. */

import { type MicEvent, micEventOf } from "./microphone";

export interface Choice {
  /** `null` for the one that the system prefers. */
  readonly deviceId: string | null;
  /** Music: the sound as it is, without the clean-up that speech is given. */
  readonly music: boolean;
}

export interface Opened {
  readonly stream: MediaStream;
  readonly track: MediaStreamTrack;
}

const STORE = "vivavoce.microphone";

/** The choice of the last visit; the default when storage is refused or unreadable. */
export function rememberedChoice(): Choice {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(STORE) ?? "null");
    if (typeof found === "object" && found !== null && "deviceId" in found) {
      const deviceId = typeof found.deviceId === "string" ? found.deviceId : null;
      return { deviceId, music: "music" in found && found.music === true };
    }
  } catch {
    // A private window may refuse storage: then each visit begins with the default.
  }
  return { deviceId: null, music: false };
}

export function rememberChoice(choice: Choice): void {
  try {
    localStorage.setItem(STORE, JSON.stringify(choice));
  } catch {
    // See rememberedChoice.
  }
}

/** Opens the chosen microphone, or the default if it is not there any more. */
export async function openMicrophone(choice: Choice): Promise<Opened | MicEvent> {
  const clean = !choice.music;
  const audio: MediaTrackConstraints = {
    channelCount: { ideal: 1 },
    echoCancellation: clean,
    noiseSuppression: clean,
    autoGainControl: clean,
    ...(choice.deviceId ? { deviceId: { ideal: choice.deviceId } } : {}),
  };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio, video: false });
    const [track] = stream.getAudioTracks();
    return track ? { stream, track } : "absent";
  } catch (error) {
    return micEventOf(error instanceof DOMException ? error.name : "");
  }
}

/** The microphones that the browser names; their labels are empty until one was opened. */
export async function listMicrophones(): Promise<MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === "audioinput" && device.deviceId !== "");
}

/** Whether the microphone was allowed before, so that opening it asks nobody anything. */
export async function alreadyAllowed(): Promise<boolean> {
  try {
    const name = "microphone" as PermissionName;
    return (await navigator.permissions.query({ name })).state === "granted";
  } catch {
    return false; // Not every browser answers for the microphone: then a person presses the button.
  }
}
