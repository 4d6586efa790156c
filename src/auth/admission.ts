import type { Grant } from "./grant.ts";
import type { Permission } from "./permission.ts";
import { reaches } from "./scope.ts";

/** A sensitive operation needs a second factor that was used no longer ago than this. */
export const STEP_UP_SECONDS = 300;

export interface Applicant {
  readonly kind: "person" | "machine" | "access";
  readonly grants: readonly Grant[];
  /** Unix milliseconds; `null` is never. Machines have no second factor. */
  readonly secondFactorAt: number | null;
  /** A machine of the local world, which nobody can be asked for a second factor in the name of. */
  readonly stepUpExempt: boolean;
}

export type Admission =
  | { readonly kind: "admitted" }
  /** The role does not allow it. */
  | { readonly kind: "forbidden" }
  /** A second factor must be used first. */
  | { readonly kind: "step-up" }
  /** A machine asks for what only a person with a second factor may do. */
  | { readonly kind: "person-needed" };

/**
 * Whether somebody may carry out an operation. The role comes first, so that nobody is asked for a factor in vain.
 * A person without a second factor may do nothing; who came through Cloudflare Access has used those that its policy
 * asks for, but nobody knows when.
 */
export function judge(
  who: Applicant,
  operation: { readonly permission: Permission; readonly isSensitive: boolean },
  now: number,
): Admission {
  if (!reaches(who.grants, operation.permission)) return { kind: "forbidden" };
  switch (who.kind) {
    case "machine":
      return operation.isSensitive && !who.stepUpExempt ? { kind: "person-needed" } : { kind: "admitted" };
    case "access":
      return operation.isSensitive ? { kind: "step-up" } : { kind: "admitted" };
    case "person":
      if (who.secondFactorAt === null) return { kind: "step-up" };
      return operation.isSensitive && !isFresh(who.secondFactorAt, now) ? { kind: "step-up" } : { kind: "admitted" };
  }
}

export const isFresh = (secondFactorAt: number | null, now: number): boolean =>
  secondFactorAt !== null && now - secondFactorAt <= STEP_UP_SECONDS * 1000;
