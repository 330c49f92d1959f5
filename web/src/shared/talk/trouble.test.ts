import { describe, expect, it } from "vitest";
import { milli } from "../units";
import type { Mic } from "./microphone";
import { firstState, type Talk } from "./state";
import { notices } from "./trouble";

const PLACE = { hostname: "studio.example", port: "8081", pathname: "/studio/0123456789" };
const BASE = firstState(true);
const words = (talk: Partial<Talk>) => notices({ ...BASE, ...talk }, PLACE, milli(99_999));

describe("notices", () => {
  it("are none while nothing is wrong", () => {
    expect(words({ link: "open", mic: "open", seat: "in" })).toEqual([]);
  });

  it.each(["refused", "absent", "busy", "unplugged", "failed", "insecure"] satisfies Mic[])(
    "say of a microphone that is %s what to do",
    (mic) => {
      const [first] = words({ mic });
      expect(first?.body.length).toBeGreaterThan(0);
    },
  );

  it("say that the stage is heard without a microphone", () => {
    const said = (talk: Partial<Talk>) => words({ mic: "absent", ...talk })[0]?.body.join(" ");
    expect(said({ seat: "in" })).toContain("You hear the stage meanwhile");
    expect(said({ seat: "joining" })).not.toContain("You hear");
  });

  it("give the exact tunnel command where HTTPS is missing", () => {
    const [first] = words({ mic: "insecure" });
    expect(first?.command).toBe("ssh -L 8081:localhost:8081 studio.example");
    expect(first?.body.join(" ")).toContain("http://localhost:8081/studio/0123456789");
  });

  it("tell a blocked UDP from a connection that broke", () => {
    expect(words({ mic: "open", seat: "waiting", blocked: true })[0]?.body.join(" ")).toContain(
      "UDP",
    );
    expect(words({ mic: "open", seat: "waiting" }).map((one) => one.id)).toEqual(["waiting"]);
  });

  it("offer the microphone to a second window, and back to the first", () => {
    expect(words({ seat: "elsewhere" })[0]?.offer).toBe("take");
    expect(words({ seat: "taken" })[0]?.offer).toBe("take");
  });

  it("tell a silent microphone from a studio that hears nothing", () => {
    const unheard_ms = milli(0);
    expect(words({ seat: "in", verdict: "silent", unheard_ms })[0]?.title).toContain("is silent");
    expect(words({ seat: "in", verdict: "good", unheard_ms })[0]?.title).toContain("hears nothing");
  });
});
