import { useSignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../../shared/ui/button";
import { Notice } from "../../shared/ui/notice";
import { Row } from "../../shared/ui/page";
import { milli } from "../../shared/units";
import { Book } from "./book";
import { InvitationEntry } from "./entry";
import { InviteForm } from "./form";
import { MadeLink } from "./made-link";
import { type Draft, inOrder } from "./wanted";
import "./invite.css";

// Guests use their invitations meanwhile.
const LOOK_MS = 10_000;

/** Links that give somebody a seat: made here, extended and revoked here. */
export function Invitations({ show }: { readonly show: string }) {
  const [book] = useState(() => new Book(show));
  const making = useSignal(false);
  useEffect(() => {
    void book.look();
    const timer = window.setInterval(() => void book.look(), LOOK_MS);
    return () => window.clearInterval(timer);
  }, [book]);
  const turn = (now: boolean) => {
    making.value = now;
    if (now) book.made.value = null;
    book.problem.value = null;
  };
  const make = async (draft: Draft) => {
    if (await book.make(draft)) making.value = false;
  };
  const made = book.made.value;
  const problem = book.problem.value;
  const now_ms = milli(Date.now());
  return (
    <Row name="Invitations">
      {made && <MadeLink invitation={made} />}
      {making.value && (
        <InviteForm
          busy={book.busy.value}
          onMake={(draft) => void make(draft)}
          onCancel={() => turn(false)}
        />
      )}
      {problem && <Notice title={problem.message} urgent />}
      {!making.value && (
        <Button icon="plus" onClick={() => turn(true)}>
          Invite somebody to speak
        </Button>
      )}
      {book.list.value.length > 0 && (
        <ul class="invitations">
          {inOrder(book.list.value, now_ms).map((one) => (
            <li key={one.invitation}>
              <InvitationEntry book={book} invitation={one} now_ms={now_ms} />
            </li>
          ))}
        </ul>
      )}
    </Row>
  );
}
