/** The show on the lock screen and under the keyboard's media keys. */
import { computed, effect } from "@preact/signals";
import { seconds } from "../shared/units";
import { isPlaying, isReplay } from "./machine";
import type { Player } from "./player";

const SKIP_S = 15;

export function mediaSession(player: Player): void {
  const session = navigator.mediaSession;
  if (!session) return;
  session.setActionHandler("play", () => player.toggle());
  session.setActionHandler("pause", () => player.send({ type: "pause" }));
  effect(() => {
    const { phase } = player.state.value;
    const skip = (by_s: number) => () => player.seek(seconds(player.position.peek() + by_s));
    session.playbackState = isPlaying(phase) ? "playing" : "paused";
    const back = () => player.rewind(SKIP_S);
    session.setActionHandler("seekbackward", isReplay(phase) ? skip(-SKIP_S) : back);
    session.setActionHandler("seekforward", isReplay(phase) ? skip(SKIP_S) : null);
  });
  const title = computed(() => player.state.value.card?.title ?? "Viva Voce");
  const artist = computed(() =>
    (player.state.value.card?.stage ?? []).map(({ name }) => name).join(", "),
  );
  effect(() => {
    session.metadata = new MediaMetadata({ title: title.value, artist: artist.value });
  });
}
