import type { Command } from "commander";
import { ok } from "../../../src/base/result.ts";
import { typeName } from "../../../src/dns/record-type.ts";
import { type DnsQueryReply, dnsQueryReplySchema } from "../../../workers/control/schema/dns.ts";
import type { Cli } from "../cli.ts";
import { columns } from "../columns.ts";
import { rcodeWords } from "../rcode-words.ts";

interface Options {
  readonly subnet?: string;
}

export function declareDnsQuery(group: Command, cli: Cli): void {
  cli
    .verb(group, "query")
    .description("what a client is told, by the table as it is now")
    .argument("<name>")
    .argument("[type]", "such as A or AAAA", "A")
    .option("--subnet <network>", "the network or address of the client")
    .action(
      cli.act(async ({ client }, name: string, type: string, { subnet }: Options) => {
        const query = new URLSearchParams({ name, type, ...(subnet === undefined ? {} : { subnet }) });
        const reply = await client.get(`/dns/query?${query}`, dnsQueryReplySchema);
        return reply.ok ? ok({ json: reply.value, text: report(reply.value) }) : reply;
      }),
    );
}

function report({ epoch, answer, steered }: DnsQueryReply): string {
  const { Status, Answer = [], Authority = [], edns_client_subnet: subnet } = answer;
  const rows = [...Answer, ...Authority].map(({ name, type, TTL, data }) => [name, String(TTL), typeName(type), data]);
  return [
    `${rcodeWords(Status)} at epoch ${epoch}${subnet === undefined ? "" : `, for ${subnetWords(subnet)}`}`,
    ...(rows.length === 0 ? [] : [columns(["NAME", "TTL", "TYPE", "DATA"], rows)]),
    ...steered.map(({ id, targets }) => `${id} was answered by ${targets.join(", ") || "nobody"}`),
  ].join("\n");
}

/** `203.0.113.0/24/16` in JSON: the network that asks, and the prefix of all that the answer is for (RFC 7871, section 6). */
function subnetWords(text: string): string {
  const [address, source, scope] = text.split("/");
  return source === scope || scope === undefined
    ? `${address}/${source}`
    : `${address}/${source} (the same for all of its /${scope})`;
}
