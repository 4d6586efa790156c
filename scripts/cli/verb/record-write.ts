import { type Command, InvalidArgumentError } from "commander";
import { ok } from "../../../src/base/result.ts";
import { recordSetEntrySchema } from "../../../workers/control/schema/record-set.ts";
import type { Cli } from "../cli.ts";
import { recordColumns } from "../record-columns.ts";
import { type RecordOptions, readContent } from "../record-settings.ts";
import { placeOfRecord } from "../zone-lookup.ts";

const verbs = {
  add: "make a new record set",
  set: "replace what a record set says",
} as const;

export function declareRecordWrite(group: Command, cli: Cli, verb: keyof typeof verbs): void {
  cli
    .verb(group, verb)
    .description(verbs[verb])
    .argument("<name>", "in full, such as www.example.com")
    .argument("<type>", "such as A")
    .argument("[value...]", "in presentation form, such as 192.0.2.1 or '10 mx.example.com'")
    .option("--ttl <seconds>", "for how long it may be kept; the zone's by default", parseSeconds)
    .option("--policy <policy>", "who is told what, as JSON or as a file of YAML, in place of values")
    .action(
      cli.act(
        async ({ client, terminal }, nameText: string, typeText: string, values: string[], options: RecordOptions) => {
          const content = await readContent(values, options, terminal);
          if (!content.ok) return content;
          const place = await placeOfRecord(client, nameText, typeText);
          if (!place.ok) return place;
          const { name, type, list, one } = place.value;
          const body = { ...content.value, name, type };
          const entry = await (verb === "add"
            ? client.send("POST", list, recordSetEntrySchema, body)
            : client.send("PUT", one, recordSetEntrySchema, body));
          return entry.ok ? ok({ json: entry.value, text: recordColumns([entry.value]) }) : entry;
        },
      ),
    );
}

function parseSeconds(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError("Expected seconds, such as 300.");
  return Number(text);
}
