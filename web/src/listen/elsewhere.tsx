import { CopyField } from "../shared/ui/copy-field";

const LIVE = [
  ["HLS", "index.m3u8", "For phones, television sets and VLC."],
  ["MP4", "stream.mp4", "Opus, with the least delay."],
  ["Ogg", "stream.ogg", "Opus, for radio apps, VLC and mpv."],
  ["MP3", "stream.mp3", "For players of any age."],
] as const;

/** Addresses for other players; of the replay only HLS is left. */
export function Elsewhere({ show, live }: { readonly show: string; readonly live: boolean }) {
  const addresses = live ? LIVE : LIVE.slice(0, 1);
  return (
    <details class="elsewhere">
      <summary>Play it in another player</summary>
      <div class="stack">
        {addresses.map(([name, file, hint]) => (
          <CopyField
            key={file}
            label={name}
            value={`${location.origin}/live/${show}/${file}`}
            hint={hint}
          />
        ))}
      </div>
    </details>
  );
}
