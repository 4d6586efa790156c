import { describe, expect, it } from "vitest";
import { Bridge } from "../../../../scripts/dns-bridge/bridge.ts";
import { type Ip, parseIp } from "../../../../src/base/ip.ts";
import { Random } from "../../../../src/base/random.ts";
import { ok } from "../../../../src/base/result.ts";
import { FakeWorker } from "./fake-worker.ts";
import { A, opt, toBytes } from "./messages.ts";

const PACKETS = 30_000;
const client = { ip: parseIp("127.0.0.1") as Ip, transport: "udp" } as const;
const seeds = [
  toBytes({ id: 1, questions: [{ name: "geo.novacron.io", type: A }] }),
  toBytes({ questions: [{ name: "x.novacron.io", type: 28 }], additionals: [opt([[8, [0, 1, 24, 0, 203, 0, 113]]])] }),
  toBytes({ questions: [{ name: "", type: 255 }], additionals: [opt([[10, [1, 2, 3, 4, 5, 6, 7, 8]]])] }),
];

/** A few bytes changed, or the end cut off, or something added. */
function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  const below = (bound: number) => Math.floor(random.unit() * bound);
  const mutant = Uint8Array.from([...bytes, ...Array.from({ length: below(4) }, () => below(256))]);
  for (let i = below(6); i > 0; i--) mutant[below(mutant.length)] = below(256);
  return below(4) === 0 ? mutant.subarray(0, below(mutant.length + 1)) : mutant;
}

describe("damaged packets", () => {
  it("get an answer with their id, or none, and nothing is thrown", async () => {
    const random = new Random([5]);
    const worker = new FakeWorker();
    const bridge = new Bridge({
      ask: worker.ask,
      cookieSecrets: [new Uint8Array(16)],
      now: () => 0,
      unixSeconds: () => 0,
      cacheBytes: 100_000,
    });
    for (let i = 0; i < PACKETS; i++) {
      const packet = mutate(random, seeds[i % seeds.length] as Uint8Array);
      const reply = await bridge.reply(packet, client);
      if (reply) expect([...reply.subarray(0, 2)]).toEqual([...packet.subarray(0, 2)]);
    }
    expect(bridge.cache.bytes).toBeLessThanOrEqual(100_000);
    const { queries, refused, ignored } = bridge.counters;
    expect(queries + refused + ignored).toBe(PACKETS);
    expect(Math.min(queries, refused, ignored)).toBeGreaterThan(PACKETS / 100);
  });

  it("from the Worker are SERVFAIL to the client, or an answer, and nothing is thrown", async () => {
    const random = new Random([6]);
    const worker = new FakeWorker();
    const bridge = new Bridge({
      ask: async (query) => {
        const reply = await worker.ask(query);
        return reply.ok ? ok({ ...reply.value, bytes: mutate(random, reply.value.bytes), mayKeep: false }) : reply;
      },
      cookieSecrets: [new Uint8Array(16)],
      now: () => 0,
      unixSeconds: () => 0,
    });
    let failed = 0;
    for (let i = 0; i < PACKETS / 10; i++) {
      const reply = await bridge.reply(seeds[i % 2] as Uint8Array, client);
      if (((reply?.[3] ?? 0) & 0xf) === 2) failed += 1;
    }
    expect(failed).toBeGreaterThan(PACKETS / 100);
  });
});
