import type { AuditPrincipal } from "../../src/audit/entry.ts";
import { judge } from "../../src/auth/admission.ts";
import { isAllowedFrom } from "../../src/auth/networks.ts";
import type { Ip } from "../../src/base/ip.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import type { Credentials } from "./auth/credentials.ts";
import type { ControlDeps } from "./deps.ts";
import { authenticate, nobody, type Principal, toAudit } from "./principal.ts";
import type { Refusal } from "./refusal.ts";
import type { Route } from "./route.ts";

/** Who asks, or why that is not known. */
export type Identity = Result<Principal, Refusal>;

/** Who asks, and whether anybody may ask from there. */
export async function identify(
  request: Request,
  address: Ip,
  requestId: string,
  deps: ControlDeps,
  credentials: Credentials,
): Promise<Identity> {
  try {
    if (!isAllowedFrom(await credentials.networks(), address)) return notAllowed(address, null);
    const identity = await authenticate(request, deps, credentials);
    if (!identity.ok || isAllowedFrom(identity.value.allowlist, address)) return identity;
    return notAllowed(address, toAudit(identity.value));
  } catch (cause) {
    const what = "the record of principals cannot be reached";
    deps.log({ level: "error", message: what, requestId, cause });
    return err({ kind: "unavailable", what });
  }
}

/** Who may carry out the operation; whoever asks may do what is for anyone. */
export function permit(identity: Identity, { permission, stepUp }: Route, now: number): Result<Principal, Refusal> {
  if (permission === "anyone") return identity.ok ? identity : ok(nobody);
  if (!identity.ok || permission === "oneself") return identity;
  const admission = judge(identity.value, { permission, isSensitive: stepUp === true }, now);
  switch (admission.kind) {
    case "admitted":
      return identity;
    case "forbidden":
      return err({ kind: "forbidden", permission });
    case "step-up":
    case "person-needed":
      return err(admission);
  }
}

const notAllowed = ({ text }: Ip, by: AuditPrincipal | null): Identity =>
  err({ kind: "address-not-allowed", address: text, by });
