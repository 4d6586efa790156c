import { ok, type Result } from "../../src/base/result.ts";
import { type FailoverReply, failoverSchema } from "../../workers/control/schema/failover.ts";
import type { Session } from "./cli.ts";
import { printable } from "./columns.ts";
import { stageLine, statusWords } from "./failover-report.ts";
import type { Failure } from "./failure.ts";

const POLL_MS = 250;
/** ECMA-48: to the beginning of the line, and erase it. */
const REWRITE = "\r\u001b[K";

/**
 * Shows a failover as it goes on, until it is as wanted: a line for each stage and event that is over, on the standard
 * error, and on a terminal one more that says how it stands.
 */
export async function followFailover(
  { client, terminal }: Session,
  first: FailoverReply,
  isDone: (failover: FailoverReply) => boolean,
): Promise<Result<FailoverReply, Failure>> {
  let failover = first;
  let shown = first.events.length;
  let ended = 0;
  for (;;) {
    const stages = failover.stages.filter(({ outcome }) => outcome !== "running");
    const lines = [...stages.slice(ended).map(stageLine), ...failover.events.slice(shown).map(eventLine)];
    ended = stages.length;
    shown = Math.max(shown, failover.events.length);
    const isOver = isDone(failover);
    const rewrite = terminal.isTerminal ? REWRITE : "";
    const live = terminal.isTerminal && !isOver ? `${statusWords(failover)} …` : "";
    if (lines.length > 0 || rewrite !== "")
      terminal.err(`${rewrite}${lines.map((line) => `${printable(line)}\n`).join("")}${printable(live)}`);
    if (isOver || !(await terminal.pause(POLL_MS))) return ok(failover);
    const next = await client.get(`/failovers/${encodeURIComponent(failover.id)}`, failoverSchema);
    if (!next.ok) return next;
    failover = next.value;
  }
}

const eventLine = ({ at, detail }: FailoverReply["events"][number]): string => `${at}  ${detail}`;
