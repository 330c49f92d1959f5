/** What a person with a microphone is told when something is wrong: what happened, and what to do next. Pure. */

import type { Milli } from "../units";
import type { Verdict } from "./level";
import type { Mic } from "./microphone";
import { held, onAir, self, type Talk, unheard } from "./state";

/** Where the page was opened from: `location`, or what a test makes of it. */
export interface Place {
  readonly hostname: string;
  readonly port: string;
  readonly pathname: string;
}

export type Offer = "microphone" | "take";

export interface Words {
  readonly id: string;
  readonly title: string;
  readonly body: readonly string[];
  readonly urgent: boolean;
  /** A command to copy. */
  readonly command?: string;
  /** What a button under the words does. */
  readonly offer?: Offer;
}

const TROUBLE: Partial<Record<Mic, Omit<Words, "id" | "urgent">>> = {
  refused: {
    title: "This page may not use your microphone.",
    body: [
      "You or your browser said no. Open the site settings beside the address, allow the microphone, and try again.",
      "If it is still refused, look in the privacy settings of your computer or phone: the browser itself must be allowed too.",
    ],
    offer: "microphone",
  },
  absent: {
    title: "No microphone was found.",
    body: ["Plug one in, or connect your headset, and try again."],
    offer: "microphone",
  },
  busy: {
    title: "Another program is using your microphone.",
    body: ["Close other calls and recorders, then try again."],
    offer: "microphone",
  },
  unplugged: {
    title: "Your microphone was unplugged.",
    body: ["Plug it in again and it carries on by itself, or choose another one below."],
    offer: "microphone",
  },
  failed: {
    title: "The microphone could not be opened.",
    body: ["Try again, or choose another one below. Restarting the browser often helps."],
    offer: "microphone",
  },
};

const HEARS = "You hear the stage meanwhile. Nobody hears you.";

/** Everything that is wrong now, the worst first. */
export function notices(talk: Talk, place: Place, now_ms: Milli): Words[] {
  const found: Words[] = [];
  if (talk.link === "lost") found.push(lostStudio(talk));
  if (talk.mic === "insecure") found.push(insecure(place));
  found.push(...without(talk));
  if (talk.seat === "elsewhere" || talk.seat === "taken") found.push(elsewhere(talk));
  else if (talk.blocked) found.push(blocked(place));
  else if (talk.seat === "waiting") found.push(waiting(talk));
  if (unheard(talk, now_ms)) found.push(silent(talk.verdict));
  if (held(talk)) found.push(mutedBy(self(talk)?.held_by ?? null));
  const told = talk.status?.notice ?? null;
  if (told) found.push({ id: told.code, title: told.message, body: [], urgent: false });
  return found;
}

function without(talk: Talk): Words[] {
  const trouble = TROUBLE[talk.mic];
  if (!trouble) return [];
  const body = talk.seat === "in" ? [...trouble.body, HEARS] : trouble.body;
  return [{ id: talk.mic, urgent: onAir(talk), ...trouble, body }];
}

function lostStudio(talk: Talk): Words {
  const again = "This page keeps trying and picks up by itself.";
  const body = onAir(talk)
    ? [
        "Perhaps nobody hears you now.",
        `${again} Leave it open: you are back on air as soon as the studio answers.`,
      ]
    : [again];
  return { id: "link", title: "The studio does not answer.", body, urgent: true };
}

function insecure(place: Place): Words {
  const port = place.port || "80";
  return {
    id: "insecure",
    title: "Your browser gives no microphone to this address.",
    body: [
      `Browsers hand out the microphone only over HTTPS, or on the computer itself. ${place.hostname} came over plain HTTP.`,
      `On the computer where Viva Voce runs, open http://localhost:${port}${place.pathname} instead.`,
      "For everybody else, put HTTPS before the studio port: a certificate and a reverse proxy.",
      `Or, with a login on that computer, run this here and then open http://localhost:${port}${place.pathname}:`,
    ],
    command: `ssh -L ${port}:localhost:${port} ${place.hostname}`,
    urgent: true,
  };
}

function elsewhere(talk: Talk): Words {
  const taken = talk.seat === "taken";
  return {
    id: talk.seat,
    title: taken ? "Another window took the microphone." : "Another window is on the microphone.",
    body: [
      taken
        ? "This page's microphone is off now. You can take it back."
        : "Only one window speaks at a time. You can speak from here instead; the other window is told.",
    ],
    urgent: taken,
    offer: "take",
  };
}

function blocked(place: Place): Words {
  return {
    id: "blocked",
    title: "Your sound does not get through to the studio.",
    body: [
      `The page loads, but the sound travels by UDP, and something between you and ${place.hostname} blocks it: usually a firewall or a company network.`,
      "Try another network, such as your phone's. Whoever runs this studio can open its UDP port.",
      "This page keeps trying.",
    ],
    urgent: true,
  };
}

function waiting(talk: Talk): Words {
  return {
    id: "waiting",
    title: "The connection of your microphone broke.",
    body: [...(talk.problem ? [talk.problem.message] : []), "Connecting again by itself…"],
    urgent: onAir(talk),
  };
}

function silent(verdict: Verdict): Words {
  const here = verdict === "silent";
  return {
    id: "silent",
    title: here
      ? "Nobody can hear you: your microphone is silent."
      : "The studio hears nothing from you.",
    body: here
      ? ["Is it switched off, or covered? Choose another one below, or speak closer."]
      : [
          "Your microphone works here, but its sound does not arrive. Reload this page: the show goes on meanwhile.",
        ],
    urgent: true,
  };
}

function mutedBy(name: string | null): Words {
  return {
    id: "held",
    title: name ? `${name} has muted you.` : "You have been muted.",
    body: ["You can unmute yourself once they let you."],
    urgent: true,
  };
}
