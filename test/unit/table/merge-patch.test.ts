import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergePatch, sameJson } from "../../../src/table/merge-patch.ts";

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** RFC 7396, appendix A: original, patch, result. */
const examples: [string, string, string][] = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', "{}"],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', "null", "null"],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ["[1,2]", '{"a":"b","c":null}', '{"a":"b"}'],
  ["{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
];

describe("mergePatch", () => {
  it.each(examples)("%s with %s is %s", (original, patch, result) => {
    expect(mergePatch(JSON.parse(original), JSON.parse(patch))).toEqual(JSON.parse(result));
    expect(dumbMerge(JSON.parse(original), JSON.parse(patch))).toEqual(JSON.parse(result));
  });

  it("agrees with the RFC's own pseudo-code", () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        expect(mergePatch(target, patch)).toEqual(dumbMerge(structuredClone(target), patch));
      }),
    );
  });

  it("changes neither argument", () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = JSON.stringify([target, patch]);
        mergePatch(target, patch);
        expect(JSON.stringify([target, patch])).toBe(before);
      }),
    );
  });

  it("treats __proto__ as a member like any other", () => {
    const merged = mergePatch({ a: 1 }, JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(Object.keys(merged as object)).toEqual(["a", "__proto__"]);
    expect((merged as { polluted?: true }).polluted).toBeUndefined();
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
  });
});

describe("sameJson", () => {
  it("holds for a value and its copy with members in another order", () => {
    fc.assert(fc.property(json, (value) => sameJson(value, reversed(value))));
  });

  it("agrees with comparing texts of sorted members", () => {
    fc.assert(fc.property(json, json, (a, b) => sameJson(a, b) === (sortedText(a) === sortedText(b))));
  });
});

const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, 1, "x"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "c", "constructor"), tie("value"), { noNullPrototype: true }),
  ),
})).value;

/** RFC 7396, section 2, word for word: it changes its target. */
function dumbMerge(target: Json, patch: Json): Json {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const merged = typeof target !== "object" || target === null || Array.isArray(target) ? {} : target;
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) {
      if (Object.hasOwn(merged, name)) delete merged[name];
    } else {
      merged[name] = dumbMerge(Object.hasOwn(merged, name) ? (merged[name] ?? null) : null, value);
    }
  }
  return merged;
}

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]): [string, Json] => [name, reversed(member)]);
  return Object.fromEntries(members.reverse());
}

function sortedText(value: Json): string {
  return JSON.stringify(value, (_, member) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
