import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { explanationSchema } from "../../../src/telemetry/explanation.ts";
import type { Cli } from "../cli.ts";
import { explanationReport } from "../explanation-report.ts";
import { parseRequestId } from "../request-id.ts";

export function declareRouteTrace(group: Command, cli: Cli): void {
  cli
    .verb(group, "route-trace")
    .description("why a request that has come went where it went, and what became of it")
    .requiredOption("--request-id <id>", "its X-Request-Id", parseRequestId)
    .action(
      cli.act(async ({ client }, { requestId }: { readonly requestId: string }) => {
        const trace = await client.get(`/routes/traces/${encodeURIComponent(requestId)}`, explanationSchema);
        return trace.ok ? ok({ json: trace.value, text: explanationReport(trace.value) }) : trace;
      }),
    );
}
