import { describe, expect, it } from "vitest";
import { readFacts } from "../../../../src/request/facts.ts";
import { stanceOf } from "../../../../src/shield/defence/stance.ts";
import type { Defence } from "../../../../src/table/defence.ts";
import { type Service, serviceSchema } from "../../../../src/table/service.ts";

const serviceWith = (mitigation: object): Service =>
  serviceSchema.parse({ hosts: ["*"], policy: "latency", mitigation });

const facts = readFacts(
  { method: "GET", url: "http://h/", headers: new Headers() },
  { requestId: "0".repeat(32), countryByIp: () => null },
);
if (facts.kind !== "facts") throw new Error(facts.kind);
const request = facts;

const attackAt = (level: Defence["level"], match: object = {}): Defence => ({
  attack: "a",
  level,
  since: 0,
  signatures: [{ match, perSecond: 10 }],
});

describe("what a request meets", () => {
  it.each<[string, object, Defence | null, string | null]>([
    ["nothing in quiet times", {}, null, null],
    ["the attack's level", {}, attackAt("challenge"), "signature challenge"],
    ["nothing where it is not like the attack", {}, attackAt("block", { method: "POST" }), null],
    ["at most what the service allows", { most: "limit" }, attackAt("block"), "signature limit"],
    ["no more than the attack asks for", { most: "block" }, attackAt("limit"), "signature limit"],
    ["nothing where the service only observes", { most: "observe" }, attackAt("block"), null],
    ["nothing where a person says so", { mode: "observe" }, attackAt("block"), null],
    ["what a person says, in quiet times", { mode: "challenge" }, null, "by-hand challenge"],
    ["what a person says, whatever is seen", { mode: "limit" }, attackAt("block"), "by-hand limit"],
    ["what a person says, above what may come by itself", { mode: "block", most: "limit" }, null, "by-hand block"],
  ])("%s", (_, mitigation, defence, expected) => {
    const stance = stanceOf(serviceWith(mitigation), defence, request);
    expect(stance && `${stance.kind} ${stance.level}`).toBe(expected);
  });

  it("is what its signature says, and nothing of it, nor a limit in its place, where the service allows less", () => {
    const challenge = { match: {}, perSecond: 1, level: "challenge" } as const;
    const met = (mitigation: object, ...others: Defence["signatures"]) => {
      const stance = stanceOf(
        serviceWith(mitigation),
        { ...attackAt("block"), signatures: [challenge, ...others] },
        request,
      );
      return stance?.kind === "signature" ? [stance.level, stance.signature.index] : null;
    };
    expect(met({})).toEqual(["challenge", 0]);
    expect(met({ most: "limit" })).toBeNull();
    expect(met({ most: "limit" }, { match: {}, perSecond: 10 })).toEqual(["limit", 1]);
  });
});
