import { expect, it } from "vitest";
import { expire, firstExpiry } from "../../../src/table/expiry.ts";
import { rule, seeded, tableOf } from "./tables.ts";

const listed = tableOf(seeded, {
  blacklist: { "10.0.0.1/32": rule(300), "10.0.0.2/32": rule(200), "10.0.0.3/32": rule(null) },
  allowlist: { "10.0.0.4/32": rule(250) },
});
const gone = (now: number, limit = 10) => expire(listed, now, limit).map(({ section, id }) => `${section}/${id}`);

it("the first expiry is the earliest of both lists", () => {
  expect(firstExpiry(listed)).toBe(200);
  expect(firstExpiry(seeded)).toBeNull();
});

it("a rule ends at its time, and one without a time never does", () => {
  expect(gone(199)).toEqual([]);
  expect(gone(200)).toEqual(["blacklist/10.0.0.2/32"]);
  expect(gone(250)).toEqual(["blacklist/10.0.0.2/32", "allowlist/10.0.0.4/32"]);
  expect(gone(Number.MAX_SAFE_INTEGER)).toHaveLength(3);
});

it("no more go at once than may", () => {
  expect(gone(1000, 2)).toHaveLength(2);
  expect(gone(1000, 0)).toEqual([]);
});
