import { timingSafeEqual } from "node:crypto";
import { describe, expect, it } from "vitest";
import { MAX_PROBE_COUNT, MAX_PROBE_TARGETS, probeReplySchema } from "../../../src/latency-matrix/probe-message.ts";
import { MAX_PROBE_BODY_BYTES, type Probing } from "../../../workers/region-node/probe.ts";
import { aNode } from "./a-node.ts";

const TOKEN = "a-token-of-at-least-32-characters!";
const tokyo = { region: "ap-northeast-1", url: "http://tokyo.test" };
const london = { region: "eu-west-2", url: "http://london.test" };

/** What a target does with one request: how long it takes, and what it answers after that. */
interface Conduct {
  readonly ms: number;
  readonly answer?: () => Response;
}

const well = () => new Response("ok");

/** A node among others, under a clock that only requests move. The last conduct of a target goes on. */
function aProber(conducts: Readonly<Record<string, readonly Conduct[]>>, token: string | null = TOKEN) {
  let clock = 0;
  const requests: { readonly url: string; readonly headers: Record<string, string>; readonly redirect: string }[] = [];
  const asked = new Map<string, number>();
  const fetch: Probing["fetch"] = async (url, { headers, redirect }) => {
    requests.push({ url, headers, redirect });
    const { origin } = new URL(url);
    const turn = asked.get(origin) ?? 0;
    asked.set(origin, turn + 1);
    const conduct = conducts[origin]?.[turn] ?? conducts[origin]?.at(-1);
    if (!conduct) throw new TypeError("fetch failed");
    clock += conduct.ms;
    return (conduct.answer ?? well)();
  };
  const sameBytes: Probing["sameBytes"] = (a, b) => timingSafeEqual(new Uint8Array(a), new Uint8Array(b));
  const probing = token === null ? null : { token, sameBytes, fetch };
  const { ask } = aNode({ now: () => clock, probing });
  const order = (body: unknown, headers: Record<string, string> = {}) =>
    ask("/probe", {
      method: "POST",
      headers: { Authorization: `Bearer ${TOKEN}`, ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const results = async (body: unknown) => probeReplySchema.parse(await (await order(body)).json()).results;
  return { ask, order, results, requests };
}

const timedOut = () => {
  throw new DOMException("The operation was aborted due to timeout", "TimeoutError");
};
const refusing = () => {
  throw new TypeError("fetch failed");
};

describe("/probe", () => {
  it("measures so many round trips; the first request opens the connection and does not count", async () => {
    const { results, requests } = aProber({
      "http://tokyo.test": [{ ms: 300 }, { ms: 150 }, { ms: 152 }, { ms: 151 }],
    });
    expect(await results({ targets: [tokyo], count: 3 })).toEqual([
      { region: "ap-northeast-1", samples: [150, 152, 151], lost: 0 },
    ]);
    expect(requests).toHaveLength(4);
    expect(requests[0]).toEqual({
      url: "http://tokyo.test/healthz",
      headers: { "user-agent": "novacron-probe/1" },
      redirect: "manual",
    });
  });

  it("takes off the time that the target says it took itself", async () => {
    const answer = () => new Response("ok", { headers: { "Server-Timing": "node;dur=30.5" } });
    const { results } = aProber({ "http://tokyo.test": [{ ms: 180.5, answer }] });
    expect(await results({ targets: [tokyo], count: 2 })).toMatchObject([{ samples: [150, 150] }]);
  });

  it("asks each target at its own path, and says from which colo", async () => {
    const { order, requests } = aProber({ "http://tokyo.test": [{ ms: 1 }], "http://london.test": [{ ms: 1 }] });
    await order({ colo: "IAD", targets: [tokyo, { ...london, healthPath: "/up?deep=0" }], count: 1 });
    expect(new Set(requests.map(({ url }) => url))).toEqual(
      new Set(["http://tokyo.test/healthz", "http://london.test/up?deep=0"]),
    );
    for (const { headers } of requests) expect(headers["x-novacron-colo"]).toBe("IAD");
  });

  it.each<[string, readonly Conduct[], object]>([
    [
      "refuses: it is given up after three",
      [{ ms: 1, answer: refusing }],
      { samples: [], lost: 3, error: "connection failed" },
    ],
    ["is silent", [{ ms: 1000, answer: timedOut }], { samples: [], lost: 3, error: "timed out after 1000 ms" }],
    [
      "is ill",
      [{ ms: 5, answer: () => new Response("down", { status: 503 }) }],
      { samples: [], lost: 3, error: "status 503" },
    ],
    [
      "claims all of the time for itself",
      [{ ms: 5, answer: () => new Response("ok", { headers: { "Server-Timing": "node;dur=5" } }) }],
      { samples: [], lost: 3, error: "took longer itself than the round trip" },
    ],
    [
      // The answer after the loss opens the connection again.
      "loses one on the way",
      [{ ms: 300 }, { ms: 100 }, { ms: 1000, answer: timedOut }, { ms: 300 }, { ms: 101 }],
      { samples: [100, 101, 101, 101], lost: 1, error: "timed out after 1000 ms" },
    ],
  ])("a target that %s", async (_, conduct, expected) => {
    const { results } = aProber({ "http://tokyo.test": conduct, "http://london.test": [{ ms: 9 }] });
    const found = await results({ targets: [tokyo], count: 5 });
    expect(found).toEqual([{ region: "ap-northeast-1", ...expected }]);
  });

  it("answers in the order of the targets, whatever one of them does", async () => {
    const { results } = aProber({ "http://london.test": [{ ms: 9 }] });
    expect(await results({ targets: [tokyo, london], count: 2 })).toMatchObject([
      { region: "ap-northeast-1", lost: 2 },
      { region: "eu-west-2", samples: [9, 9] },
    ]);
  });

  it("begins no request after six seconds, and answers with what it has", async () => {
    const { results, requests } = aProber({ "http://tokyo.test": [{ ms: 900 }] });
    const [found] = await results({ targets: [tokyo], count: 20 });
    expect(found).toEqual({ region: "ap-northeast-1", samples: Array(6).fill(900), lost: 0 });
    expect(requests).toHaveLength(7);
  });

  it("lets go of an answer without end", async () => {
    let cancelled = 0;
    const endless = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(1000)),
          cancel: () => void cancelled++,
        }),
      );
    const { results } = aProber({ "http://tokyo.test": [{ ms: 7, answer: endless }] });
    expect(await results({ targets: [tokyo], count: 1 })).toMatchObject([{ samples: [7] }]);
    expect(cancelled).toBe(2);
  });

  const order = { targets: [tokyo], count: 1 };

  it.each<[string, Record<string, string>]>([
    ["no token", { Authorization: "" }],
    ["another token", { Authorization: "Bearer another-token-of-32-characters!!" }],
    ["a longer token", { Authorization: `Bearer ${TOKEN}x` }],
    ["another scheme", { Authorization: `Basic ${TOKEN}` }],
    ["a proxy, by Forwarded", { Forwarded: "for=192.0.2.1" }],
    ["a proxy, by X-Forwarded-For", { "X-Forwarded-For": "192.0.2.1" }],
    ["the edge, by X-Novacron-Colo", { "X-Novacron-Colo": "FRA" }],
  ])("is for who bears the token and asks directly: not for %s", async (_, headers) => {
    const { order: send, requests } = aProber({ "http://tokyo.test": [{ ms: 1 }] });
    expect((await send(order, headers)).status).toBe(403);
    expect(requests).toEqual([]);
  });

  it("is for nobody where no token is set", async () => {
    expect((await aProber({}, null).order(order)).status).toBe(403);
  });

  const targets = (count: number) => Array.from({ length: count }, (_, i) => ({ ...tokyo, region: `region-${i}` }));

  it.each<[string, unknown, number, RegExp]>([
    ["no JSON", "{", 400, /not JSON/],
    ["no targets", { targets: [], count: 1 }, 400, /targets: /],
    ["too many targets", { targets: targets(MAX_PROBE_TARGETS + 1), count: 1 }, 400, /targets: /],
    ["no count", { targets: [tokyo] }, 400, /count: /],
    ["a count of 0", { ...order, count: 0 }, 400, /count: /],
    ["too high a count", { ...order, count: MAX_PROBE_COUNT + 1 }, 400, /count: /],
    ["too long a timeout", { ...order, timeoutMs: 5001 }, 400, /timeoutMs: /],
    ["another field", { ...order, method: "POST" }, 400, /method/],
    ["a colo that is none", { ...order, colo: "Dulles" }, 400, /colo: /],
    ["a region that is none", { targets: [{ ...tokyo, region: "Tokyo!" }], count: 1 }, 400, /targets\.0\.region: /],
    ["a URL that is none", { targets: [{ ...tokyo, url: "tokyo" }], count: 1 }, 400, /targets\.0\.url: /],
    ["another protocol", { targets: [{ ...tokyo, url: "file:///etc/passwd" }], count: 1 }, 400, /targets\.0\.url: /],
    ["a URL with a user", { targets: [{ ...tokyo, url: "http://a:b@c.test" }], count: 1 }, 400, /targets\.0\.url: /],
    ["a URL with a path", { targets: [{ ...tokyo, url: "http://c.test/admin" }], count: 1 }, 400, /targets\.0\.url: /],
    ["a path that is none", { targets: [{ ...tokyo, healthPath: "@c.test" }], count: 1 }, 400, /healthPath: /],
    ["too long a body", " ".repeat(MAX_PROBE_BODY_BYTES + 1), 413, /bytes/],
  ])("refuses %s, and asks nobody", async (_, body, status, detail) => {
    const { order: send, requests } = aProber({ "http://tokyo.test": [{ ms: 1 }] });
    const response = await send(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ detail: expect.stringMatching(detail) });
    expect(requests).toEqual([]);
  });

  it("is asked by POST, nothing else", async () => {
    const response = await aProber({}).ask("/probe", { headers: { Authorization: `Bearer ${TOKEN}` } });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it("does nothing on a node that is down by a fault", async () => {
    const { ask, order: send, requests } = aProber({ "http://tokyo.test": [{ ms: 1 }] });
    await ask("/fault", { method: "POST", body: JSON.stringify({ down: true }) });
    expect((await send(order)).status).toBe(503);
    expect(requests).toEqual([]);
  });
});
