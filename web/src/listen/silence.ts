/** Silence to hold the door open: played from the gesture until the show begins. Pure. */

/**
 * A WAV file of silence, 8 kHz, mono, 8 bit.
 *
 * Playing it inside the gesture lets the same element sound later without one, and keeps a phone from
 * putting the waiting page to sleep.
 */
export function silentWav(duration_s: number): Uint8Array<ArrayBuffer> {
  const rate = 8000;
  const length = Math.round(rate * duration_s);
  const file = new Uint8Array(44 + length).fill(0x80, 44); // unsigned 8 bit: 0x80 is the middle
  const view = new DataView(file.buffer);
  const text = (at: number, word: string) => file.set(new TextEncoder().encode(word), at);
  text(0, "RIFF");
  view.setUint32(4, 36 + length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // mono
  view.setUint32(24, rate, true);
  view.setUint32(28, rate, true);
  view.setUint16(32, 1, true); // bytes a frame
  view.setUint16(34, 8, true); // bits a sample
  text(36, "data");
  view.setUint32(40, length, true);
  return file;
}
