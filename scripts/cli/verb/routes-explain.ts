import { type Command, InvalidArgumentError } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type ExplainReply, explainReplySchema } from "../../../workers/control/schema/explanation.ts";
import type { Cli } from "../cli.ts";
import { decisionWords, explanationReport } from "../explanation-report.ts";
import { parseRequestId } from "../request-id.ts";
import { endWords } from "../shield-words.ts";
import { declareTrialOptions, differenceWords, readTrial, type TrialOptions } from "../trial-options.ts";

interface Options extends TrialOptions {
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly clientIp?: string;
  readonly country?: string;
  readonly colo?: string;
  readonly asn?: number;
  readonly lat?: number;
  readonly lon?: number;
  readonly header?: Readonly<Record<string, string>>;
  readonly bound?: string;
  readonly draw?: number;
  readonly requestId?: string;
}

export function declareRoutesExplain(group: Command, cli: Cli): void {
  declareTrialOptions(cli.verb(group, "explain"))
    .description("where a request would go, and why, and what the shield would do with it; no traffic is sent")
    .option("--host <host>", "the host that is asked for")
    .option("--path <path>", "the path that is asked for")
    .option("--method <method>", "the method")
    .option("--client-ip <address>", "the client's address")
    .option("--country <code>", "the client's country, ISO 3166-1 alpha-2")
    .option("--colo <code>", "where the request enters, such as FRA")
    .option("--asn <number>", "the client's autonomous system", parseNumber)
    .option("--lat <degrees>", "the client's latitude", parseNumber)
    .option("--lon <degrees>", "the client's longitude", parseNumber)
    .option(
      "--header <name:value>",
      "a header, for services that stick by one and signatures that ask for a User-Agent (repeatable)",
      addHeader,
    )
    .option("--bound <backend>", "the backend that the client's affinity cookie names")
    .option("--draw <number>", "0 to below 1: which of those that share the traffic", parseNumber)
    .option("--request-id <id>", "a request that has come, in place of all of these", parseRequestId)
    .action(
      cli.act(async ({ client, terminal }, options: Options) => {
        const trial = await readTrial(options, terminal);
        if (!trial.ok) return trial;
        const { patch, weights, down } = trial.value;
        const { host, path, method, clientIp, header, bound, draw, requestId } = options;
        const reply = await client.send("POST", "/routes/explain", explainReplySchema, {
          ...{ host, path, method, clientIp, cf: cfOf(options), headers: header, bound, draw, requestId },
          ...{ table: patch, weights, down },
        });
        if (!reply.ok) return reply;
        const assumed = differenceWords(trial.value, reply.value.changes);
        const report = explanationReport(reply.value.explanation, assumed);
        return ok({ json: reply.value, text: [report, ...since(reply.value)].join("\n\n") });
      }),
    );
}

/** The platform's own names; `undefined` where nothing is known of the place. */
function cfOf({ country, colo, asn, lat, lon }: Options) {
  const cf = { country, colo, asn, latitude: lat, longitude: lon };
  return Object.values(cf).some((value) => value !== undefined) ? cf : undefined;
}

/** What has become of a recorded decision since. */
function since({ recorded, agrees, explanation }: ExplainReply): string[] {
  if (recorded === null) return [];
  const moved = recorded.epoch === explanation.epoch ? "the epoch is still" : "the epoch was then";
  const then =
    agrees === true
      ? "it went the same way when it came"
      : `when it came: ${recorded.course?.held ? endWords(recorded.course) : decisionWords(recorded.decision)}`;
  return [`${then}; ${moved} ${recorded.epoch}`];
}

function parseNumber(text: string): number {
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError("Expected a number.");
  return Number(text);
}

function addHeader(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Expected name:value.");
  return { ...before, [name]: value };
}
