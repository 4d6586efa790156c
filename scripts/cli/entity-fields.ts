import { z } from "zod";
import { type EntityGroup, entrySchemas } from "./entity-group.ts";
import { type Property, rangeOf } from "./property-words.ts";

interface Fields {
  readonly properties: Readonly<Record<string, Property>>;
  readonly required: readonly string[];
}

const examples: Readonly<Record<Exclude<EntityGroup, "limits">, readonly string[]>> = {
  regions: [
    "il-central-1 name='Tel Aviv' country=IL latitude=32.1 longitude=34.8 nodes=2 connections=1000 zones=3 locationHint=me",
  ],
  backends: ["us-east-1-b region=us-east-1 url=http://127.0.0.1:9003 weight=50"],
  services: ["shop 'hosts=[shop.example, www.shop.example]' policy=fastest"],
  policies: [
    "fast kind=latency",
    "near kind=geo toleranceKm=100",
    "order kind=failover 'order=[us-east-1, us-west-2]'",
  ],
};

/** What must be said of a new entity, and what may be. */
export function entityFieldsHelp(section: keyof typeof examples): string {
  return `
Required fields:
${kindsOf(section).map(fieldLines).join("\n\n")}

Such as:
${examples[section].map((example) => `  novacron ${section} add ${example}`).join("\n")}
`;
}

/** One, or one for each of its kinds. */
function kindsOf(section: EntityGroup): readonly Fields[] {
  const { $defs = {} } = z.toJSONSchema(entrySchemas[section], { io: "input", unrepresentable: "any" });
  const [entity = {}] = Object.values($defs);
  return (entity.oneOf ?? [entity]) as unknown as readonly Fields[];
}

function fieldLines({ properties, required }: Fields): string {
  const names = Object.keys(properties).filter((name) => name !== "id");
  const needed = names.filter((name) => required.includes(name));
  const others = names.filter((name) => !required.includes(name));
  const width = Math.max(...needed.map((name) => name.length));
  const lines = needed.map((name) => `  ${name.padEnd(width)}  ${valueWords(properties[name] ?? {})}`);
  return [...lines, ...(others.length === 0 ? [] : [`  others, which may be left out: ${others.join(", ")}`])].join(
    "\n",
  );
}

function valueWords(property: Property): string {
  if (property.const !== undefined) return property.const;
  const [range] = rangeOf(property);
  if (range !== undefined) return range;
  return property.type === "array" ? "a list, such as [a, b]" : "text";
}
