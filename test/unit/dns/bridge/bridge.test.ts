import { beforeEach, describe, expect, it } from "vitest";
import { Bridge, type BridgeOptions } from "../../../../scripts/dns-bridge/bridge.ts";
import { type Ip, parseIp } from "../../../../src/base/ip.ts";
import { FakeWorker } from "./fake-worker.ts";
import { A, fromBytes, type Message, opt, optionsOf, type Record, toBytes } from "./messages.ts";

const ECS = 8;
const COOKIE = 10;
const TC = 0x0200;

let worker: FakeWorker;
let bridge: Bridge;
let now: number;

beforeEach(() => {
  worker = new FakeWorker();
  now = 1000;
  bridge = bridgeWith({});
});

const bridgeWith = (options: Partial<BridgeOptions>) =>
  new Bridge({
    ask: worker.ask,
    cookieSecrets: [new Uint8Array(16)],
    now: () => now,
    unixSeconds: () => Math.floor(1_800_000_000 + now / 1000),
    ...options,
  });

interface Asking {
  readonly name?: string;
  readonly from?: string;
  readonly edns?: Record | null;
  readonly transport?: "udp" | "tcp";
  readonly to?: Bridge;
}

const query = (name: string, edns: Record | null = null) =>
  toBytes({ id: 7, flags: 0x0100, questions: [{ name, type: A }], additionals: edns ? [edns] : [] });

async function replyTo(bytes: Uint8Array, { from = "203.0.113.9", transport = "udp", to = bridge }: Asking = {}) {
  const reply = await to.reply(bytes, { ip: parseIp(from) as Ip, transport });
  return reply && { bytes: reply, ...fromBytes(reply) };
}

async function ask(asking: Asking = {}): Promise<Message & { readonly bytes: Uint8Array }> {
  const reply = await replyTo(query(asking.name ?? "geo.novacron.io", asking.edns), asking);
  if (!reply) throw new Error("there was silence");
  return reply;
}

const lastByte = ({ answers }: Message) => answers[0]?.data?.at(-1);
const subnet = (...bytes: number[]) => opt([[ECS, bytes]]);

describe("the client's subnet", () => {
  it.each([
    ["a v4 client as its /24", "203.0.113.9", null, [0, 1, 24, 0, 203, 0, 113]],
    ["a v6 client as its /56", "2001:db8:1:2ff::9", null, [0, 2, 56, 0, 0x20, 1, 0xd, 0xb8, 0, 1, 2]],
    ["a v4-mapped client as v4", "::ffff:203.0.113.9", null, [0, 1, 24, 0, 203, 0, 113]],
    ["the one that a resolver tells", "203.0.113.9", subnet(0, 1, 16, 0, 198, 51), [0, 1, 16, 0, 198, 51]],
    ["none of a client that opts out", "203.0.113.9", subnet(0, 1, 0, 0), [0, 1, 0, 0]],
    ["none of one that opts out without a family", "203.0.113.9", subnet(0, 0, 0, 0), [0, 0, 0, 0]],
  ])("tells the Worker %s", async (_name, from, edns, told) => {
    await ask({ from, edns });
    expect(worker.queries.map((sent) => optionsOf(sent)?.[ECS])).toEqual([told]);
  });

  it("is told back with its scope to those who told it, and to nobody else", async () => {
    expect(optionsOf(await ask({ edns: subnet(0, 1, 24, 0, 198, 51, 100) }))).toEqual({
      [ECS]: [0, 1, 24, 8, 198, 51, 100],
    });
    expect(optionsOf(await ask({ edns: opt() }))).toEqual({});
    expect(optionsOf(await ask())).toBeNull();
    expect(optionsOf(await ask({ edns: subnet(0, 1, 0, 0) }))).toEqual({ [ECS]: [0, 1, 0, 0] });
  });
});

