import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Call, createCall } from "../../../../src/adapters/cloudflare-api/client.ts";
import { carryOut, findZone, listRecords } from "../../../../src/adapters/cloudflare-api/dns-records.ts";
import { explainApiFailure } from "../../../../src/adapters/cloudflare-api/envelope.ts";
import { planSync } from "../../../../src/dns/sync/plan.ts";
import type { PlainRecord } from "../../../../src/dns/sync/record.ts";
import { FakeCloudflare, type FakeLimits } from "../../../fakes/cloudflare-api.ts";

const ZONE = "0123456789abcdef0123456789abcdef";
const TOKEN = "a-token";

let api: FakeCloudflare;
let url: string;
let paused: number[];

beforeEach(() => start());
afterEach(() => api.close());

async function start(limits: Partial<FakeLimits> = {}): Promise<void> {
  api = new FakeCloudflare({ id: ZONE, name: "novacron.io" }, TOKEN, limits);
  url = await api.listen();
  paused = [];
}

const callWith = (token = TOKEN, at = url): Call =>
  createCall({
    url: at,
    token,
    fetch: (request) => fetch(request),
    pause: async (ms) => {
      paused.push(ms);
      api.now += ms;
    },
  });

const records: readonly PlainRecord[] = [
  ["novacron.io", "A", "192.0.2.1"],
  ["novacron.io", "AAAA", "2001:db8::1"],
  ["novacron.io", "MX", "10 mail.novacron.io"],
  ["novacron.io", "TXT", '"v=spf1 include:\\"x\\" -all"'],
  ["novacron.io", "CAA", '0 issue "letsencrypt.org"'],
  ["novacron.io", "HTTPS", "1 . alpn=h2,h3"],
  ["www.novacron.io", "CNAME", "novacron.io"],
  ["_sip._tcp.novacron.io", "SRV", "0 5 5060 sip.novacron.io"],
  ["child.novacron.io", "NS", "ns.child.example"],
  ["child.novacron.io", "DS", "12345 13 2 49fd46e6c4b45c55d4ac69cbd3cd34ac1afe51de"],
  ["9.novacron.io", "PTR", "a.novacron.io"],
].map(([name = "", type = "", value = ""]) => ({ name, type, value, ttlSeconds: 300 }));

async function sync(wanted: readonly PlainRecord[], call = callWith()) {
  const present = await listRecords(call, ZONE);
  if (!present.ok) throw new Error(explainApiFailure(present.error));
  return carryOut(call, ZONE, planSync(wanted, present.value).changes);
}

