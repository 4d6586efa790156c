import type { FieldErrorReply, ProblemReply } from "../../workers/control/schema/problem.ts";
import { printable } from "./columns.ts";
import { nextStep } from "./next-step.ts";

/** Why a command did not do what it was told. */
export type Failure =
  | { readonly kind: "no-credentials"; readonly path: string }
  | { readonly kind: "bad-credentials"; readonly path: string; readonly detail: string }
  /** Who had signed in has to do it again. */
  | { readonly kind: "session-over" }
  /** What has to be asked can be asked of nobody. */
  | { readonly kind: "no-terminal"; readonly what: string; readonly instead?: string }
  | { readonly kind: "unusable"; readonly detail: string }
  /** `isGiven` by NOVACRON_URL, and so no matter of the local world. */
  | { readonly kind: "unreachable"; readonly url: string; readonly detail: string; readonly isGiven: boolean }
  | { readonly kind: "timed-out"; readonly url: string; readonly timeoutMs: number; readonly mayHaveChanged: boolean }
  | { readonly kind: "refused"; readonly problem: ProblemReply }
  /** Something answers, though not the control API. */
  | { readonly kind: "bad-reply"; readonly url: string; readonly status: number; readonly detail: string | null }
  /** Something speaks against it, and there is nobody who could be asked. */
  | { readonly kind: "unasked" }
  /** Who was asked did not want it. */
  | { readonly kind: "declined" }
  | { readonly kind: "bad-file"; readonly path: string; readonly detail: string }
  /** A file of rows, some of which are wrong. */
  | { readonly kind: "bad-rows"; readonly path: string; readonly faults: readonly RowFault[] };

export interface RowFault {
  /** Counted from 1; `null` where it is no single row's. */
  readonly line: number | null;
  readonly field: string | null;
  readonly detail: string;
}

/** Whether it is for want of a permission: what was only to be looked at first may be permitted all the same. */
export const isForbidden = (failure: Failure): boolean =>
  failure.kind === "refused" && failure.problem.type === "/problems/forbidden";

/** One line that says why, then one for each field that is wrong. */
export function explain(failure: Failure): string[] {
  switch (failure.kind) {
    case "no-credentials":
      return [
        `there are no credentials at ${failure.path}: sign in by novacron login, start a world with npm start, or set NOVACRON_URL and NOVACRON_TOKEN`,
      ];
    case "bad-credentials":
      return [`${failure.path} cannot be read: ${failure.detail}`];
    case "session-over":
      return ["the session is over: novacron login, or novacron logout to go without one"];
    case "no-terminal":
      return [
        `there is nobody to ask for ${failure.what} here: run it at a terminal${failure.instead === undefined ? "" : `, or ${failure.instead}`}`,
      ];
    case "unusable":
      return [printable(failure.detail)];
    case "unreachable":
      return [
        `nothing answers at ${failure.url} (${failure.detail}): ${failure.isGiven ? "is NOVACRON_URL right?" : "is the world running? start it with npm start"}`,
      ];
    case "timed-out":
      return [
        `${failure.url} did not answer within ${failure.timeoutMs / 1000} s`,
        ...(failure.mayHaveChanged ? ["  whether it was done is not known: look before you do it again"] : []),
      ];
    case "refused":
      return explainProblem(failure.problem);
    case "bad-reply":
      return [
        `${failure.url} answers ${failure.status}, but not as the control API does`,
        ...(failure.detail === null ? [] : [printable(`  ${failure.detail}`)]),
      ];
    case "unasked":
      return ["nothing was changed: there is nobody to ask here, and --yes goes on without asking"];
    case "declined":
      return ["nothing was changed"];
    case "bad-file":
      return [`${fileName(failure.path)}: ${failure.detail}`];
    case "bad-rows":
      return [`${fileName(failure.path)} has bad rows; nothing was run`, ...failure.faults.map(explainRow)];
  }
}

const fileName = (path: string) => (path === "-" ? "the standard input" : path);

function explainProblem({ status, type, title, detail, requestId, errors = [] }: ProblemReply): string[] {
  const reason = detail === undefined ? title : `${title}: ${detail}`;
  const request = requestId === undefined ? "" : `, request ${requestId}`;
  const next = nextStep(type);
  const step = next === undefined ? [] : [`  ${next}`];
  return [printable(`${reason} (${status}${request})`), ...errors.map(explainField), ...step];
}

function explainRow({ line, field, detail }: RowFault): string {
  const place = [...(line === null ? [] : [`line ${line}`]), ...(field === null ? [] : [field])].join(", ");
  return printable(place === "" ? `  ${detail}` : `  ${place}: ${detail}`);
}

export const explainField = ({ path, detail }: FieldErrorReply) =>
  printable(`  ${path === "" ? "/" : path}: ${detail}`);
