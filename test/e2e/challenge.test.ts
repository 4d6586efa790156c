import { existsSync } from "node:fs";
import { connect } from "node:net";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { change } from "./world/change.ts";
import { inFlightAt } from "./world/in-flight.ts";
import { startWorld, type World, waitFor } from "./world/world.ts";

const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isThere = existsSync(CHROMIUM);
// Past vitest, which keeps to itself what tests print that do not fail.
if (!isThere) process.stderr.write(`skipped: challenges in a browser; there is no ${CHROMIUM} (or CHROMIUM_PATH)\n`);

const REGION = "us-east-1";

describe("a service under attack", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ regions: [REGION] });
  });
  afterAll(() => world?.stop());

  const changeService = (service: object) => change(world, { services: { api: service } });

  /** With a browser, and the service at level `challenge` by a person's word. */
  async function challenged(run: (browser: Browser) => Promise<void>): Promise<void> {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    try {
      await changeService({ mitigation: { mode: "challenge" } });
      await run(browser);
      await changeService({ mitigation: { mode: "auto" } });
    } finally {
      await browser.close();
    }
  }

  it.skipIf(!isThere)("a browser solves the page and gets where it was going; programs get 429", () =>
    challenged(async (browser) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      const faults: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") faults.push(message.text());
      });
      page.on("pageerror", (error) => faults.push(String(error)));
      const first = await page.goto(`${world.edge}/echo?x=1#part`);
      expect(first?.status()).toBe(429);
      await page.locator("body", { hasText: "/echo?x=1" }).waitFor({ timeout: 60_000 });
      expect(page.url()).toBe(`${world.edge}/echo?x=1#part`);
      const echo = JSON.parse((await page.textContent("body")) ?? "") as {
        method: string;
        headers: Record<string, string>;
      };
      expect(echo.method).toBe("GET");
      // Of the challenge only: that its status is 429.
      expect(faults.filter((fault) => !fault.includes("429"))).toEqual([]);

      const cookies = await context.cookies();
      expect(cookies).toMatchObject([{ name: "novacron_clearance_api", httpOnly: true, sameSite: "Lax", path: "/" }]);
      expect(await page.evaluate("fetch('/echo').then(({ status }) => status)")).toBe(200);
      expect((await page.goto(`${world.edge}/echo?x=2`))?.status()).toBe(200);

      const cookie = `${cookies[0]?.name}=${cookies[0]?.value}`;
      for (const headers of [{}, { Cookie: cookie }]) {
        const refused = await world.get("/echo", { headers });
        expect(refused.status).toBe(429);
        expect(refused.headers.get("retry-after")).toBe("60");
        expect(refused.headers.get("content-type")).toBe("application/problem+json");
        expect(await refused.json()).toMatchObject({ type: "/problems/challenge-required" });
      }
      await context.close();
    }),
  );

  it.skipIf(!isThere)("a browser that keeps no cookies, or runs no script, is told so and does not come for ever", () =>
    challenged(async (browser) => {
      const context = await browser.newContext({ javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(`${world.edge}/echo`);
      expect(await page.textContent("noscript")).toContain("needs JavaScript");
      expect(await page.textContent("body")).toMatch(/Request id: [0-9a-f]{32}/);
      await context.close();

      const forgetful = await browser.newContext();
      const other = await forgetful.newPage();
      let loads = 0;
      other.on("response", (response) => {
        if (response.request().isNavigationRequest()) loads += 1;
      });
      // The cookie is lost on its way, as where a browser blocks all of them.
      await other.route("**/.well-known/novacron/challenge", async (route) => {
        const response = await route.fetch();
        const { "set-cookie": _, ...headers } = response.headers();
        await forgetful.clearCookies();
        await route.fulfill({ status: response.status(), headers });
        await forgetful.clearCookies();
      });
      await other.goto(`${world.edge}/echo`);
      await other.getByText("did not keep the cookie").waitFor({ timeout: 60_000 });
      expect(await other.getByRole("button", { name: "Try again" }).isVisible()).toBe(true);
      expect(loads).toBeLessThanOrEqual(4);
      await forgetful.close();
    }),
  );

  /** Writes a request, and then one part of its body after another; resolves with the status that comes. */
  async function upload(parts: Iterable<string>, everyMs: number): Promise<{ status: number; afterMs: number }> {
    const { hostname, port } = new URL(world.edge);
    const socket = connect(Number(port), hostname);
    const startedAt = performance.now();
    const answer = Promise.withResolvers<number>();
    let text = "";
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      if (status !== undefined) answer.resolve(Number(status));
    });
    socket.on("close", () => answer.resolve(0));
    socket.write(`POST /echo HTTP/1.1\r\nHost: ${hostname}:${port}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const iterator = parts[Symbol.iterator]();
    const timer = setInterval(() => {
      const { value, done } = iterator.next();
      if (done) clearInterval(timer);
      else socket.write(`${value.length.toString(16)}\r\n${value}\r\n`);
    }, everyMs);
    try {
      return { status: await answer.promise, afterMs: performance.now() - startedAt };
    } finally {
      clearInterval(timer);
      socket.destroy();
    }
  }

  const inFlight = () => inFlightAt(world, `${REGION}-a`);

  it("a body of unknown length that is too large is cut off, at the backend too", async () => {
    await changeService({ maxBodyBytes: 100_000 });
    const idle = await inFlight();
    const parts = Array.from({ length: 1000 }, () => "x".repeat(10_000));
    expect((await upload(parts, 5)).status).toBe(413);
    await waitFor(async () => (await inFlight()) <= idle, 10_000, "the end of the request at the backend");
    await changeService({ maxBodyBytes: 512_000_000 });
  });

  it("a body that drips is given up when the time of an upload is over, at the backend too", async () => {
    await changeService({ uploadTimeoutMs: 1000 });
    const idle = await inFlight();
    function* drips() {
      for (;;) yield "x";
    }
    const { status, afterMs } = await upload(drips(), 100);
    expect(status).toBe(504);
    expect(afterMs).toBeGreaterThanOrEqual(1000);
    await waitFor(async () => (await inFlight()) <= idle, 10_000, "the end of the request at the backend");
    await changeService({ uploadTimeoutMs: 300_000 });
  });
});
