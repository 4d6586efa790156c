import { type Command, Option } from "commander";
import { ok } from "../../../src/base/result.ts";
import type { Course, DecisionTaken } from "../../../src/telemetry/explanation.ts";
import {
  MAX_TRACES_LISTED,
  type TraceOutcome,
  type TracesReply,
  tracesReplySchema,
} from "../../../workers/control/schema/explanation.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { decisionWords } from "../explanation-report.ts";
import { cutNote, limited } from "../newest.ts";
import { endWords } from "../shield-words.ts";

interface Options {
  readonly colo?: string;
  readonly failed?: "failed";
  readonly retried?: "retried";
  readonly refused?: "refused";
  readonly limit: number;
}

export function declareRoutesTraces(group: Command, cli: Cli): void {
  limited(cli.verb(group, "traces"), 20, MAX_TRACES_LISTED)
    .description("requests that were traced of late, newest first")
    .option("--colo <code>", "of this colo alone, such as FRA")
    .addOption(outcomeOption("failed", "those that nobody answered, or with a status of 500 or more"))
    .addOption(outcomeOption("retried", "those for which several backends were tried"))
    .addOption(outcomeOption("refused", "those that the edge itself refused"))
    .action(
      cli.act(async ({ client }, { colo, limit, failed, retried, refused }: Options) => {
        const outcome = failed ?? retried ?? refused;
        const query = new URLSearchParams({
          limit: String(limit),
          ...(colo === undefined ? {} : { colo }),
          ...(outcome === undefined ? {} : { outcome }),
        });
        const reply = await client.get(`/routes/traces?${query}`, tracesReplySchema);
        return reply.ok ? ok({ json: reply.value, text: report(reply.value, limit) }) : reply;
      }),
    );
}

const outcomes: readonly TraceOutcome[] = ["failed", "retried", "refused"];

/** One of several options that exclude each other. */
function outcomeOption(outcome: TraceOutcome, description: string): Option {
  const others = outcomes.filter((each) => each !== outcome);
  return new Option(`--${outcome}`, description).preset(outcome).conflicts(others);
}

function report({ items, isCut, omitted, colos, omittedColos }: TracesReply, limit: number): string {
  const rows = items.map(({ at, requestId, request, decision, course }) => [
    new Date(at).toISOString(),
    requestId ?? "-",
    request.place.colo ?? "-",
    `${request.method} ${request.host}${request.path}`.trim(),
    String(course?.status ?? "-"),
    String(course?.tries.length ?? 0),
    wentTo(decision, course),
  ]);
  const of = `traces: ${items.length}, colos: ${colos.join(", ") || "none had traffic of late"}`;
  const notes = [
    ...(omittedColos === 0 ? [] : [`${omittedColos} colos with less traffic were not asked`]),
    ...(omitted === 0 ? [] : [`${omitted} of the last hour were left out, too many at a time`]),
  ];
  const table = columns(["AT", "REQUEST", "COLO", "WHAT", "STATUS", "TRIES", "WENT TO"], rows);
  const list = rows.length === 0 ? "no request was traced" : table;
  return [
    list,
    [of, ...notes].join("; "),
    ...cutNote({ older: isCut ? "some" : "none" }, limit, MAX_TRACES_LISTED),
  ].join("\n\n");
}

/** Who was asked, in turn, and so who answered; where nobody was asked, what was decided. */
function wentTo(decision: DecisionTaken, course: Course | null): string {
  const isAnswered = course?.outcome === "forwarded";
  if (course?.held) return endWords(course);
  if (course === null || course.tries.length === 0)
    return decision.kind !== "chosen" || isAnswered ? decisionWords(decision) : "failed";
  const last = course.tries.length - 1;
  return course.tries
    .map(({ backend, error }, i) => (error === null || (isAnswered && i === last) ? backend : `${backend} failed`))
    .join(" → ");
}
