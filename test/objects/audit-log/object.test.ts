import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { KEPT_ENTRIES, SEGMENT } from "../../../durable-objects/audit-log/archive.ts";
import { auditRecord } from "../../fakes/audit-record.ts";
import { inspectLines, World } from "./world.ts";

const records = (count: number, requestId = "r") =>
  Array.from({ length: count }, (_, i) => auditRecord({ requestId: `${requestId}-${i}` }));

describe("one chain", () => {
  it("of 10,000 concurrent writes", async () => {
    const world = new World("concurrent");
    const log = world.api;
    const links = await Promise.all(records(10_000).map((record) => log.append([record])));
    expect(new Set(links.map(({ seq }) => seq)).size).toBe(10_000);
    expect(await world.inspect()).toMatchObject({ entries: 10_000, first: 1, last: 10_000, broken: null });
    const { entries } = await world.api.find({}, { limit: 1000, before: null });
    expect(new Set(entries.map(({ requestId }) => requestId)).size).toBe(1000);
  });

  it("that goes on after a restart", async () => {
    const world = new World("restart");
    await world.api.append(records(3));
    await evictDurableObject(world.stub);
    expect((await world.api.append(records(2))).seq).toBe(5);
    expect(await world.inspect()).toMatchObject({ entries: 5, broken: null });
  });

  it("to which a batch is added whole or not at all", async () => {
    const world = new World("whole");
    await world.api.append(records(1));
    const huge = auditRecord({ target: "x".repeat(200_000) });
    await runInDurableObject(world.stub, async (log) => {
      await expect(log.append([auditRecord(), huge])).rejects.toThrow(RangeError);
    });
    expect((await world.api.append(records(1))).seq).toBe(2);
    expect(await world.inspect()).toMatchObject({ entries: 2, broken: null });
  });
});

describe("what inspection finds of a row", () => {
  const swap = [
    "UPDATE entry SET seq = 100 WHERE seq = 3",
    "UPDATE entry SET seq = 3 WHERE seq = 4",
    "UPDATE entry SET seq = 4 WHERE seq = 100",
  ];
  it.each([
    [
      "an edited text",
      ["UPDATE entry SET text = replace(text, 'ann', 'bob') WHERE seq = 3"],
      { kind: "edited", seq: 3 },
    ],
    ["white space", ["UPDATE entry SET text = text || ' ' WHERE seq = 3"], { seq: 3 }],
    ["an edited hash", [`UPDATE entry SET hash = '${"0".repeat(64)}' WHERE seq = 3`], { kind: "edited", seq: 3 }],
    ["no JSON", ["UPDATE entry SET text = 'x' WHERE seq = 3"], { kind: "unreadable", seq: 3 }],
    ["a deleted one", ["DELETE FROM entry WHERE seq = 3"], { kind: "missing", seq: 3, until: 3 }],
    ["the first deleted", ["DELETE FROM entry WHERE seq = 1"], { kind: "missing", seq: 1 }],
    ["the last deleted", ["DELETE FROM entry WHERE seq = 5"], { kind: "truncated", seq: 5 }],
    ["two swapped", swap, { kind: "out-of-order", seq: 4, expected: 3 }],
    [
      "a copy",
      ["INSERT INTO entry SELECT 6, text, hash FROM entry WHERE seq = 3", "UPDATE head SET seq = 6"],
      { kind: "repeated", seq: 3 },
    ],
  ])("%s", async (name, statements, broken) => {
    const world = new World(`tampered: ${name}`);
    await world.api.append(records(5));
    for (const statement of statements) await world.exec(statement);
    await evictDurableObject(world.stub);
    expect((await world.inspect()).broken).toMatchObject(broken);
  });

  it("a last one that is gone, also when the log has gone on since", async () => {
    const world = new World("gone on");
    await world.api.append(records(3));
    await world.exec("DELETE FROM entry WHERE seq = 3");
    await evictDurableObject(world.stub);
    expect((await world.api.append(records(1))).seq).toBe(4);
    expect((await world.inspect()).broken).toMatchObject({ kind: "missing", seq: 3, until: 3 });
  });
});

