/** What a page reads out of WebRTC's statistics for its check. Pure. */

import { type Milli, milli } from "../units";

/** The few fields of `RTCStatsReport` entries that are read here (W3C webrtc-stats). */
export interface Stat {
  readonly type: string;
  readonly id: string;
  readonly selectedCandidatePairId?: unknown;
  readonly nominated?: unknown;
  readonly selected?: unknown;
  readonly localCandidateId?: unknown;
  readonly candidateType?: unknown;
  readonly currentRoundTripTime?: unknown;
  readonly roundTripTime?: unknown;
  readonly fractionLost?: unknown;
  readonly jitter?: unknown;
  readonly packetsReceived?: unknown;
}

export interface Line {
  readonly rtt_ms: Milli | null;
  readonly loss: number | null;
  readonly jitter_ms: Milli | null;
  readonly route: "direct" | "relayed" | null;
  /** Received so far. */
  readonly packets: number;
}

export function readLine(stats: readonly Stat[]): Line {
  const remote = stats.find(({ type }) => type === "remote-inbound-rtp");
  const inbound = stats.find(({ type }) => type === "inbound-rtp");
  const pair = selectedPair(stats);
  const local = stats.find(({ id }) => id === pair?.localCandidateId);
  const rtt_s = number(pair?.currentRoundTripTime) ?? number(remote?.roundTripTime);
  return {
    rtt_ms: toMs(rtt_s),
    loss: number(remote?.fractionLost),
    jitter_ms: toMs(number(inbound?.jitter)),
    route: local ? (local.candidateType === "relay" ? "relayed" : "direct") : null,
    packets: number(inbound?.packetsReceived) ?? 0,
  };
}

function selectedPair(stats: readonly Stat[]): Stat | undefined {
  const transport = stats.find(({ type }) => type === "transport");
  const named = stats.find(({ id }) => id === transport?.selectedCandidatePairId);
  // Firefox has no transport entry; it marks the pair instead.
  return (
    named ?? stats.find((stat) => stat.type === "candidate-pair" && stat.nominated && stat.selected)
  );
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function toMs(value_s: number | null): Milli | null {
  return value_s === null ? null : milli(Math.round(value_s * 1000));
}