describe("the cache", () => {
  it("counts TTLs down, and asks again when they are over", async () => {
    expect((await ask()).answers[0]?.ttl).toBe(300);
    now += 100_999;
    expect((await ask()).answers[0]?.ttl).toBe(200);
    now += 200_000;
    expect((await ask()).answers[0]?.ttl).toBe(300);
    expect(worker.queries).toHaveLength(2);
  });

  it("answers each client with the case in which it asked, its id and its RD", async () => {
    await ask({ name: "GEO.novacron.IO" });
    const reply = await replyTo(toBytes({ id: 9, questions: [{ name: "gEo.novacron.io", type: A }] }));
    expect(reply).toMatchObject({ id: 9, flags: 0x8400, questions: [{ name: "gEo.novacron.io" }] });
    expect(reply?.answers[0]?.name).toBe("gEo.novacron.io");
    expect(worker.queries.map(({ id, questions }) => [id, questions[0]?.name])).toEqual([[0, "geo.novacron.io"]]);
  });

  it.each([
    ["within the scope", 8, "203.9.9.9", 1],
    ["outside the scope", 8, "198.51.100.1", 2],
    ["anywhere, where the client does not matter", 0, "198.51.100.1", 1],
    ["in the next /24, where all 24 bits matter", 24, "203.0.112.9", 2],
    ["in the same /24, where more bits matter than it told", 28, "203.0.113.200", 1],
  ])("answers another client %s", async (_name, scope, from, asked) => {
    worker.scope = scope;
    await ask({ from: "203.0.113.9" });
    await ask({ from });
    expect(worker.queries).toHaveLength(asked);
  });

  it("keeps what a narrower subnet would change from those who tell one, and what opting out gave from everybody", async () => {
    worker.scope = 28;
    await ask();
    await ask({ edns: subnet(0, 1, 32, 0, 203, 0, 113, 9) });
    expect(worker.queries).toHaveLength(2);
    worker.scope = 0;
    await ask({ edns: subnet(0, 1, 0, 0) });
    await ask({ from: "192.0.2.1" });
    expect(worker.queries).toHaveLength(4);
  });

  it("prefers the narrower of two networks", async () => {
    worker.scope = 8;
    await ask({ edns: subnet(0, 1, 8, 0, 203) });
    worker.scope = 24;
    await ask({ edns: subnet(0, 1, 24, 0, 198, 51, 100) });
    expect(lastByte(await ask({ from: "198.51.100.7" }))).toBe(198);
    expect(lastByte(await ask({ from: "203.1.1.1" }))).toBe(203);
    expect(worker.queries).toHaveLength(2);
  });

  it("asks once for many who ask at once", async () => {
    await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(worker.queries).toHaveLength(1);
  });

  it("keeps answers with and without DNSSEC apart", async () => {
    await ask();
    await ask({ edns: opt([], { dnssecOk: true }) });
    expect(worker.queries).toHaveLength(2);
  });

  it("forgets all when the table has moved, and keeps nothing of a table before", async () => {
    await ask();
    worker.epoch = 2;
    await ask({ name: "plain.novacron.io" });
    await ask();
    expect(worker.queries).toHaveLength(3);
    worker.epoch = 1;
    await ask({ from: "192.0.2.1" });
    await ask({ from: "192.0.2.1" });
    expect(worker.queries).toHaveLength(5);
  });

  it("hears of a table that has moved though all is in the cache", async () => {
    await ask();
    worker.epoch = 2;
    await bridge.poll();
    expect(worker.queries).toHaveLength(1);
    now += 1000;
    await bridge.poll();
    expect(bridge.cache.size).toBe(0);
  });

  it("keeps nothing that the next may be answered otherwise", async () => {
    worker.mayKeep = false;
    await ask();
    await ask();
    expect(worker.queries).toHaveLength(2);
  });

  it("stays within its bytes, and lets go of what was not asked for the longest", async () => {
    bridge = bridgeWith({ cacheBytes: 4 * 1300 });
    for (let i = 0; i < 100; i++) {
      await ask({ name: `n${i}.novacron.io`, transport: "tcp" });
      await ask({ name: "plain.novacron.io", transport: "tcp" });
      expect(bridge.cache.bytes).toBeLessThanOrEqual(4 * 1300);
    }
    expect(bridge.cache.size).toBe(4);
    expect(worker.queries.filter(({ questions }) => questions[0]?.name === "plain.novacron.io")).toHaveLength(1);
  });
});

