import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { Button } from "./button";
import "./copy-field.css";

export interface CopyFieldProps {
  readonly label: string;
  readonly value: string;
  /** Who it is for and what it does. */
  readonly hint?: string;
}

// Long enough to be read, short enough that the button is itself again for the next copy.
const SAID_MS = 2_500;

/** Something to copy: the whole of it is visible, and one press takes it. */
export function CopyField({ label, value, hint }: CopyFieldProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const copied = useSignal(false);
  const copy = async () => {
    copied.value = await copyText(value, input.current);
    window.setTimeout(() => {
      copied.value = false;
    }, SAID_MS);
  };
  return (
    <div class="copy">
      <label class="copy-label" for={id}>
        {label}
      </label>
      {hint && <p class="small soft">{hint}</p>}
      <div class="copy-line">
        <input
          id={id}
          ref={input}
          readOnly
          value={value}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button icon={copied.value ? "check" : "copy"} onClick={() => void copy()}>
          {copied.value ? "Copied" : "Copy"}
          <span class="unseen"> {label}</span>
        </Button>
      </div>
    </div>
  );
}

/** Copies by the clipboard, or where that needs HTTPS, by selection. Returns whether it worked. */
export async function copyText(text: string, input?: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = input ?? document.body.appendChild(document.createElement("textarea"));
    if (!input) field.value = text;
    field.select();
    const copied = document.execCommand("copy");
    if (!input) field.remove();
    return copied;
  }
}
