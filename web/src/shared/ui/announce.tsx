/** A polite live region. Give it a sentence when something changed, never a running number. */
export function Announce({ text }: { readonly text: string }) {
  return (
    <p class="unseen" role="status" aria-live="polite">
      {text}
    </p>
  );
}
