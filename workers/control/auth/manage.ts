import type { Account } from "../../../src/auth/account.ts";
import { covers } from "../../../src/auth/grant.ts";
import { type Assignment, grantsOf } from "../../../src/auth/role.ts";
import type { Saved } from "../../../src/auth/store.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import { invalid } from "../field-errors.ts";
import { reach } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import type { Call } from "../route.ts";

/** Asks the store of principals. */
export const ask = <T>(call: Call, question: () => Promise<T>): Promise<Result<T, Refusal>> =>
  reach(call, "record of principals", question);

/** An account that the caller may manage: one that may do no more than the caller may. */
export async function manageable(call: Call, id: string): Promise<Result<Account, Refusal>> {
  const account = await ask(call, () => call.deps.auth.accounts.find(id));
  if (!account.ok) return account;
  if (account.value === null) return err({ kind: "absent", what: `principals/${id}` });
  const allowed = await mayGive(call, account.value.roles);
  return allowed.ok ? ok(account.value) : allowed;
}

/** Nobody gives a role that lets others do what they may not do themselves. */
export async function mayGive(call: Call, roles: readonly Assignment[]): Promise<Result<null, Refusal>> {
  const made = await ask(call, () => call.deps.auth.roles.list());
  if (!made.ok) return made;
  const unknown = roles.findIndex((each) => grantsOf([each], made.value).length === 0);
  if (unknown >= 0)
    return invalid([{ path: `/roles/${unknown}/role`, detail: `there is no role ${roles[unknown]?.role}` }]);
  return covers(call.principal.grants, grantsOf(roles, made.value)) ? ok(null) : err({ kind: "exceeds-grants" });
}

/** What became of a change to an account. */
export function savedOr(saved: Saved, what: string): Result<null, Refusal> {
  switch (saved) {
    case "saved":
      return ok(null);
    case "absent":
      return err({ kind: "absent", what });
    case "name-taken":
      return err({ kind: "exists", what: "a principal with this name or email" });
    case "last-admin":
      return err({ kind: "last-admin" });
    case "too-many":
      return err({ kind: "full", what: "principals" });
  }
}
