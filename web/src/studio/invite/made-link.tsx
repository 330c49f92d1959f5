import { useRef } from "preact/hooks";
import type { InvitationLink } from "../../shared/protocol";
import { Button } from "../../shared/ui/button";
import { CopyField } from "../../shared/ui/copy-field";

/** A new invitation's link, to copy or to be pointed at with a phone. */
export function MadeLink({ invitation }: { readonly invitation: InvitationLink }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { name, url, qr_svg, uses_left } = invitation;
  const times = uses_left === null ? "" : " It works once.";
  return (
    <div class="stack-tight">
      <CopyField
        label={name ? `Link for ${name}` : "Link to the stage"}
        value={url}
        hint={`Whoever opens it gets a seat; no account needed.${times} It is shown only now.`}
      />
      <Button onClick={() => dialog.current?.showModal()}>Show it as a QR code</Button>
      <dialog ref={dialog} class="qr" aria-label="QR code of the link">
        <img src={`data:image/svg+xml,${encodeURIComponent(qr_svg)}`} alt="QR code of the link" />
        <form method="dialog">
          <Button type="submit">Close</Button>
        </form>
      </dialog>
    </div>
  );
}
