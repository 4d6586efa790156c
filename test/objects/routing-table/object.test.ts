import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { HealthMonitor } from "../../../durable-objects/health-monitor/object.ts";
import { decodeTable } from "../../../src/table/codec.ts";
import { seedTable } from "../../../src/table/seed.ts";

vi.spyOn(HealthMonitor.prototype, "ensureRunning").mockImplementation(async () => {});

it("applies", async () => {
  const table = env.ROUTING_TABLE.getByName("one");
  const options = { actor: { principal: "p", requestId: "r" }, summary: "s", ifEpoch: null };
  const applied = await table.apply(seedTable({ a: { region: "us-east-1", url: "http://127.0.0.1:1" } }), options);
  expect(applied.ok).toBe(true);
  await evictDurableObject(table);
  const s = await table.snapshot(null);
  expect(s.kind).toBe("table");
  if (s.kind === "table") expect(decodeTable(s.encoded).ok).toBe(true);
});
