import { z } from "zod";
import { shapingSchema } from "../../src/table/shaping-settings.ts";

interface Property {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Property>>;
}

/** What the limits of a service's traffic mean, in the words of their schema. */
export function shapingHelp(): string {
  const { bulk, adaptiveConcurrency, bulkBytesPerSecond } = z.toJSONSchema(shapingSchema, { io: "input" })
    .properties as Readonly<Record<string, Property>>;
  const meanings = {
    "CLASS.concurrency": bulk?.properties?.concurrency,
    "CLASS.perSecond": bulk?.properties?.perSecond,
    adaptiveConcurrency,
    bulkBytesPerSecond,
  };
  const lines = Object.entries(meanings).map(([name, property]) => `  shaping.${name}: ${property?.description}`);
  return `
How its traffic is shaped, where CLASS is critical, normal or bulk:
${lines.join("\n")}
`;
}
