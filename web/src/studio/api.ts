/** What the studio's pages ask of the server. */

import { ask } from "../shared/http";
import type {
  ChangedInvitation,
  ChangedShow,
  Invitation,
  InvitationLink,
  NewInvitation,
  NewShow,
  Session,
  Show,
} from "../shared/protocol";
import type { Bytes, NewTakedown, Removed, Storage, TakenDown } from "./record/protocol";

const invitations = (show: string, rest = "") => `/api/shows/${show}/invitations${rest}`;

export const api = {
  session: () => ask<Session>("GET", "/api/session"),
  signIn: (key: string) => ask<Session>("POST", "/api/session", { key }),
  signOut: () => ask<null>("DELETE", "/api/session"),
  shows: () => ask<Show[]>("GET", "/api/shows"),
  make: (show: NewShow) => ask<Show>("POST", "/api/shows", show),
  show: (show: string) => ask<Show>("GET", `/api/shows/${show}`),
  change: (show: string, changes: ChangedShow) => ask<Show>("PATCH", `/api/shows/${show}`, changes),
  remove: (show: string) => ask<Removed>("DELETE", `/api/shows/${show}`),
  stored: (show: string) => ask<Bytes>("GET", `/api/shows/${show}/storage`),
  takenDown: (show: string) => ask<TakenDown[]>("GET", `/api/shows/${show}/takedowns`),
  takeDown: (show: string, range: NewTakedown) =>
    ask<TakenDown[]>("POST", `/api/shows/${show}/takedowns`, range),
  storage: () => ask<Storage>("GET", "/api/storage"),
  newKeys: (show: string) => ask<Show>("POST", `/api/shows/${show}/keys`, {}),
  start: (show: string) => ask<Show>("POST", `/api/shows/${show}/start`, {}),
  end: (show: string) => ask<Show>("POST", `/api/shows/${show}/end`, {}),
  invitations: (show: string) => ask<Invitation[]>("GET", invitations(show)),
  invite: (show: string, wanted: NewInvitation) =>
    ask<InvitationLink>("POST", invitations(show), wanted),
  changeInvitation: (show: string, invitation: string, changes: ChangedInvitation) =>
    ask<Invitation>("PATCH", invitations(show, `/${invitation}`), changes),
  revoke: (show: string, invitation: string) =>
    ask<null>("DELETE", invitations(show, `/${invitation}`)),
};
