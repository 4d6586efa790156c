import { describe, expect, it } from "vitest";
import { CHALLENGE_PATH } from "../../../workers/edge/challenge/page.ts";
import { EdgeWorld } from "./world.ts";

const regions = ["eu-central-1"];
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";
const HOST = "https://api.example.com";

/** With few bits, so that a test solves it at once. */
const start = (mitigation: object = {}) =>
  EdgeWorld.start(regions, {
    services: {
      api: { mitigation: { mode: "challenge", challenge: { kind: "proof-of-work", bits: 6 }, ...mitigation } },
    },
  });

/** A browser at an address, as it opens a page. */
class Browser {
  readonly headers: Record<string, string>;
  readonly host: string;

  constructor({ ip = "203.0.113.9", agent = FIREFOX, host = HOST, ...more }: Record<string, string> = {}) {
    this.host = host;
    this.headers = { "cf-connecting-ip": ip, "user-agent": agent, accept: "text/html,*/*;q=0.8", ...more };
  }

  open(world: EdgeWorld, path = "/", more: Record<string, string> = {}): Promise<Response> {
    return world.send(path, { headers: { ...this.headers, ...more } }, this.host);
  }

  submit(world: EdgeWorld, body: unknown, more: Record<string, string> = {}): Promise<Response> {
    const headers = { ...this.headers, accept: "*/*", "content-type": "application/json", ...more };
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return world.send(CHALLENGE_PATH, { method: "POST", headers, body: text }, this.host);
  }

  /** Opens a page and solves what comes. */
  async solve(world: EdgeWorld, path = "/"): Promise<{ token: string; solution: string }> {
    return solve(await (await this.open(world, path)).text());
  }

  async clear(world: EdgeWorld, path = "/"): Promise<string> {
    const response = await this.submit(world, await this.solve(world, path));
    expect(response.status).toBe(204);
    return pairOf(response);
  }
}

const pairOf = (response: Response): string => response.headers.get("set-cookie")?.split(";")[0] ?? "";
const attribute = (html: string, name: string) => new RegExp(`data-${name}="([^"]*)"`).exec(html)?.[1] ?? "";

async function solve(html: string, wrong = false): Promise<{ token: string; solution: string }> {
  const token = attribute(html, "token");
  const bits = Number(attribute(html, "bits"));
  const signature = token.split(".").at(-1) ?? "";
  for (let n = 0; n < 100_000; n++) {
    const text = new TextEncoder().encode(`${signature}.${n}`);
    const [first = 255] = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
    if (first < 2 ** (8 - bits) !== wrong) return { token, solution: String(n) };
  }
  throw new Error("no solution");
}

const problemOf = async (response: Response) => {
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.has("set-cookie")).toBe(false);
  expect(response.headers.has("location")).toBe(false);
  const { type, status } = (await response.json()) as { type: string; status: number };
  expect(status).toBe(response.status);
  return `${status} ${type.replace("/problems/", "")}`;
};

