import { expect, it } from "vitest";
import { z } from "zod";
import { issueWords } from "../../../src/base/issue-words.ts";
import { sections } from "../../../src/table/table.ts";
import { routes } from "../../../workers/control/routes.ts";

const kinds = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("square"), side: z.number() }),
  z.strictObject({ kind: z.literal("circle"), radius: z.number() }),
]);

const wordsOf = (schema: z.ZodType, value: unknown): string[] => {
  const parsed = schema.safeParse(value, { error: issueWords });
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => [...path, message].join(" "));
};

it.each<[string, z.ZodType, unknown, string]>([
  ["what is missing", z.strictObject({ a: z.number() }), {}, "a missing: expected a number"],
  ["what is null", z.boolean(), null, "expected a boolean, not null"],
  ["a wrong type", z.number(), "7", "expected a number, not a string"],
  ["a list in its place", z.strictObject({}), [], "expected an object, not a list"],
  ["text where a list is asked for", z.array(z.string()), "a", 'expected a list, such as ["a"]'],
  ["a fraction", z.int(), 1.5, "expected a whole number"],
  ["no number in a query", z.coerce.number(), "x", "expected a number"],
  ["one that is infinite", z.number(), Number.POSITIVE_INFINITY, "expected a number, not Infinity"],
  ["too much", z.number().max(1000), 1001, "expected at most 1000"],
  ["as much as may not be", z.number().lt(3), 3, "expected less than 3"],
  ["too little", z.number().gt(0), 0, "expected more than 0"],
  ["no text", z.string().min(1), "", "expected at least 1 character"],
  ["too long a list", z.array(z.int()).max(2), [1, 2, 3], "expected at most 2 entries"],
  ["another length", z.string().length(3), "ab", "expected exactly 3 characters"],
  ["a part of a step", z.number().multipleOf(5), 3, "expected a multiple of 5"],
  ["none of a few", z.enum(["a", "b"]), "c", "expected one of a, b"],
  ["no such kind", kinds, { kind: "cube" }, "kind expected one of square, circle"],
  ["no kind", kinds, {}, "kind missing: expected one of square, circle"],
  ["neither form", z.union([z.literal("all"), z.array(z.string())]), 7, "expected all or a list"],
  [
    "a form that is wrong within",
    z.union([z.strictObject({ a: z.int() }), z.null()]),
    { a: "x" },
    "expected another form",
  ],
  ["an unknown field", z.strictObject({}), { weight: 1 }, "unknown field: weight"],
  ["a key that may not be", z.record(z.string().regex(/^a/), z.int()), { b: 1 }, "b expected text like /^a/"],
  ["no URL", z.url(), "x", "expected a URL"],
  ["what a schema has words for", z.string().regex(/^a$/, "an a"), "b", "an a"],
])("says of %s what is expected", (_, schema, value, words) => {
  expect(wordsOf(schema, value)).toEqual([words]);
});

/** As zod says it by itself. */
const RAW = /Invalid|Too (?:big|small)|Unrecognized|received/;
const WRONG = [undefined, null, true, -1, 0.5, 1e300, "", "x".repeat(2000), [], [{}], {}, { kind: "x" }, { zz: 1 }];

it("is all that is said of whatever is wrong with a table or a body", () => {
  const bodies = routes.flatMap(({ body }) => body ?? []);
  const all = [...Object.values(sections).map(({ entity }) => entity as z.ZodType), ...bodies];
  const said = new Set<string>();
  for (const schema of all) {
    const fields = schema instanceof z.ZodObject ? Object.keys(schema.shape) : ["kind"];
    for (const wrong of WRONG)
      for (const value of [wrong, ...fields.map((name) => ({ [name]: wrong }))])
        for (const words of wordsOf(schema, value)) said.add(words);
  }
  expect(said.size).toBeGreaterThan(300);
  expect([...said].filter((words) => RAW.test(words))).toEqual([]);
});
