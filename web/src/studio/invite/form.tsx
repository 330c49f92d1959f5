import { type Signal, useSignal } from "@preact/signals";
import { Button } from "../../shared/ui/button";
import { type Control, Field, Select, Switch } from "../../shared/ui/field";
import { type Draft, FRESH, LASTS } from "./wanted";

export interface InviteFormProps {
  readonly onMake: (draft: Draft) => void;
  readonly onCancel: () => void;
  readonly busy: boolean;
}

/** For whom, as what, for how long. */
export function InviteForm({ onMake, onCancel, busy }: InviteFormProps) {
  const draft = useSignal<Draft>(FRESH);
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onMake(draft.value);
      }}
    >
      {!draft.value.many && (
        <Field label="Name" hint="Optional. Without it, the guest types one.">
          {(control) => (
            <input
              {...control}
              maxLength={80}
              autoComplete="off"
              value={draft.value.name}
              onInput={(event) => set(draft, { name: event.currentTarget.value })}
            />
          )}
        </Field>
      )}
      <div class="invite-pair">
        <Field label="As">
          {(control) => (
            <Choose
              control={control}
              value={draft.value.role}
              options={[
                ["speaker", "Speaker"],
                ["cohost", "Co-host"],
              ]}
              onChange={(role) => set(draft, { role })}
            />
          )}
        </Field>
        <Field label="Works for">
          {(control) => (
            <Choose
              control={control}
              value={draft.value.lasts}
              options={LASTS}
              onChange={(lasts) => set(draft, { lasts })}
            />
          )}
        </Field>
      </div>
      <Switch
        label="For several people"
        hint="Each who opens the link gets a seat of their own. Otherwise it works once."
        checked={draft.value.many}
        onChange={(many) => set(draft, { many })}
      />
      <Switch
        label="Straight on air"
        hint="Without waiting in the green room."
        checked={draft.value.standing === "air"}
        onChange={(air) => set(draft, { standing: air ? "air" : "green" })}
      />
      <div class="cluster">
        <Button kind="solid" type="submit" disabled={busy}>
          Make the link
        </Button>
        <Button kind="plain" onClick={onCancel}>
          Not now
        </Button>
      </div>
    </form>
  );
}

function set(draft: Signal<Draft>, change: Partial<Draft>): void {
  draft.value = { ...draft.value, ...change };
}

interface ChooseProps<T extends string> {
  readonly control: Control;
  readonly value: T;
  readonly options: readonly (readonly [T, string])[];
  readonly onChange: (value: T) => void;
}

function Choose<T extends string>({ control, value, options, onChange }: ChooseProps<T>) {
  return (
    <Select>
      <select
        {...control}
        value={value}
        onChange={(event) => {
          const found = options.find(([name]) => name === event.currentTarget.value);
          if (found) onChange(found[0]);
        }}
      >
        {options.map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
    </Select>
  );
}
