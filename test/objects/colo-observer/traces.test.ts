import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import {
  MAX_A_SPAN,
  MAX_TRACE_CHARS,
  MAX_TRACES,
  SPAN_MS,
  TRACE_MAX_AGE_MS,
  Traces,
} from "../../../durable-objects/colo-observer/traces.ts";
import { coloObserver } from "../../../durable-objects/stubs.ts";
import { Random } from "../../../src/base/random.ts";
import { nowhere } from "../../../src/geo/place.ts";
import { RequestIds } from "../../../src/request/request-id.ts";
import type { Occasion, Trace } from "../../../src/telemetry/trace.ts";

const ids = new RequestIds(new Random([1, 2, 3]));

function trace(at: number, occasion: Occasion = "sampled", path = "/"): Trace {
  return {
    occasion,
    explanation: {
      requestId: ids.next("FRA", at),
      at,
      epoch: 1,
      stale: false,
      request: { method: "GET", host: "api.example.com", path, client: "203.0.113.0/24", place: { ...nowhere } },
      screening: { kind: "passed" },
      service: null,
      jurisdiction: null,
      permitted: [],
      plan: null,
      candidates: [],
      shield: null,
      draw: 0.5,
      bound: null,
      decision: { kind: "no-service" },
      course: null,
    },
    recorded: null,
  };
}

const many = (count: number, at: number, occasion: Occasion = "sampled"): Trace[] =>
  Array.from({ length: count }, () => trace(at, occasion));

const idOf = ({ explanation }: Trace): string => explanation.requestId ?? "";

/** The traces of an object by themselves, so that a test can set the time. */
const within = <T>(name: string, act: (traces: Traces, storage: DurableObjectStorage) => T): Promise<T> =>
  runInDurableObject(env.COLO_OBSERVER.getByName(name), (_, { storage }) => act(new Traces(storage), storage));