describe("a challenge", () => {
  it("is a page for a browser that opens one, and nothing reaches a backend", async () => {
    const world = await start();
    const response = await new Browser().open(world, "/a?b=<script>");
    expect(response.status).toBe(429);
    expect(world.asked).toEqual([]);
    const html = await response.text();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "retry-after": "60",
      "content-security-policy": expect.stringMatching(
        /^default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-[\w+/]{43}='; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      ),
    });
    expect(html.length).toBeLessThan(8000);
    expect(html).toContain("<b>api.example.com</b>");
    expect(html).toContain("<noscript>");
    expect(html).toContain(`Request id: ${response.headers.get("x-request-id")}`);
    expect(html).not.toContain("<script>\n<");
  });

  it("allows the page's own script and style, and no other", async () => {
    const response = await new Browser().open(await start());
    const policy = response.headers.get("content-security-policy");
    const html = await response.text();
    const hash = async (text: string | undefined) => {
      const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
      return `'sha256-${btoa(String.fromCharCode(...bytes))}'`;
    };
    expect(policy).toContain(`script-src ${await hash(/<script>([\s\S]*?)<\/script>/.exec(html)?.[1])};`);
    expect(policy).toContain(`style-src ${await hash(/<style>([\s\S]*?)<\/style>/.exec(html)?.[1])};`);
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toMatch(/\bon\w+="|style="|https?:\/\//);
  });

  it("is met by a solution: a cookie that clears the client, on this service", async () => {
    const world = await start();
    const browser = new Browser();
    const cleared = await browser.submit(world, await browser.solve(world, "/deep?x=1"));
    expect(cleared.status).toBe(204);
    expect(cleared.headers.get("set-cookie")).toMatch(
      /^novacron_clearance_api=\d+\.[\w-]{43}; Path=\/; Expires=[^;]+ GMT; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(cleared.headers.get("cache-control")).toBe("no-store");
    const cookie = pairOf(cleared);
    expect((await browser.open(world, "/deep?x=1", { cookie })).status).toBe(200);
    // What the page then asks for is no navigation.
    expect((await browser.open(world, "/data", { cookie: `a=b; ${cookie}`, accept: "*/*" })).status).toBe(200);
    expect((await browser.open(world, "/")).status).toBe(429);
  });

  it("sets no cookie that only HTTPS may carry where there is none", async () => {
    const world = await start();
    const browser = new Browser({ host: "http://api.example.com" });
    const cookie = (await browser.submit(world, await browser.solve(world))).headers.get("set-cookie");
    expect(cookie).toMatch(/SameSite=Lax$/);
  });

  it("is asked for again when the clearance is over, and not before", async () => {
    const world = await start({ clearanceSeconds: 600 });
    const browser = new Browser();
    const cookie = await browser.clear(world);
    world.now += 600_000;
    expect((await browser.open(world, "/", { cookie })).status).toBe(200);
    // The token's own time is the most that is added.
    world.now += 92_000;
    expect((await browser.open(world, "/", { cookie })).status).toBe(429);
  });

  it.each<[string, Record<string, string>, number]>([
    ["the same network", { ip: "203.0.113.200" }, 200],
    ["another network", { ip: "203.0.112.9" }, 429],
    ["a v6 network", { ip: "2001:db8::1" }, 429],
    ["another browser", { agent: `${FIREFOX}x` }, 429],
    ["no browser", { agent: "" }, 429],
  ])("of a client holds for %s: %s %i", async (_, other, status) => {
    const world = await start();
    const cookie = await new Browser().clear(world);
    expect((await new Browser(other).open(world, "/", { cookie })).status).toBe(status);
  });

  it("of a v6 client holds in its /48", async () => {
    const world = await start();
    const cookie = await new Browser({ ip: "2001:db8:7:1::1" }).clear(world);
    const open = async (ip: string) => (await new Browser({ ip }).open(world, "/", { cookie })).status;
    expect([await open("2001:db8:7:ffff::2"), await open("2001:db8:8::1")]).toEqual([200, 429]);
  });

  it("of one service is none of another", async () => {
    const world = await start();
    const mitigation = { mode: "challenge", challenge: { kind: "proof-of-work", bits: 6 } };
    await world.apply({ services: { shop: { hosts: ["shop.example.com"], policy: "latency", mitigation } } });
    const cookie = await new Browser().clear(world);
    const shop = new Browser({ host: "https://shop.example.com" });
    expect((await shop.open(world, "/", { cookie })).status).toBe(429);
    const renamed = cookie.replace("_api=", "_shop=");
    expect((await shop.open(world, "/", { cookie: renamed })).status).toBe(429);
    expect((await shop.open(world, "/", { cookie: await shop.clear(world) })).status).toBe(200);
  });

  it.each([
    ["later", (value: string) => value.replace(/=(\d+)/, (_, until) => `=${Number(until) + 1}`)],
    ["with another signature", (value: string) => value.replace(/.$/, (last) => (last === "A" ? "E" : "A"))],
    ["that is empty", () => "novacron_clearance_api="],
    ["that is garbage", () => "novacron_clearance_api=99999999999.!!!"],
    ["with a signature of affinity", () => `novacron_clearance_api=99999999999.${"A".repeat(43)}`],
  ])("a cookie %s clears nobody", async (_, forge) => {
    const world = await start();
    const browser = new Browser();
    const cookie = forge(await browser.clear(world));
    expect((await browser.open(world, "/", { cookie })).status).toBe(429);
  });
});

describe("who is not shown a page", () => {
  it.each<[string, string, Record<string, string>]>([
    ["curl", "GET", { accept: "*/*", "user-agent": "curl/8.5.0" }],
    ["a client that says nothing", "GET", { accept: "" }],
    ["a fetch of JSON", "GET", { accept: "application/json" }],
    ["a script that wants HTML", "GET", { accept: "text/html", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }],
    ["a frame", "GET", { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }],
    ["a form", "POST", { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }],
    ["HEAD", "HEAD", { accept: "text/html" }],
  ])("%s gets 429 and is told when to come again", async (_, method, more) => {
    const world = await start();
    const headers = { ...new Browser().headers, ...more };
    const response = await world.send("/", { method, headers }, HOST);
    expect(response.headers.get("retry-after")).toBe("60");
    if (method === "HEAD") expect(response.status).toBe(429);
    else expect(await problemOf(response)).toBe("429 challenge-required");
    expect(world.asked).toEqual([]);
  });

  it("a navigation by Fetch Metadata is one", async () => {
    const more = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    const response = await new Browser(more).open(await start());
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
  });
});

describe("a solution", () => {
  it("of another network, browser or host is refused", async () => {
    const world = await start();
    const solved = await new Browser().solve(world);
    for (const other of [{ ip: "203.0.112.9" }, { agent: "x" }, { host: "https://www.example.com" }])
      expect(await problemOf(await new Browser(other).submit(world, solved))).toBe("403 challenge-failed");
    expect((await new Browser({ ip: "203.0.113.1" }).submit(world, solved)).status).toBe(204);
  });

  it("that is wrong is refused, and the right one is taken afterwards", async () => {
    const world = await start();
    const browser = new Browser();
    const html = await (await browser.open(world)).text();
    expect(await problemOf(await browser.submit(world, await solve(html, true)))).toBe("403 challenge-failed");
    expect((await browser.submit(world, await solve(html))).status).toBe(204);
  });

  it("comes too late after a minute and a half", async () => {
    const world = await start();
    const browser = new Browser();
    const solved = await browser.solve(world);
    world.now += 91_000;
    const response = await browser.submit(world, solved);
    expect(await response.clone().text()).toContain("expired");
    expect(await problemOf(response)).toBe("403 challenge-failed");
  });

  it("is taken once, and another isolate gives the same cookie again", async () => {
    const world = await start();
    const browser = new Browser();
    const solved = await browser.solve(world);
    const first = await browser.submit(world, solved);
    world.now += 30_000;
    expect(await problemOf(await browser.submit(world, solved))).toBe("403 challenge-failed");
    const sibling = world.sibling();
    sibling.now = world.now;
    const second = await browser.submit(sibling, solved);
    expect(second.status).toBe(204);
    expect(second.headers.get("set-cookie")).toBe(first.headers.get("set-cookie"));
  });

  it.each([
    ["an easier task", (token: string) => token.replace(".p6.", ".p1.")],
    ["a longer time", (token: string) => token.replace(/^(\w+\.p6\.)(\d)/, "$19")],
    ["a longer clearance", (token: string) => token.replace(".1800.", ".86400.")],
    ["another service", (token: string) => token.replace(/^api/, "shop")],
    ["Turnstile", (token: string) => token.replace(".p6.", ".t.")],
  ])("of a token with %s is refused", async (_, forge) => {
    const world = await start();
    const browser = new Browser();
    const { token, solution } = await browser.solve(world);
    expect(forge(token)).not.toBe(token);
    expect(await problemOf(await browser.submit(world, { token: forge(token), solution }))).toBe(
      "403 challenge-failed",
    );
  });

  it.each<[string, (good: { token: string; solution: string }) => unknown, string]>([
    ["nothing", () => "", "400 bad-solution"],
    ["no JSON", () => "{", "400 bad-solution"],
    ["a list", () => [], "400 bad-solution"],
    ["no object", () => "null", "400 bad-solution"],
    ["no token", ({ solution }) => ({ solution }), "400 bad-solution"],
    ["a number", ({ token }) => ({ token, solution: 7 }), "400 bad-solution"],
    ["words", ({ token }) => ({ token, solution: "seven" }), "400 bad-solution"],
    ["too many digits", ({ token }) => ({ token, solution: "0".repeat(11) }), "400 bad-solution"],
    ["a token of garbage", ({ solution }) => ({ token: "x".repeat(100), solution }), "400 bad-solution"],
    ["no signature", ({ token, solution }) => ({ token: token.slice(0, -44), solution }), "400 bad-solution"],
    ["another host to go to", (good) => ({ ...good, redirect: "https://evil.example" }), "400 bad-solution"],
    ["a path to go to", (good) => ({ ...good, path: "//evil.example" }), "400 bad-solution"],
    ["more than a solution has", (good) => ({ ...good, x: "x".repeat(5000) }), "413 body-too-large"],
  ])("of %s is refused", async (_, make, expected) => {
    const world = await start();
    const browser = new Browser();
    expect(await problemOf(await browser.submit(world, make(await browser.solve(world))))).toBe(expected);
  });

  it("that is not text in UTF-8 or of another type is refused", async () => {
    const world = await start();
    const browser = new Browser();
    const solved = await browser.solve(world);
    expect(await problemOf(await browser.submit(world, solved, { "content-type": "text/plain" }))).toBe(
      "400 bad-solution",
    );
    const headers = { ...browser.headers, "content-type": "application/json" };
    const body = Uint8Array.of(0x7b, 0xff, 0x7d);
    expect(await problemOf(await world.send(CHALLENGE_PATH, { method: "POST", headers, body }, HOST))).toBe(
      "400 bad-solution",
    );
  });

  it("is posted", async () => {
    const response = await new Browser().open(await start(), `${CHALLENGE_PATH}?next=//evil.example`);
    expect(response.headers.get("allow")).toBe("POST");
    expect(await problemOf(response)).toBe("405 method-not-allowed");
  });

  it("is not taken from who is on the blacklist", async () => {
    const world = await start();
    const browser = new Browser();
    const solved = await browser.solve(world);
    await world.apply({ blacklist: { "203.0.113.9/32": { reason: "test", createdAt: 0, expiresAt: null } } });
    world.now += 10_000;
    expect(await problemOf(await browser.submit(world, solved))).toBe("403 blocked");
  });

  it("is checked so many times a client, and others still are", async () => {
    const world = await start();
    const browser = new Browser();
    const statuses = new Set<number>();
    for (let i = 0; i < 101; i++) statuses.add((await browser.submit(world, "{}")).status);
    expect([...statuses]).toEqual([400, 429]);
    await new Browser({ ip: "203.0.113.10" }).clear(world);
    world.now += 1000;
    await browser.clear(world);
  });
});

describe("Turnstile", () => {
  const turnstile = { challenge: { kind: "turnstile", siteKey: '0x4"AAA' } };
  const withTurnstile = async () => (await start(turnstile)).sibling("the-secret");
  const verifier = "challenges.cloudflare.com";

  it("is a page with Cloudflare's script, and its answer is verified by Cloudflare", async () => {
    const world = await withTurnstile();
    const browser = new Browser();
    const response = await browser.open(world);
    const html = await response.text();
    expect(html).toContain('data-sitekey="0x4&quot;AAA"');
    expect(html).toContain('<script src="https://challenges.cloudflare.com/turnstile/v0/api.js" async defer>');
    const policy = response.headers.get("content-security-policy");
    expect(policy).toMatch(/script-src 'sha256-[^']+' https:\/\/challenges\.cloudflare\.com;/);
    expect(policy).toContain("frame-src https://challenges.cloudflare.com;");
    const asked: string[] = [];
    world.handlers.set(verifier, async (request) => {
      asked.push(await request.text());
      return Response.json({ success: true, hostname: "api.example.com" });
    });
    const token = attribute(html, "token");
    const cleared = await browser.submit(world, { token, solution: "answer" });
    expect(cleared.status).toBe(204);
    expect(asked).toEqual(["secret=the-secret&response=answer&remoteip=203.0.113.9"]);
    expect((await browser.open(world, "/", { cookie: pairOf(cleared) })).status).toBe(200);
  });

  it.each<[string, () => Response | Promise<Response>, string]>([
    ["says no", () => Response.json({ success: false, "error-codes": ["x"] }), "403 challenge-failed"],
    [
      "says no with 400",
      () => Response.json({ success: false, "error-codes": ["x"] }, { status: 400 }),
      "403 challenge-failed",
    ],
    ["fails", () => new Response("x", { status: 500 }), "503 challenge-not-verifiable"],
    ["cannot be reached", () => Promise.reject(new Error("refused")), "503 challenge-not-verifiable"],
    ["says something else", () => Response.json({ ok: true }), "503 challenge-not-verifiable"],
    ["says no JSON", () => new Response("<html>"), "503 challenge-not-verifiable"],
    [
      "says far too much",
      () => Response.json({ success: true, x: "x".repeat(20_000) }),
      "503 challenge-not-verifiable",
    ],
  ])("that %s clears nobody", async (_, handler, expected) => {
    const world = await withTurnstile();
    const browser = new Browser();
    world.handlers.set(verifier, handler);
    const token = attribute(await (await browser.open(world)).text(), "token");
    expect(await problemOf(await browser.submit(world, { token, solution: "answer" }))).toBe(expected);
  });

  it("that never stops talking is not listened to for long", async () => {
    const world = await withTurnstile();
    const browser = new Browser();
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(32)),
      cancel() {
        isCancelled = true;
      },
    });
    world.handlers.set(verifier, () => new Response(endless));
    const token = attribute(await (await browser.open(world)).text(), "token");
    const answer = await browser.submit(world, { token, solution: "answer" });
    expect(await problemOf(answer)).toBe("503 challenge-not-verifiable");
    expect(isCancelled).toBe(true);
  });

  it("without a secret is a puzzle", async () => {
    const html = await (await new Browser().open(await start(turnstile))).text();
    expect(html).toContain('data-bits="16"');
    expect(html).not.toContain("cloudflare");
  });
});
