import { expect, it } from "vitest";
import { readLine } from "./report";

const CHROMIUM = [
  { type: "transport", id: "T", selectedCandidatePairId: "P" },
  { type: "candidate-pair", id: "P", currentRoundTripTime: 0.034, localCandidateId: "L" },
  { type: "local-candidate", id: "L", candidateType: "relay" },
  { type: "remote-inbound-rtp", id: "R", fractionLost: 0.02, roundTripTime: 0.05 },
  { type: "inbound-rtp", id: "I", packetsReceived: 120, jitter: 0.004 },
];

it("reads delay, loss, jitter and the route", () => {
  expect(readLine(CHROMIUM)).toEqual({
    rtt_ms: 34,
    loss: 0.02,
    jitter_ms: 4,
    route: "relayed",
    packets: 120,
  });
});

it("finds the pair where no transport names it", () => {
  const firefox = CHROMIUM.slice(1).map((stat) =>
    stat.type === "candidate-pair" ? { ...stat, nominated: true, selected: true } : stat,
  );
  expect(readLine(firefox).route).toBe("relayed");
});

it("claims nothing that it was not told", () => {
  expect(readLine([])).toEqual({
    rtt_ms: null,
    loss: null,
    jitter_ms: null,
    route: null,
    packets: 0,
  });
});