describe("signed heads", () => {
  it("are kept hourly, in R2 too, and by a key that stays the same", async () => {
    const world = new World("heads");
    await world.api.append(records(3));
    await world.runAlarm();
    await world.api.append(records(2));
    await world.runAlarm();
    await evictDurableObject(world.stub);
    const { signed, live, publicKey } = await world.api.heads({ limit: 10, before: null });
    expect(signed.map(({ seq }) => seq)).toEqual([5, 3]);
    expect(live).toMatchObject({ seq: 5, publicKey });
    const copy = await env.SNAPSHOTS.get("audit/heads/000000000003.json");
    expect(await copy?.json()).toEqual(signed[1]);
    expect(await world.inspect()).toMatchObject({ heads: 2, signedUpTo: 5, keys: [publicKey], broken: null });
  });

  it("show a log that was written anew, hashes and all", async () => {
    const [world, other] = [new World("signed"), new World("written anew")];
    await world.api.append(records(3));
    await world.runAlarm();
    await other.api.append(records(3, "forged"));
    const [head = ""] = await world.lines();
    const forged = (await other.lines()).filter((line) => line.startsWith('{"entry"'));
    const found = await inspectLines([head, ...forged], null);
    expect(found.broken).toEqual({ kind: "rewritten", seq: 3 });
  });

  it("are not signed again while nothing is written", async () => {
    const world = new World("idle");
    await world.api.append(records(1));
    await world.runAlarm();
    await world.runAlarm();
    expect(await world.count("signed_head")).toBe(1);
  });
});

it("moves the oldest entries to R2, and the chain goes on", async () => {
  const world = new World("archive");
  const total = KEPT_ENTRIES + SEGMENT.entries;
  for (let written = 0; written < total; written += 1000) await world.api.append(records(1000));
  await world.runAlarm();
  expect([await world.count("entry"), await world.count("segment")]).toEqual([KEPT_ENTRIES, 1]);
  expect(await world.inspect()).toMatchObject({ entries: total, first: 1, broken: null });
  const part = await world.api.read(SEGMENT.entries - 1, total);
  expect(part.lines.split("\n")).toHaveLength(3);
  expect((await world.api.heads({ limit: 1, before: null })).archived.seq).toBe(SEGMENT.entries);

  const { objects } = await env.SNAPSHOTS.list({ prefix: "audit/segments/" });
  await env.SNAPSHOTS.delete(objects.map(({ key }) => key));
  expect((await world.inspect()).broken).toEqual({ kind: "missing", seq: 1, until: SEGMENT.entries });
});

describe("search", () => {
  it("narrows, newest first, page by page", async () => {
    const world = new World("search");
    const bob = { id: "p-2", name: "bob", kind: "machine", credential: "token-1" } as const;
    await world.api.append([
      auditRecord({ requestId: "1" }),
      auditRecord({ requestId: "2", principal: bob, target: "regions/eu-west-1", changes: [] }),
      auditRecord({ requestId: "3", result: { outcome: "refused", status: 412, reason: "stale" } }),
    ]);
    const found = async (filter: object) => {
      const { entries } = await world.api.find(filter, { limit: 10, before: null });
      return entries.map(({ requestId }) => requestId).join("");
    };
    expect(await found({})).toBe("321");
    expect(await found({ principal: "bob" })).toBe("2");
    expect(await found({ target: "regions" })).toBe("321");
    expect(await found({ target: "regions/us-east-1" })).toBe("31");
    expect(await found({ result: "refused" })).toBe("3");
    expect(await found({ until: 1 })).toBe("");
    const first = await world.api.find({}, { limit: 2, before: null });
    expect(first.next).toBe(2);
    expect((await world.api.find({}, { limit: 2, before: first.next })).entries).toMatchObject([{ requestId: "1" }]);
  });
});
