import { bears } from "../bearer.ts";
import type { ControlDeps } from "./deps.ts";

/** Who makes a request. */
export interface Principal {
  readonly name: string;
  readonly role: "admin";
}

type Area = "table" | "weights" | "blacklist" | "allowlist" | "latency" | "health" | "routes";
type Action = "read" | "plan" | "write";

/** What a route needs, such as `weights:write`. */
export type Permission = `${Area}:${Action}`;

/** The principal that a request's bearer token (RFC 6750) stands for. */
export async function authenticate(request: Request, deps: ControlDeps): Promise<Principal | undefined> {
  const isAdmin = await bears(request.headers.get("Authorization"), deps.adminToken, deps.sameBytes);
  return isAdmin ? { name: "admin", role: "admin" } : undefined;
}

export function authorize(principal: Principal, _permission: Permission): boolean {
  switch (principal.role) {
    case "admin":
      return true;
  }
}