describe("when the Worker is not there", () => {
  it("says SERVFAIL to what it does not know", async () => {
    worker.isThere = false;
    expect((await ask()).flags & 0xf).toBe(2);
  });

  it("gives what has run out, for an hour, 30 s at a time", async () => {
    await ask();
    worker.isThere = false;
    now += 301_000;
    expect((await ask()).answers[0]?.ttl).toBe(30);
    now += 3_600_000;
    expect((await ask()).flags & 0xf).toBe(2);
  });

  it("asks again a second after it failed", async () => {
    await ask();
    worker.isThere = false;
    now += 301_000;
    await ask();
    worker.isThere = true;
    expect((await ask()).answers[0]?.ttl).toBe(30);
    now += 1000;
    expect((await ask()).answers[0]?.ttl).toBe(300);
  });
});

describe("what fits", () => {
  it.each([
    ["512 bytes where nothing is said", null, 512],
    ["no less than 512", opt([], { payload: 100 }), 512],
    ["no more than 1,232", opt([], { payload: 4096 }), 1232],
  ])("is %s", async (_name, edns, bytes) => {
    const reply = await ask({ name: "many.novacron.io", edns });
    expect(reply.flags & TC).toBe(TC);
    expect(reply.answers).toEqual([]);
    expect(reply.bytes.length).toBeLessThanOrEqual(bytes);
    expect(optionsOf(reply)).toEqual(edns && {});
    expect(await ask({ name: "glue.novacron.io", edns })).toMatchObject({ flags: 0x8500, answers: { length: 1 } });
  });

  it("is everything over TCP", async () => {
    const reply = await ask({ name: "many.novacron.io", transport: "tcp" });
    expect(reply.flags & TC).toBe(0);
    expect(reply.answers).toHaveLength(200);
  });

  it("leaves out what only helps before it cuts anything", async () => {
    expect((await ask({ name: "glue.novacron.io" })).additionals).toEqual([]);
    expect((await ask({ name: "glue.novacron.io", transport: "tcp" })).additionals).toHaveLength(60);
  });
});

describe("cookies", () => {
  const mine = [1, 2, 3, 4, 5, 6, 7, 8];

  it("are given here and not asked of the Worker", async () => {
    const cookie = optionsOf(await ask({ edns: opt([[COOKIE, mine]]) }))?.[COOKIE];
    expect(cookie?.slice(0, 8)).toEqual(mine);
    expect(cookie).toHaveLength(24);
    expect(optionsOf(worker.queries[0] as Message)).toEqual({ [ECS]: expect.anything() });
    expect(optionsOf(await ask())).toBeNull();
  });

  it.each([
    ["its own", "203.0.113.9", 0, "all"],
    ["another's", "203.0.113.10", 0, "few"],
    ["one of an hour ago", "203.0.113.9", 3_601_000, "few"],
  ])("%s: the rate limit lets through %s", async (_name, from, later, through) => {
    const cookie = optionsOf(await ask({ edns: opt([[COOKIE, mine]]) }))?.[COOKIE] ?? [];
    now += later;
    const edns = opt([[COOKIE, cookie]]);
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => replyTo(query("geo.novacron.io", edns), { from })),
    );
    const sent = replies.filter((reply) => reply && reply.answers.length > 0);
    expect(sent.length === 100).toBe(through === "all");
  });
});

describe("the rate limit", () => {
  const flood = async (name: (i: number) => string, asking: Asking = {}) => {
    const counts = { sent: 0, cut: 0, dropped: 0 };
    for (let i = 0; i < 400; i++) {
      const reply = await replyTo(query(name(i)), asking);
      counts[reply === null ? "dropped" : reply.flags & TC ? "cut" : "sent"]++;
    }
    return counts;
  };

  it.each([
    ["the same answer", () => "plain.novacron.io"],
    ["names that are not there", (i: number) => `x${i}.novacron.io`],
  ])("answers a flood of %s a little, and cuts half of the rest short", async (_name, name) => {
    expect(await flood(name)).toEqual({ sent: 20, cut: 190, dropped: 190 });
  });

  it("counts a network as one, and another apart", async () => {
    await flood(() => "plain.novacron.io");
    expect(await flood(() => "plain.novacron.io", { from: "203.0.113.77" })).toMatchObject({ sent: 0 });
    expect(await ask({ name: "plain.novacron.io", from: "203.0.114.9" })).toMatchObject({ answers: { length: 1 } });
  });

  it("forgives whoever pauses", async () => {
    await flood(() => "plain.novacron.io");
    now += 20_000;
    expect(await flood(() => "plain.novacron.io")).toMatchObject({ sent: 20 });
  });

  it.each([
    ["TCP", { transport: "tcp" }],
    ["this machine", { from: "127.0.0.1" }],
  ] as const)("is not for %s", async (_name, asking) => {
    expect(await flood(() => "plain.novacron.io", asking)).toEqual({ sent: 400, cut: 0, dropped: 0 });
  });

  it("counts all of a network's answers together, whatever their names", async () => {
    const to = bridgeWith({ rates: { records: 20, nothing: 1000, error: 20, all: 50 } });
    expect(await flood((i) => `x${i}.novacron.io`, { to })).toMatchObject({ sent: 50 });
  });
});

