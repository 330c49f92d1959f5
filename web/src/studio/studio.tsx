/** Lets in who holds a key, then shows the page of the address. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { HttpError } from "../shared/http";
import { useModule } from "../shared/lazy";
import type { Problem, Session } from "../shared/protocol";
import { Page } from "../shared/ui/page";
import { api } from "./api";
import { Closed } from "./closed";
import { HostPage } from "./host/host-page";
import { keyOf, routeOf } from "./route";

type Entry = Session | Problem | null;

export function Studio() {
  const entry = useSignal<Entry>(null);
  const route = routeOf(location.pathname);
  useEffect(() => {
    void enter().then((found) => {
      entry.value = found;
    });
  }, [entry]);

  const found = entry.value;
  if (found === null) return <Page place="Studio">{null}</Page>;
  if ("code" in found) return <Closed page={route.page} problem={found} />;
  if (route.page === "host") {
    const allowed = found.role === "owner" || found.show === route.show;
    if (!allowed) return <Closed page="host" problem={null} />;
    return <HostPage show={route.show} owner={found.role === "owner"} />;
  }
  return found.role === "owner" ? <Owner /> : <Closed page="owner" problem={null} />;
}

const owners = () => import("./owner/owner-page");

/** Loaded by itself: a host who is about to speak does not wait for it. */
function Owner() {
  const module = useModule(owners);
  return module ? <module.OwnerPage /> : <Page place="Studio">{null}</Page>;
}

/** Changes the key in the address for a session; the key leaves the address before anything else. */
async function enter(): Promise<Session | Problem> {
  const key = keyOf(location.hash);
  if (key) history.replaceState(null, "", location.pathname + location.search);
  try {
    return key ? await signIn(key) : await api.session();
  } catch (error) {
    if (error instanceof HttpError) return error.problem;
    throw error;
  }
}

/** A key that was used already is no harm to somebody who is signed in. */
async function signIn(key: string): Promise<Session> {
  try {
    return await api.signIn(key);
  } catch (error) {
    const session = await api.session();
    if (session.role === "none") throw error;
    return session;
  }
}
