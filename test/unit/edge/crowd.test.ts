import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.ts";
import { seedTable } from "../../../src/seed/seed.ts";
import { Limits } from "../../../workers/edge/limits.ts";
import { startPassage } from "../../../workers/edge/passage.ts";
import { FakeLimiters } from "../../fakes/limiters.ts";
import { testRequest, testSnapshot, testTable } from "../../fakes/world.ts";

const [service = ""] = Object.keys(seedTable({}).services);
const strict = { rate: 10, burst: 10 };
const SECONDS = 6;
const CLIENTS = 500;
const FLOOD_PER_SECOND = 8000;
const LOOK_UPS_PER_SECOND = 50;

const dotted = (word: number) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join(".");

/** Good clients at one isolate, each in a /24 of its own, while many addresses send one request each. */
async function underFlood(perSecond: number): Promise<{ sent: number; passed: number; owners: number }> {
  let now = Date.UTC(2100, 0, 1);
  const limiters = new FakeLimiters(() => now);
  const random = new Random([1, 2, 3]);
  const isolate = { limiter: (name: string) => limiters.limiter(name), random: new Random([4, 5, 6]), now: () => now };
  const limits = new Limits(isolate);
  const snapshot = testSnapshot(testTable({ patch: { limits: { "per-client": null, strict } } }));
  const request = testRequest(snapshot, service, { ip: "203.0.113.9" });
  if (!request) throw new Error("refused");
  const passage = startPassage("0".repeat(32), null, now);
  const incoming = new Request("http://api.example.com/");
  const send = (word: number) => {
    const text = dotted(word);
    const facts = { ...request.facts, client: { family: 4, text, word } as const, clientKey: text };
    return limits.take({ snapshot, service: request.service, facts, now, passage, incoming }, () => undefined);
  };
  let sent = 0;
  let passed = 0;
  for (let ms = 0; ms < SECONDS * 1000; ms++) {
    now += 1;
    for (let i = 0; i < FLOOD_PER_SECOND / 1000; i++) await send(random.word());
    for (let owed = (CLIENTS * perSecond) / 1000 + random.unit(); owed >= 1; owed--) {
      sent += 1;
      if ((await send(0xc6120007 + (Math.floor(random.unit() * CLIENTS) << 8))) === null) passed += 1;
    }
  }
  return { sent, passed, owners: new Set(limiters.asks.map(({ name }) => name)).size };
}

describe("good clients under a flood of new addresses", () => {
  it.each([0.5, 2])("are served, whose owners cannot all be asked, at %d requests a second", async (perSecond) => {
    const { sent, passed, owners } = await underFlood(perSecond);
    expect(passed / sent).toBeGreaterThan(0.999);
    expect(owners).toBeLessThanOrEqual(2 * LOOK_UPS_PER_SECOND + LOOK_UPS_PER_SECOND * SECONDS);
  });
});
