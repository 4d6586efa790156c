import { expect, it } from "vitest";
import { z } from "zod";
import { hashText } from "../../../src/base/hash.ts";
import { defenceSchema } from "../../../src/table/defence.ts";
import { failoverSchema } from "../../../src/table/failover.ts";
import { learnedRowSchema } from "../../../src/table/learned-row.ts";
import { SHAPES } from "../../../src/table/shapes.ts";
import { sections } from "../../../src/table/table.ts";
import { verdictSchema } from "../../../src/table/verdict.ts";

it("the shapes are those of the schemas", () => {
  const schemas = Object.entries(sections).map(([name, { entity }]) => [name, entity] as const);
  const all = [
    ...schemas,
    ["health", verdictSchema] as const,
    ["learned", learnedRowSchema] as const,
    ["failovers", failoverSchema] as const,
    ["defences", defenceSchema] as const,
  ];
  const written = all.map(([name, schema]) => [name, z.toJSONSchema(schema, { io: "input", unrepresentable: "any" })]);
  expect(SHAPES).toBe(hashText(JSON.stringify(written)));
});
