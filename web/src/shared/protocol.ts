/** What the server says and is told. Made by web/protocol.py from the server's types: do not edit.
 *  docs/PROTOCOL.md has the prose. */

import type { Milli, Seconds } from "./units";

/** Down: the answer to an offer or a restart, whose ``attempt`` it has. */
export interface Answer {
  readonly type: "answer";
  readonly sdp: string;
  readonly attempt: number;
}

/** How somebody's microphone and line are; ``words`` says it in whole sentences. */
export interface Check {
  readonly level_db: number | null;
  readonly noise_db: number | null;
  readonly clipping: boolean;
  readonly echo: number | null;
  readonly loss: number | null;
  readonly delay_ms: Milli | null;
  readonly jitter_ms: Milli | null;
  readonly route: "direct" | "relayed" | null;
  readonly words: readonly string[];
}

/** What can be asked of a stage. */
export type Command = "admit" | "back" | "back_all" | "bring" | "bring_all" | "hand_over" | "hands" | "hold" | "hold_all" | "make_cohost" | "make_speaker" | "move_off" | "release" | "remove" | "step_down";

/** Down: a message could not be followed, or the connection of the microphone failed. */
export interface Refusal {
  readonly type: "error";
  readonly code: string;
  readonly message: string;
}

/** Every error: a stable identifier and plain words. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** A raised hand with its token, which is told only here. */
export interface Hand {
  readonly hand: string;
  readonly token: string;
}

/** Down: what became of a hand; while it waits, its place, from 1. */
export interface HandIs {
  readonly type: "hand";
  readonly state: "accepted" | "declined" | "lowered" | "waiting";
  readonly place: number;
  readonly of: number;
  readonly seat: string | null;
}

/** A way in, for one person or for many. */
export interface Invitation {
  readonly invitation: string;
  readonly show: string;
  readonly role: "cohost" | "speaker";
  readonly standing: "air" | "green";
  readonly name: string | null;
  /** How many more guests; null for any number. */
  readonly uses_left: number | null;
  readonly expires_ms: Milli | null;
  readonly revoked_ms: Milli | null;
  readonly created_ms: Milli;
}

/** A new invitation with its secret, which is told only here. */
export interface InvitationLink {
  readonly invitation: string;
  readonly show: string;
  readonly role: "cohost" | "speaker";
  readonly standing: "air" | "green";
  readonly name: string | null;
  /** How many more guests; null for any number. */
  readonly uses_left: number | null;
  readonly expires_ms: Milli | null;
  readonly revoked_ms: Milli | null;
  readonly created_ms: Milli;
  readonly url: string;
  readonly qr_svg: string;
}

/** How many listen now; never without its definition. */
export interface Listening {
  readonly players: number;
  readonly definition: string;
}

/** Down: how this window's own connection stands. */
export interface Media {
  readonly type: "media";
  readonly state: PeerState;
}

/** How a seat's sound stands. */
export type MuteState = "held" | "muted" | "open";

/** Something the host should know, while the show goes on. */
export interface Notice {
  readonly code: string;
  readonly message: string;
}

/** One person who can be heard. */
export interface OnStage {
  readonly name: string;
  readonly role: string;
  readonly speaking: boolean;
  readonly muted: boolean;
}

/** Where a peer's connection stands. ``LOST`` and ``CLOSED`` are final. */
export type PeerState = "closed" | "connected" | "connecting" | "lost";

/** Down: who is here; at each change, and for levels at most five times a second. */
export interface People {
  readonly type: "people";
  readonly seats: readonly Person[];
  readonly hands: readonly RaisedHand[];
}

/** One seat of the stage, whether somebody is on it or not. */
export interface Person {
  readonly seat: string;
  readonly name: string;
  readonly role: Role;
  readonly standing: Standing;
  readonly mute: MuteState;
  readonly held_by: string | null;
  readonly connected: boolean;
  readonly speaking: boolean;
  readonly level: number;
  readonly check: Check | null;
}

/** A listener who asks to speak. */
export interface RaisedHand {
  readonly hand: string;
  readonly name: string;
  readonly about: string;
  readonly since_ms: Milli;
}

/** Down: this seat is no more; the socket is closed after it. */
export interface Removed {
  readonly type: "removed";
  readonly message: string;
}

/** What a seat's person is in the show. */
export type Role = "cohost" | "host" | "speaker";

/** The head of the chain over a show's segments. */
export interface Seal {
  readonly segment: number;
  readonly head: string;
}

/** Where the seat is, seen from one window. */
export type SeatIs = "elsewhere" | "free" | "mine";

/** Who the caller is; ``seat`` is a guest's. */
export interface Session {
  readonly role: "guest" | "host" | "none" | "owner";
  readonly show: string | null;
  readonly seat: SessionSeat | null;
}

/** A guest's own seat. */
export interface SessionSeat {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly standing: string;
}

/** A show: its card, its addresses, and once its secrets. Times are Unix milliseconds. */
export interface Show {
  readonly show: string;
  readonly version: number;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly state: State;
  readonly starts_ms: Milli | null;
  readonly epoch_ms: Milli | null;
  readonly ended_ms: Milli | null;
  readonly duration_s: Seconds | null;
  readonly stage: readonly OnStage[];
  readonly recorded: boolean;
  readonly seal: Seal | null;
  /** How many ranges were taken down. */
  readonly edition: number;
  readonly series: string | null;
  /** Days from the end to the deletion; 0: never; null: the installation's. */
  readonly keep_days: number | null;
  /** When it will be deleted; null: never. */
  readonly deleted_ms: Milli | null;
  readonly created_ms: Milli;
  readonly listen_url: string;
  readonly hls: string;
  readonly push: Readonly<Record<string, string>>;
  readonly whip_url: string;
  /** Only in answers that make new keys. */
  readonly host_url: string | null;
  /** Only in answers that make new keys. */
  readonly whip_token: string | null;
}

