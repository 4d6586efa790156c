import { randomBytes } from "node:crypto";
import { z } from "zod";
import { totpCode } from "../../src/auth/totp.ts";
import { readJson, type StateDir, writeJson } from "./state-dir.ts";

const TIMEOUT_MS = 10_000;
const ADMIN = "admin";
const MACHINE = "local";

const credentialsSchema = z.object({ url: z.string(), token: z.string() });

/**
 * The token of the local world's machine, which may do everything. Where the directory has none that is good, the admin
 * is made, or made anew, by the door that a deployment has for its first one, and makes the token as any admin would.
 * What the admin signs in with is left in `admin.json`.
 */
export async function localToken(url: string, stateDir: StateDir, adminToken: string): Promise<string> {
  const kept = readJson(stateDir.credentials, credentialsSchema)?.token;
  if (kept !== undefined && (await call(url, kept, "GET", "/principals/me")).ok) return kept;
  const session = await signInAsAdmin(url, stateDir, adminToken);
  const principal = (await findMachine(url, session)) ?? (await makeMachine(url, session));
  const wanted = { principal, name: "npm start", stepUpExempt: true, ttlSeconds: TOKEN_SECONDS };
  const { token } = await read(z.object({ token: z.string() }), call(url, session, "POST", "/tokens", wanted));
  await call(url, session, "DELETE", "/sessions/current");
  return token;
}

/** A start after that makes a new one. */
const TOKEN_SECONDS = 366 * 86_400;

const bootstrapSchema = z.object({
  totp: z.object({ secret: z.string(), uri: z.string() }),
  recoveryCodes: z.array(z.string()),
});
const sessionSchema = z.object({ token: z.string() });

async function signInAsAdmin(url: string, stateDir: StateDir, adminToken: string): Promise<string> {
  const password = randomBytes(18).toString("base64url");
  const wanted = { name: ADMIN, password };
  const made = await read(bootstrapSchema, call(url, adminToken, "POST", "/principals/bootstrap", wanted));
  const { secret, uri } = made.totp;
  writeJson(stateDir.admin, { ...wanted, totpSecret: secret, totpUri: uri, recoveryCodes: made.recoveryCodes }, 0o600);
  const code = totpCode(secret, Date.now());
  const { token } = await read(sessionSchema, call(url, null, "POST", "/sessions", { ...wanted, code }));
  return token;
}

const principalsSchema = z.object({
  items: z.array(z.object({ id: z.string(), name: z.string(), kind: z.string() })),
  cursor: z.string().optional(),
});

async function findMachine(url: string, session: string): Promise<string | null> {
  for (let query = ""; ; ) {
    const page = await read(principalsSchema, call(url, session, "GET", `/principals${query}`));
    const found = page.items.find(({ name, kind }) => name === MACHINE && kind === "machine");
    if (found) return found.id;
    if (page.cursor === undefined) return null;
    query = `?cursor=${encodeURIComponent(page.cursor)}`;
  }
}

async function makeMachine(url: string, session: string): Promise<string> {
  const wanted = { name: MACHINE, kind: "machine", roles: [{ role: "admin" }] };
  const { id } = await read(z.object({ id: z.string() }), call(url, session, "POST", "/principals", wanted));
  return id;
}

async function read<T>(schema: z.ZodType<T>, asked: Promise<Response>): Promise<T> {
  const response = await asked;
  const text = await response.text();
  if (!response.ok) throw new Error(`the control plane lets nobody in: ${response.status} ${text}`);
  return schema.parse(JSON.parse(text));
}

function call(url: string, token: string | null, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
}
