import { HINTS } from "./keys";

/** The keys of this page, for those who would use them. */
export function Keys({ replay }: { readonly replay: boolean }) {
  return (
    <details class="keys">
      <summary>Use the keyboard</summary>
      <dl>
        {HINTS[replay ? "replay" : "live"].map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
