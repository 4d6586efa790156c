import { type Command, InvalidArgumentError } from "commander";
import { ok } from "../../../src/base/result.ts";
import type { Course, DecisionTaken } from "../../../src/telemetry/explanation.ts";
import { MAX_TRACES_LISTED, type TracesReply } from "../../../workers/control/schema/explanation.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { decisionWords } from "../explanation-report.ts";

interface Options {
  readonly colo?: string;
  readonly limit: number;
}

export function declareRoutesTraces(group: Command, cli: Cli): void {
  cli
    .verb(group, "traces")
    .description("requests that were traced of late, newest first")
    .option("--colo <code>", "of this colo alone, such as FRA")
    .option("--limit <count>", `at most this many, 1 to ${MAX_TRACES_LISTED}`, parseLimit, 20)
    .action(
      cli.act(async ({ client }, { colo, limit }: Options) => {
        const query = colo === undefined ? "" : `&colo=${encodeURIComponent(colo)}`;
        const reply = await client.get<TracesReply>(`/routes/traces?limit=${limit}${query}`);
        return reply.ok ? ok({ json: reply.value, text: report(reply.value) }) : reply;
      }),
    );
}

function report({ items, omitted, colos, omittedColos }: TracesReply): string {
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
    ...(omitted === 0 ? [] : [`${omitted} were left out, since there were too many at a time`]),
  ];
  const table = columns(["AT", "REQUEST", "COLO", "WHAT", "STATUS", "TRIES", "WENT TO"], rows);
  return [rows.length === 0 ? "no request was traced" : table, [of, ...notes].join("; ")].join("\n\n");
}

/** Who was asked, in turn, and so who answered; where nobody was asked, what was decided. */
function wentTo(decision: DecisionTaken, course: Course | null): string {
  const isAnswered = course?.outcome === "forwarded";
  if (course === null || course.tries.length === 0)
    return decision.kind !== "chosen" || isAnswered ? decisionWords(decision) : "failed";
  const last = course.tries.length - 1;
  return course.tries
    .map(({ backend, error }, i) => (error === null || (isAnswered && i === last) ? backend : `${backend} failed`))
    .join(" → ");
}

function parseLimit(text: string): number {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_TRACES_LISTED) throw new InvalidArgumentError(`Expected 1 to ${MAX_TRACES_LISTED}.`);
  return limit;
}
