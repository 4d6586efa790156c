import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { type DnsValidationReply, dnsValidationSchema } from "../../../workers/control/schema/dns.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";

interface Options {
  readonly domain: string;
}

export function declareDnsValidate(group: Command, cli: Cli): void {
  cli
    .verb(group, "validate")
    .description("whether a name is told well from where each region stands")
    .requiredOption("--domain <name>", "such as api.novacron.io")
    .action(
      cli.act(async ({ client }, { domain }: Options) => {
        const name = domain.toLowerCase().replace(/\.$/, "");
        const reply = await client.send("POST", "/dns/validate", dnsValidationSchema, { domain: name });
        if (!reply.ok) return reply;
        const refusals = reply.value.findings
          .filter(({ status }) => status === "failed")
          .map(({ check, detail }) => `${check}: ${detail}`);
        return ok({ json: reply.value, text: report(reply.value), refusals });
      }),
    );
}

function report({ findings, answers }: DnsValidationReply): string {
  const checks = findings.map(({ check, status, detail }) => [check, status, detail]);
  const told = answers.map(({ region, type, values, ttlSeconds, targets }) => [
    ...[region, type, values.join(" ") || "nothing", ttlSeconds === null ? "-" : `${ttlSeconds} s`],
    targets.map((target) => target.replace(/^targets\//, "")).join(" "),
  ]);
  return [
    columns(["CHECK", "STATUS", "DETAIL"], checks),
    ...(told.length === 0 ? [] : ["", columns(["FROM", "TYPE", "ANSWER", "TTL", "BY"], told)]),
  ].join("\n");
}
