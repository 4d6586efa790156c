import type { AuditPrincipal } from "../../src/audit/entry.ts";
import type { Account, Credential, Standing } from "../../src/auth/account.ts";
import { type Grant, narrow } from "../../src/auth/grant.ts";
import { grantsOf } from "../../src/auth/role.ts";
import { secretKind } from "../../src/auth/secret.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import type { Credentials } from "./auth/credentials.ts";
import { isCsrfToken, readSessionCookie } from "./auth/session-cookie.ts";
import type { ControlDeps } from "./deps.ts";
import type { Refusal } from "./refusal.ts";

/** Who makes a request. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  /** `access` is a person whom Cloudflare Access vouches for. */
  readonly kind: "person" | "machine" | "access";
  readonly grants: readonly Grant[];
  /** Unix milliseconds; `null` is never. */
  readonly secondFactorAt: number | null;
  readonly stepUpExempt: boolean;
  /** Id of the session or token, never its secret. */
  readonly credential: string;
  /** Networks from which it may come; empty is anywhere. */
  readonly allowlist: readonly string[];
}

/** Who has not said who they are. */
export const nobody: Principal = {
  id: "",
  name: "nobody",
  kind: "person",
  grants: [],
  secondFactorAt: null,
  stepUpExempt: false,
  credential: "",
  allowlist: [],
};

/**
 * The principal of a request: by its bearer token (RFC 6750), its session cookie, or Cloudflare Access, whichever
 * comes first. One that does not hold is not made good by another.
 */
export async function authenticate(
  request: Request,
  deps: ControlDeps,
  credentials: Credentials,
): Promise<Result<Principal, Refusal>> {
  const authorization = request.headers.get("Authorization");
  if (authorization !== null) return byBearer(authorization, credentials);
  const cookie = readSessionCookie(request.headers);
  if (cookie !== null) return byCookie(cookie, request, credentials);
  const jwt = request.headers.get("Cf-Access-Jwt-Assertion");
  return jwt === null || deps.access === null ? unauthenticated : byAccess(jwt, request, deps.access, deps.auth);
}

async function byBearer(authorization: string, credentials: Credentials): Promise<Result<Principal, Refusal>> {
  const secret = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? "";
  const kind = secretKind(secret);
  const credential = kind === null ? null : await credentials.find(kind, secret);
  if (credential === null) return unauthenticated;
  // A cookie's secret is no bearer's: what reads cookies could otherwise pass the check against forgery by.
  if (credential.kind === "session" && credential.session.transport !== "bearer") return unauthenticated;
  return ok(principalOf(credential));
}

async function byCookie(
  secret: string,
  request: Request,
  credentials: Credentials,
): Promise<Result<Principal, Refusal>> {
  const credential = secretKind(secret) === "session" ? await credentials.find("session", secret) : null;
  if (credential?.kind !== "session" || credential.session.transport !== "cookie") return unauthenticated;
  if (!isSafe(request.method) && !(await isCsrfToken(request.headers.get("X-CSRF-Token"), secret)))
    return err({ kind: "forged", by: toAudit(principalOf(credential)) });
  return ok(principalOf(credential));
}

async function byAccess(
  jwt: string,
  request: Request,
  access: NonNullable<ControlDeps["access"]>,
  { accounts }: ControlDeps["auth"],
): Promise<Result<Principal, Refusal>> {
  const email = await access(jwt);
  const standing = email === null ? null : await accounts.findByEmail(email);
  if (standing === null) return unauthenticated;
  const principal: Principal = {
    ...fromAccount(standing.account),
    kind: "access",
    grants: grantsOf(standing.account.roles, standing.roles),
    credential: "access",
  };
  // The assertion is made of a cookie, which browsers send whoever's page it is.
  if (!isSafe(request.method) && isForeign(request)) return err({ kind: "forged", by: toAudit(principal) });
  return ok(principal);
}

function principalOf(credential: Credential): Principal {
  const { account } = credential;
  switch (credential.kind) {
    case "session":
      return {
        ...fromAccount(account),
        grants: grantsOf(account.roles, credential.roles),
        secondFactorAt: credential.session.secondFactorAt,
        credential: credential.session.id,
      };
    case "token":
      return {
        ...fromAccount(account),
        grants: tokenGrants(credential),
        stepUpExempt: credential.token.stepUpExempt,
        credential: credential.token.id,
      };
  }
}

/** Who acted, as the audit log keeps it. */
export const toAudit = ({ id, name, kind, credential }: Principal): AuditPrincipal => ({ id, name, kind, credential });

function tokenGrants({ account, roles, token }: Standing & Extract<Credential, { kind: "token" }>): readonly Grant[] {
  const grants = grantsOf(account.roles, roles);
  if (token.limit === null) return grants;
  return grantsOf([token.limit], roles).flatMap((limit) => narrow(grants, limit));
}

const fromAccount = ({ id, name, kind, allowlist }: Account) => ({
  id,
  name,
  kind,
  secondFactorAt: null,
  stepUpExempt: false,
  allowlist,
});

const isSafe = (method: string) => method === "GET" || method === "HEAD" || method === "OPTIONS";

/** Whether a browser says that a page of elsewhere sends it (Fetch Metadata; older browsers have `Origin` alone). */
function isForeign({ headers, url }: Request): boolean {
  const site = headers.get("Sec-Fetch-Site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = headers.get("Origin");
  return origin !== null && origin !== new URL(url).origin;
}

const unauthenticated: Result<never, Refusal> = err({ kind: "unauthenticated" });
