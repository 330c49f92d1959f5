import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Problem } from "../shared/protocol";
import { Thread } from "../shared/thread/thread";
import { Button } from "../shared/ui/button";
import { Field } from "../shared/ui/field";
import { Page } from "../shared/ui/page";

export interface NameFormProps {
  readonly problem: Problem | null;
  readonly onName: (name: string) => void;
}

/** The one thing that a guest may have to type. */
export function NameForm({ problem, onName }: NameFormProps) {
  const name = useSignal("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  return (
    <Page place="Stage">
      <h1>You are invited to speak</h1>
      <Thread lamp="off" />
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.value.trim()) onName(name.value.trim());
          else input.current?.focus();
        }}
      >
        <div class="field-title">
          <Field
            label="Your name"
            hint="As listeners are to see it. No account is needed."
            error={problem?.message}
          >
            {(control) => (
              <input
                {...control}
                ref={input}
                maxLength={80}
                required
                autoComplete="name"
                value={name.value}
                onInput={(event) => {
                  name.value = event.currentTarget.value;
                }}
              />
            )}
          </Field>
        </div>
        <Button kind="solid" big type="submit">
          Go to the green room
        </Button>
      </form>
    </Page>
  );
}
