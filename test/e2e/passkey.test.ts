import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { checkReply } from "../openapi/check-reply.ts";
import { startWorld, type World } from "./world/world.ts";

const CHROMIUM = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const isThere = existsSync(CHROMIUM);
// Past vitest, which keeps to itself what tests print that do not fail.
if (!isThere) process.stderr.write(`skipped: passkeys in a browser; there is no ${CHROMIUM} (or CHROMIUM_PATH)\n`);

const adminSchema = z.object({ name: z.string(), password: z.string(), recoveryCodes: z.array(z.string()) });

interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it, and each says what it expects.
  readonly body: any;
}

describe.skipIf(!isThere)("a passkey in a real browser", () => {
  let world: World;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    world = await startWorld({ regions: ["us-east-1"] });
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
    page = await browser.newPage();
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    await devtools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    // A passkey belongs to a name, which an address is not.
    await page.goto(world.control.replace("127.0.0.1", "localhost"));
  });
  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  /** A request of the page itself, with its cookie. */
  const call = async (method: string, path: string, body?: unknown, csrfToken?: string): Promise<Reply> => {
    const { headers, ...reply } = await page.evaluate(
      async ([method, path, body, csrfToken]) => {
        const response = await fetch(`/api/v1${path}`, {
          method,
          headers: {
            ...(body === undefined ? {} : { "Content-Type": "application/json" }),
            ...(csrfToken === undefined ? {} : { "X-CSRF-Token": csrfToken }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        const headers = [...response.headers].map(([name, value]) => [name, value] as const);
        return { status: response.status, headers, body: text === "" ? null : JSON.parse(text) };
      },
      [method, path, body, csrfToken] as const,
    );
    checkReply(method, path, { ...reply, headers: new Headers(headers.map(([name, value]) => [name, value])) });
    return reply;
  };

  /** What the browser answers to options of ours: `create` makes a passkey, `get` uses one. */
  const credential = (verb: "create" | "get", options: unknown): Promise<unknown> =>
    page.evaluate(
      async ([verb, options]) => {
        // The DOM's types are not those of the tests.
        const { PublicKeyCredential, navigator } = globalThis as unknown as {
          PublicKeyCredential: Record<string, (options: unknown) => unknown>;
          navigator: { credentials: Record<string, (options: unknown) => Promise<{ toJSON(): unknown }>> };
        };
        const parse = verb === "create" ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
        const made = await navigator.credentials[verb]?.({ publicKey: PublicKeyCredential[parse]?.(options) });
        return made?.toJSON();
      },
      [verb, options] as const,
    );

  it("is made in a session, signs in alone, once, and is a second factor", async () => {
    const admin = adminSchema.parse(JSON.parse(readFileSync(join(world.stateDir, "admin.json"), "utf8")));
    const { name, password, recoveryCodes } = admin;
    const signedIn = await call("POST", "/sessions", {
      name,
      password,
      recoveryCode: recoveryCodes[0],
      transport: "cookie",
    });
    expect(signedIn).toMatchObject({ status: 201, body: { token: null, secondFactor: "used" } });
    const { csrfToken } = signedIn.body;

    const creation = await call("POST", "/passkeys/options", undefined, csrfToken);
    expect(creation).toMatchObject({ status: 200, body: { rp: { id: "localhost" }, user: { name } } });
    const registration = await credential("create", creation.body);
    const made = await call("POST", "/passkeys", { name: "laptop", response: registration }, csrfToken);
    expect(made).toMatchObject({ status: 201, body: { name: "laptop", lastUsedAt: null } });
    // Its challenge is used up.
    expect((await call("POST", "/passkeys", { name: "again", response: registration }, csrfToken)).status).toBe(401);
    expect((await call("DELETE", "/sessions/current", undefined, csrfToken)).status).toBe(204);
    expect((await call("GET", "/principals/me")).status).toBe(401);

    const request = await call("POST", "/sessions/passkey/options");
    expect(request.body.allowCredentials ?? []).toEqual([]);
    const response = await credential("get", request.body);
    const entered = await call("POST", "/sessions/passkey", { response, transport: "cookie" });
    expect(entered).toMatchObject({ status: 201, body: { principal: { name }, secondFactor: "used" } });
    expect((await call("POST", "/sessions/passkey", { response })).status).toBe(401);
    expect((await call("GET", "/principals/me")).body).toMatchObject({ name, kind: "person" });

    const again = await call("POST", "/sessions/passkey/options");
    const passkey = await credential("get", again.body);
    const stepped = await call("POST", "/sessions/step-up", { passkey }, entered.body.csrfToken);
    expect(stepped).toMatchObject({ status: 200, body: { secondFactorAt: expect.any(String) } });
  });

  it("of another site's options does not sign in", async () => {
    const request = await call("POST", "/sessions/passkey/options");
    const forged = { ...request.body, challenge: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
    const response = await credential("get", forged);
    expect((await call("POST", "/sessions/passkey", { response })).status).toBe(401);
  });
});
