import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Icon } from "./icon";
import "./field.css";

export interface FieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  /** What is wrong with it. */
  readonly error?: string | undefined;
  /** The control; given the `id` and `aria-describedby` to carry. */
  readonly children: (control: Control) => ComponentChildren;
}

export interface Control {
  readonly id: string;
  readonly "aria-describedby": string;
  readonly "aria-invalid": boolean;
}

/** A labelled control with its hint and its error. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const about = `${id}-about`;
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      {children({ id, "aria-describedby": about, "aria-invalid": error !== undefined })}
      <p id={about} class={`small ${error ? "field-error" : "soft"}`}>
        {error ?? hint}
      </p>
    </div>
  );
}

/** A drop-down with our own arrow. */
export function Select({ children }: { readonly children: ComponentChildren }) {
  return (
    <span class="select">
      {children}
      <Icon name="down" />
    </span>
  );
}

export interface SwitchProps {
  readonly label: string;
  readonly hint: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** One thing, on or off. */
export function Switch({ label, hint, checked, onChange }: SwitchProps) {
  const id = useId();
  return (
    <div class="switch">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        aria-describedby={`${id}-about`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      <p id={`${id}-about`} class="small soft">
        {hint}
      </p>
    </div>
  );
}
