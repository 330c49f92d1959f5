/** What a guest asks of the studio. */

import { ask } from "../shared/http";
import type { Session } from "../shared/protocol";

export const api = {
  session: () => ask<Session>("GET", "/api/session?as=guest"),
  enter: (key: string, name: string | null) =>
    ask<Session>("POST", "/api/invitations", { key, ...(name ? { name } : {}) }),
};
