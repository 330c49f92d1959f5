/** The invitations of one show, as the studio has them. */

import { signal } from "@preact/signals";
import type { ChangedInvitation, Invitation, InvitationLink, Problem } from "../../shared/protocol";
import { milli } from "../../shared/units";
import { api } from "../api";
import { attempt } from "../attempt";
import { type Draft, wanted } from "./wanted";

export class Book {
  readonly list = signal<readonly Invitation[]>([]);
  /** The newest, with its link: that is told only once. */
  readonly made = signal<InvitationLink | null>(null);
  readonly busy = signal(false);
  readonly problem = signal<Problem | null>(null);
  readonly #show: string;

  constructor(show: string) {
    this.#show = show;
  }

  look = async (): Promise<void> => {
    this.list.value = await api.invitations(this.#show).catch(() => this.list.value);
  };

  /** Whether it was made. */
  async make(draft: Draft): Promise<boolean> {
    const asked = wanted(draft, milli(Date.now()));
    return attempt(this, async () => {
      this.made.value = await api.invite(this.#show, asked);
    });
  }

  async change(invitation: string, changes: ChangedInvitation): Promise<void> {
    await attempt(this, () => api.changeInvitation(this.#show, invitation, changes));
  }

  async revoke(invitation: string): Promise<void> {
    if (this.made.value?.invitation === invitation) this.made.value = null;
    await attempt(this, () => api.revoke(this.#show, invitation));
  }
}
