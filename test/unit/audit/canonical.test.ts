import { expect, it } from "vitest";
import { canonical } from "../../../src/audit/canonical.ts";

// RFC 8785, sections 3.2.2 and 3.2.3.
it("writes the examples of the RFC", () => {
  const value = JSON.parse(`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
    "literals": [null, true, false]
  }`);
  expect(canonical(value)).toBe(
    String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  );
});

it("sorts names by their UTF-16 code units", () => {
  const names = ["€", "\r", "\ufb33", "1", "😀", "\u0080", "ö", "10", "__proto__"];
  const value = Object.fromEntries(names.map((name) => [name, 0]));
  expect([...canonical(value).matchAll(/"([^"]*)":/g)].map(([, name]) => name)).toEqual([
    "\\r",
    "1",
    "10",
    "__proto__",
    "\u0080",
    "ö",
    "€",
    "😀",
    "\ufb33",
  ]);
});

it.each([
  [{ a: undefined, b: [undefined, { d: 1, c: 2 }] }, '{"b":[null,{"c":2,"d":1}]}'],
  ["text", '"text"'],
  [undefined, "null"],
  [{}, "{}"],
])("writes %j", (value, expected) => {
  expect(canonical(value)).toBe(expected);
});
