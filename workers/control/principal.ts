import type { ControlDeps } from "./deps.ts";

/** Who makes a request. */
export interface Principal {
  readonly id: string;
  readonly name: string;
  readonly kind: "person" | "machine" | "access";
  /** The id of the session or token, never its secret. */
  readonly credential: string;
  readonly role: "admin";
}

type Area = "table" | "weights" | "blacklist" | "allowlist" | "latency" | "health" | "audit";
type Action = "read" | "plan" | "write" | "export";

/** What a route needs, such as `weights:write`. */
export type Permission = `${Area}:${Action}`;

/** The principal that a request's bearer token (RFC 6750) stands for. */
export async function authenticate(request: Request, deps: ControlDeps): Promise<Principal | undefined> {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.get("Authorization") ?? "")?.[1];
  if (token === undefined) return undefined;
  // Hashes have one length, so that the comparison tells nothing about the token's.
  const [given, expected] = await Promise.all([sha256(token), sha256(deps.adminToken)]);
  return deps.sameBytes(given, expected) ? ADMIN : undefined;
}

const ADMIN: Principal = { id: "admin", name: "admin", kind: "machine", credential: "admin-token", role: "admin" };

export function authorize(principal: Principal, _permission: Permission): boolean {
  switch (principal.role) {
    case "admin":
      return true;
  }
}

const sha256 = (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