describe("what is no query", () => {
  it.each([
    ["fewer bytes than a header", Uint8Array.of(1, 2, 3)],
    ["an answer", toBytes({ flags: 0x8000, questions: [{ name: "a.b", type: A }] })],
  ])("is met with silence when it is %s", async (_name, bytes) => {
    expect(await replyTo(bytes)).toBeNull();
  });

  const plain = { id: 5, questions: [{ name: "geo.novacron.io", type: A }] };
  it.each([
    ["another opcode", toBytes({ ...plain, flags: 0x2800 }), 0xa804],
    ["two questions", toBytes({ ...plain, questions: [...plain.questions, ...plain.questions] }), 0x8001],
    ["no question", toBytes({ id: 5 }), 0x8001],
    ["a question that ends too early", toBytes(plain).slice(0, -3), 0x8001],
    ["bytes after its end", Uint8Array.from([...toBytes(plain), 0]), 0x8001],
    ["two OPT records", toBytes({ ...plain, additionals: [opt(), opt()] }), 0x8001],
    [
      "an option longer than its record",
      toBytes({ ...plain, additionals: [{ ...opt(), data: [0, 8, 0, 9, 1] }] }),
      0x8001,
    ],
    ["a cookie of 7 bytes", toBytes({ ...plain, additionals: [opt([[COOKIE, [1, 2, 3, 4, 5, 6, 7]]])] }), 0x8001],
    [
      "a subnet with bits after its prefix",
      toBytes({ ...plain, additionals: [subnet(0, 1, 23, 0, 203, 0, 113)] }),
      0x8001,
    ],
    ["a subnet with a scope", toBytes({ ...plain, additionals: [subnet(0, 1, 24, 24, 203, 0, 113)] }), 0x8001],
    ["a subnet of 33 bits", toBytes({ ...plain, additionals: [subnet(0, 1, 33, 0, 203, 0, 113, 9, 0)] }), 0x8001],
    ["a subnet with too few bytes", toBytes({ ...plain, additionals: [subnet(0, 1, 24, 0, 203, 0)] }), 0x8001],
    ["a subnet of no family", toBytes({ ...plain, additionals: [subnet(0, 3, 24, 0, 203, 0, 113)] }), 0x8001],
  ])("is refused when it has %s", async (_name, bytes, flags) => {
    expect(await replyTo(bytes)).toMatchObject({ id: 5, flags, answers: [] });
    expect(worker.queries).toEqual([]);
  });

  it("is refused with its question and EDNS, as far as they could be read", async () => {
    const both = toBytes({ ...plain, additionals: [opt([], { dnssecOk: true }), opt()] });
    const reply = await replyTo(both);
    expect(reply?.questions).toMatchObject([{ name: "geo.novacron.io", type: A }]);
    expect(reply?.additionals).toEqual([opt([], { dnssecOk: true })]);
    expect(reply?.bytes.length).toBeLessThan(both.length);
    const cut = await replyTo(toBytes(plain).slice(0, -3));
    expect([cut?.questions, cut?.additionals]).toEqual([[], []]);
  });

  it("is answered by the Worker when only its EDNS is of another version", async () => {
    await ask();
    const reply = await ask({ edns: opt([], { version: 1 }) });
    expect(reply.additionals).toMatchObject([{ ttl: 0x01000000 }]);
    expect((await ask()).answers).toHaveLength(1);
  });
});