/** What listeners see of a show. Times are Unix milliseconds, UTC. */
export interface ShowCard {
  readonly show: string;
  readonly version: number;
  readonly title: string;
  readonly description: string;
  readonly language: string;
  readonly state: State;
  readonly starts_ms: Milli | null;
  readonly epoch_ms: Milli | null;
  readonly ended_ms: Milli | null;
  readonly duration_s: Seconds | null;
  readonly stage: readonly OnStage[];
  readonly filler: boolean;
  readonly studio_url: string | null;
  readonly recorded: boolean;
  readonly seal: Seal | null;
  readonly edition: number;
  readonly series: string | null;
  readonly batch_ms: Milli;
}

/** Where a seat is. */
export type Standing = "air" | "green" | "off" | "out";

/** Where a show stands; ``stage/show.py`` has the table of transitions. */
export type State = "ended" | "live" | "planned";

/** Down: how things stand; at once, at each change and once a second. */
export interface Status {
  readonly type: "status";
  readonly card: ShowCard;
  readonly listening: Listening;
  readonly on_air_s: Seconds | null;
  readonly seat: SeatIs;
  readonly muted: boolean;
  readonly level_db: number | null;
  readonly edges: number;
  readonly now_ms: Milli;
  readonly notice: Notice | null;
}

/** Down: another window took the seat; this window's microphone is off now. */
export interface Taken { readonly type: "taken"; }

/** Down: this window's own seat; at once and at each change. */
export interface You {
  readonly type: "you";
  readonly seat: string;
  readonly role: Role;
  readonly standing: Standing;
  readonly mute: MuteState;
}

/** Up: what becomes of a raised hand. */
export interface AnswerHand {
  readonly type: "hand";
  readonly hand: string;
  readonly command: "accept_air" | "accept_green" | "decline";
}

/** Up: a command about a seat, or about all; ``seat`` is left out where there is none. */
export interface Ask {
  readonly type: "command";
  readonly command: Command;
  readonly seat?: string | null;
}

/** What of an invitation is to change; an absent field stays, null takes the limit away. */
export interface ChangedInvitation {
  readonly uses?: number | null;
  readonly expires_ms?: Milli | null;
}

/** What of a show is to change; an absent field stays. */
export interface ChangedShow {
  readonly title?: string | null;
  readonly description?: string | null;
  readonly language?: string | null;
  /** Null: at no announced time. */
  readonly starts_ms?: Milli | null;
  /** Before the show is live only. */
  readonly recorded?: boolean | null;
  /** Days from the end to the deletion; 0: never; null: the installation's. */
  readonly keep_days?: number | null;
  /** Null: of no series. */
  readonly series?: string | null;
}

/** What an invitation's link carries, and who comes. */
export interface InvitationKey {
  readonly key: string;
  readonly name?: string | null;
}

/** What opens a session. */
export interface Key { readonly key: string; }

/** Up: let go of the seat. */
export interface Leave { readonly type: "leave"; }

/** Up: lower all hands. */
export interface LowerAll { readonly type: "lower_all"; }

/** Up: keep this seat out of the mix, or let it in again. */
export interface Mute {
  readonly type: "mute";
  readonly muted: boolean;
}

/** A raised hand. */
export interface NewHand {
  readonly name: string;
  readonly about?: string;
}

/** An invitation to make: for one person or many, named or not, with an end or without. */
export interface NewInvitation {
  readonly role?: "cohost" | "speaker";
  readonly standing?: "air" | "green";
  readonly name?: string | null;
  /** How many guests it lets in; null for any number. */
  readonly uses?: number | null;
  readonly expires_ms?: Milli | null;
}

/** What a show is made of. */
export interface NewShow {
  readonly title: string;
  readonly description?: string;
  readonly language?: string;
  readonly starts_ms?: Milli | null;
}

/** Up: a microphone wants the seat; ``take`` takes it from another window. */
export interface Offer {
  readonly type: "offer";
  readonly sdp: string;
  readonly take?: boolean;
  readonly attempt?: number;
}

/** Up: have the status sent now; a page whose sound has stopped asks who is still there. */
export interface Ping { readonly type: "ping"; }

/** Up: how the line is, as the page sees it; null for what it does not know. */
export interface Report {
  readonly type: "report";
  readonly rtt_ms?: Milli | null;
  readonly loss?: number | null;
  readonly jitter_ms?: Milli | null;
  readonly route?: "direct" | "relayed" | null;
  readonly echo?: number | null;
}

/** Up: another offer of the connection that there is: an ICE restart. */
export interface Restart {
  readonly type: "restart";
  readonly sdp: string;
  readonly attempt?: number;
}

/** Up: ICE candidates that were found since the offer; ``complete``: no more follow. */
export interface Trickle {
  readonly type: "trickle";
  readonly candidates?: readonly string[];
  readonly complete?: boolean;
}

/** Up: hear the programme too, from the green room. */
export interface WantProgramme {
  readonly type: "programme";
  readonly wanted: boolean;
}

export type StageDown = Status | Answer | Media | Taken | Refusal | People | You | Removed;

export type StageUp = Offer | Restart | Trickle | Leave | Mute | Ask | AnswerHand | LowerAll | WantProgramme | Report | Ping;
