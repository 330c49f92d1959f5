import { useSignal } from "@preact/signals";
import type { Invitation } from "../../shared/protocol";
import { Ask } from "../../shared/ui/ask";
import { Button } from "../../shared/ui/button";
import type { Milli } from "../../shared/units";
import type { Book } from "./book";
import { extended, lifeOf, terms } from "./wanted";

export interface InvitationEntryProps {
  readonly book: Book;
  readonly invitation: Invitation;
  readonly now_ms: Milli;
}

/** One invitation: what it is good for, and how it is ended or prolonged. */
export function InvitationEntry({ book, invitation, now_ms }: InvitationEntryProps) {
  const asking = useSignal(false);
  const { invitation: id, expires_ms } = invitation;
  const life = lifeOf(invitation, now_ms);
  const name = invitation.name ?? "Whoever has the link";
  const who = <span class="unseen"> the invitation of {name}</span>;
  const ask = (now: boolean) => {
    asking.value = now;
  };
  return (
    <div class={`invitation invitation-${life}`}>
      <p>
        <strong>{name}</strong>
      </p>
      <p class="small soft">{terms(invitation, now_ms)}</p>
      {asking.value && (
        <Ask
          title="Revoke it? Whoever came by it loses the seat at once."
          yes="Revoke"
          no="Keep it"
          onYes={() => {
            ask(false);
            void book.revoke(id);
          }}
          onNo={() => ask(false)}
        />
      )}
      {!asking.value && life !== "revoked" && (
        <div class="cluster">
          {expires_ms !== null && life !== "used" && (
            <Button
              kind="plain"
              onClick={() => void book.change(id, { expires_ms: extended(invitation, now_ms) })}
            >
              One day more{who}
            </Button>
          )}
          {life === "used" && (
            <Button kind="plain" onClick={() => void book.change(id, { uses: 1 })}>
              Let it work once more{who}
            </Button>
          )}
          <Button kind="plain" onClick={() => ask(true)}>
            Revoke…{who}
          </Button>
        </div>
      )}
    </div>
  );
}
