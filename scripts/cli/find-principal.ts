import { err, ok, type Result } from "../../src/base/result.ts";
import { type PrincipalReply, principalSchema } from "../../workers/control/schema/principal.ts";
import type { Client } from "./client.ts";
import type { Failure } from "./failure.ts";

/** The principal with a name, in any case, or an id. */
export async function findPrincipal(client: Client, nameOrId: string): Promise<Result<PrincipalReply, Failure>> {
  const all = await client.list("/principals", principalSchema);
  if (!all.ok) return all;
  const found = all.value.find(({ id, name }) => id === nameOrId || name.toLowerCase() === nameOrId.toLowerCase());
  return found ? ok(found) : err({ kind: "unusable", detail: `there is no principal ${nameOrId}` });
}