describe("a zone at Cloudflare", () => {
  it("is found by its name", async () => {
    expect(await findZone(callWith(), "novacron.io")).toEqual({ ok: true, value: ZONE });
    expect(await findZone(callWith(), "other.io")).toEqual({ ok: true, value: null });
  });

  it("takes records of every type, and has them as they were written", async () => {
    expect(await sync(records)).toEqual({ done: records.length, failure: null });
    const present = await listRecords(callWith(), ZONE);
    expect(present).toMatchObject({ ok: true, value: { length: records.length } });
    expect(planSync(records, present.ok ? present.value : [])).toMatchObject({ changes: [], kept: records.length });
    expect(
      [...api.zone.records.values()].every(({ comment, proxied }) => comment?.startsWith("novacron:") && !proxied),
    ).toBe(true);
  });

  it("is listed page by page", async () => {
    for (let i = 0; i < 2500; i++) api.add({ name: `n${i}.novacron.io`, type: "A", content: "192.0.2.1" });
    const listed = await listRecords(callWith(), ZONE);
    expect(listed.ok && new Set(listed.value.map(({ name }) => name)).size).toBe(2500);
    expect(api.calls).toHaveLength(3);
  });

  it("is changed by one call where one change is due, and by batches of 200 where more are", async () => {
    const many = Array.from(
      { length: 450 },
      (_, i): PlainRecord => ({ name: `n${i}.novacron.io`, type: "A", ttlSeconds: 60, value: "192.0.2.1" }),
    );
    await sync(many);
    await sync(many.slice(1));
    await sync([{ ...(many[1] as PlainRecord), ttlSeconds: 120 }, ...many.slice(2)]);
    await sync([...many.slice(2), many[1] as PlainRecord]);
    const changing = api.calls.filter((call) => !call.startsWith("GET"));
    const path = `/zones/${ZONE}/dns_records`;
    expect(changing.slice(0, 3)).toEqual(new Array(3).fill(`POST ${path}/batch`));
    expect(changing.slice(3).map((call) => call.replace(/[0-9a-f]{32}$/, "ID"))).toEqual([
      `DELETE ${path}/ID`,
      `PUT ${path}/ID`,
      `PUT ${path}/ID`,
    ]);
  });

  it("keeps what others have written, proxied and commented", async () => {
    api.add({ name: "shop.novacron.io", type: "A", content: "198.51.100.1", proxied: true, comment: "the shop" });
    await sync(records);
    await sync([]);
    expect([...api.zone.records.values()]).toMatchObject([{ name: "shop.novacron.io", comment: "the shop" }]);
  });

  it("is changed whole or not at all by a batch", async () => {
    const stranger = api.add({ name: "a.novacron.io", type: "CNAME", content: "b.novacron.io" });
    const changes = ["x", "a"].map((name) => ({
      kind: "create" as const,
      record: { name: `${name}.novacron.io`, type: "A", ttlSeconds: 60, value: "192.0.2.1" },
    }));
    const { done, failure } = await carryOut(callWith(), ZONE, changes);
    expect(done).toBe(0);
    expect(failure && explainApiFailure(failure)).toBe(
      "Cloudflare refuses (400): An A, AAAA, or CNAME record with that host already exists. [81053]",
    );
    expect([...api.zone.records.values()]).toEqual([stranger]);
  });
});

describe("the API's moods", () => {
  it("are waited out where it says that it takes no more calls for a while", async () => {
    await api.close();
    await start({ calls: 3, windowSeconds: 300 });
    const call = callWith();
    for (let i = 0; i < 5; i++) expect(await findZone(call, "novacron.io")).toMatchObject({ ok: true });
    expect(paused).toEqual([300_000]);
  });

  it("are not waited out for longer than its limit lasts", async () => {
    await api.close();
    await start({ calls: 0, windowSeconds: 3600 });
    const refused = await findZone(callWith(), "novacron.io");
    expect(refused).toMatchObject({ ok: false, error: { kind: "rate-limited", retryAfterSeconds: 3600 } });
    expect(paused).toEqual([]);
  });

  it("are met by trying again, a little later each time", async () => {
    api.failures = 3;
    expect(await findZone(callWith(), "novacron.io")).toMatchObject({ ok: true });
    expect(paused).toEqual([500, 1000, 2000]);
    api.failures = 4;
    expect(await findZone(callWith(), "novacron.io")).toMatchObject({ error: { kind: "bad-reply", status: 502 } });
  });

  it("are not met by creating twice what may have been created", async () => {
    api.failures = 1;
    const [record] = records as [PlainRecord];
    expect(await carryOut(callWith(), ZONE, [{ kind: "create", record }])).toMatchObject({
      done: 0,
      failure: { kind: "bad-reply" },
    });
    expect(paused).toEqual([]);
  });

  it.each([
    [
      "a token that is none",
      () => findZone(callWith("wrong"), "novacron.io"),
      /^Cloudflare refuses \(403\): Invalid access token \[9109\]$/,
    ],
    [
      "a zone that is none",
      () => listRecords(callWith(), "f".repeat(32)),
      /^Cloudflare refuses \(404\): Could not route/,
    ],
    [
      "nobody there",
      () => findZone(callWith(TOKEN, "http://127.0.0.1:9/client/v4"), "novacron.io"),
      /^Cloudflare's API cannot be reached: /,
    ],
  ])("say what is wrong: %s", async (_name, ask, words) => {
    const reply = await ask();
    expect(reply.ok ? "" : explainApiFailure(reply.error)).toMatch(words);
  });
});