describe("the traces of a colo", () => {
  it("are found by their ids, and survive the object's memory", async () => {
    const now = Date.now();
    const [kept, never] = [trace(now), trace(now)];
    await coloObserver(env, "survives").keepTraces([kept], 3);
    await evictDurableObject(env.COLO_OBSERVER.getByName("survives"));
    expect(await coloObserver(env, "survives").findTrace(idOf(kept))).toEqual({ kind: "found", trace: kept });
    expect(await coloObserver(env, "survives").findTrace(idOf(never))).toEqual({ kind: "unknown", omitted: 3 });
    expect(await coloObserver(env, "survives").findTrace(ids.next("FRA", now - TRACE_MAX_AGE_MS - 1000))).toEqual({
      kind: "expired",
    });
  });

  it("come newest first, page by page", async () => {
    const now = Date.now();
    const occasions = ["sampled", "refused", "failed", "sampled", "refused"] as const;
    const traces = occasions.map((occasion, i) => trace(now - 5000 + i * 1000, occasion));
    const object = coloObserver(env, "pages");
    await object.keepTraces(traces, 0);
    const first = await object.listTraces({ limit: 2, before: null });
    expect(first.traces.map(idOf)).toEqual([idOf(traces[4] as Trace), idOf(traces[3] as Trace)]);
    const next = await object.listTraces({ limit: 9, before: idOf(traces[3] as Trace) });
    expect(next.traces.map(idOf)).toEqual(traces.slice(0, 3).reverse().map(idOf));
  });

  it("are bounded in number: the oldest go, and are told from those that never were", async () => {
    await within("bounded", (traces, storage) => {
      const start = Math.floor(Date.now() / SPAN_MS) * SPAN_MS - 60_000;
      const oldest = trace(start);
      traces.keep([oldest], 0, start);
      for (let second = 1; second <= 11; second++) {
        const at = start + second * 1000;
        traces.keep(many(800, at), 0, at);
      }
      const { n } = storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM traced").one();
      expect(n).toBeLessThanOrEqual(MAX_TRACES.sampled * 1.05);
      expect(n).toBeGreaterThanOrEqual(MAX_TRACES.sampled);
      expect(traces.find(idOf(oldest), start + 12_000)).toEqual({ kind: "expired" });
      expect(traces.find(ids.next("FRA", start + 11_000), start + 12_000)).toMatchObject({ kind: "unknown" });
    });
  });

  it("of a flood crowd out none of another occasion", async () => {
    await within("flooded", (traces) => {
      const start = Date.now() - 1_000_000;
      const [failed, sampled] = [trace(start, "failed"), trace(start)];
      const first = trace(start, "refused");
      traces.keep([first, failed, sampled], 0, start);
      for (let span = 1; span <= 12; span++) {
        const at = start + span * SPAN_MS;
        traces.keep(many(MAX_A_SPAN.refused, at, "refused"), 0, at);
      }
      const now = start + 13 * SPAN_MS;
      expect(traces.find(idOf(first), now)).toEqual({ kind: "expired" });
      for (const kept of [failed, sampled])
        expect(traces.find(idOf(kept), now)).toEqual({ kind: "found", trace: kept });
    });
  });

  it("are bounded in rate, failures and refusals the more so, and what is left out is counted", async () => {
    await within("rated", (traces) => {
      const now = Math.floor(Date.now() / SPAN_MS) * SPAN_MS;
      traces.keep([...many(200, now, "refused"), trace(now, "failed"), trace(now)], 5, now);
      const { traces: kept, omitted } = traces.page(500, null, now);
      expect(kept).toHaveLength(MAX_A_SPAN.refused + 2);
      expect(omitted).toBe(200 - MAX_A_SPAN.refused + 5);
      const later = now + SPAN_MS;
      traces.keep([trace(later - 1, "refused")], 0, later - 1);
      traces.keep([trace(later, "refused")], 0, later);
      expect(traces.page(500, null, later).traces).toHaveLength(MAX_A_SPAN.refused + 3);
    });
  });

  it("that were left out are known by the minute, for an hour, over the object's memory", async () => {
    const minute = 60_000;
    const start = Math.floor(Date.now() / minute) * minute;
    const omittedAt = (at: number) =>
      within("left out", (traces) => traces.find(ids.next("FRA", at), Math.max(at, start)));
    await within("left out", (traces) => {
      traces.keep([], 7, start);
      traces.keep([trace(start + 30_000, "sampled", "/".repeat(MAX_TRACE_CHARS))], 0, start + 30_000);
    });
    expect(await omittedAt(start)).toEqual({ kind: "unknown", omitted: 8 });
    expect(await omittedAt(start + 59_000)).toEqual({ kind: "unknown", omitted: 8 });
    // The edges' last word of a minute comes in the next.
    expect(await omittedAt(start - 5000)).toEqual({ kind: "unknown", omitted: 8 });
    expect(await omittedAt(start - 15_000)).toEqual({ kind: "unknown", omitted: 0 });
    expect(await omittedAt(start + minute)).toEqual({ kind: "unknown", omitted: 0 });
    await within("left out", (traces, { sql }) => {
      const later = start + TRACE_MAX_AGE_MS + 2 * minute;
      traces.keep([], 1, later);
      expect(traces.page(1, null, later).omitted).toBe(1);
      expect(sql.exec("SELECT * FROM omitted").toArray()).toHaveLength(1);
    });
  });

  it("of the three seconds between two flushes are taken in at once", async () => {
    await within("flush", (traces) => {
      const now = Math.floor(Date.now() / SPAN_MS) * SPAN_MS;
      traces.keep(many(3000, now), 0, now);
      traces.keep(many(50, now, "failed"), 0, now);
      traces.keep(many(50, now, "failed"), 0, now);
      expect(traces.page(1, null, now).omitted).toBe(0);
    });
  });

  it("are bounded in size, and have ids", async () => {
    await within("sized", (traces) => {
      const now = Date.now();
      const nameless = trace(now);
      traces.keep(
        [
          trace(now, "sampled", "/".repeat(MAX_TRACE_CHARS)),
          { ...nameless, explanation: { ...nameless.explanation, requestId: "x" } },
          { ...nameless, explanation: { ...nameless.explanation, requestId: null } },
        ],
        0,
        now,
      );
      expect(traces.page(500, null, now)).toEqual({ traces: [], omitted: 3 });
    });
  });

  it("end with their hour, also where nobody comes any more", async () => {
    const now = Date.now();
    const object = coloObserver(env, "quiet");
    await object.keepTraces([trace(now - TRACE_MAX_AGE_MS - 5000), trace(now)], 0);
    expect(await runDurableObjectAlarm(env.COLO_OBSERVER.getByName("quiet"))).toBe(true);
    await within("quiet", (_, storage) => {
      expect(storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM traced").one().n).toBe(1);
    });
    expect(
      await runInDurableObject(env.COLO_OBSERVER.getByName("quiet"), (_, { storage }) => storage.getAlarm()),
    ).not.toBeNull();
  });

  it("that another version has written and this one cannot read are passed over", async () => {
    await within("versions", (traces, storage) => {
      const now = Date.now();
      const [old, current] = [ids.next("FRA", now), trace(now)];
      storage.sql.exec("INSERT INTO traced (occasion, id, json) VALUES ('sampled', ?, ?)", old, '{"version":9}');
      traces.keep([{ ...current, novelty: 1 } as Trace], 0, now);
      expect(traces.find(old, now)).toEqual({ kind: "unknown", omitted: 0 });
      expect(traces.page(500, null, now).traces).toEqual([current]);
    });
  });
});
