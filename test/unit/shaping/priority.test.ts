import { describe, expect, it } from "vitest";
import { classOf } from "../../../src/shaping/priority.ts";
import { shapingSchema } from "../../../src/table/shaping-settings.ts";
import { testRequest, testSnapshot, testTable } from "../../fakes/world.ts";

const shaping = shapingSchema.parse({
  rules: [
    { pathPrefix: "/api/pay", method: "POST", class: "critical" },
    { header: { name: "X-Batch", value: "yes" }, class: "bulk" },
    { pathPrefix: "/export/", class: "bulk" },
    { pathPrefix: "/export", class: "critical" },
  ],
});
const snapshot = testSnapshot(testTable());

const facts = (path: string, method: string, headers: Record<string, string>) => {
  const request = testRequest(snapshot, "api", { path, headers });
  if (!request) throw new Error("not permitted");
  return { ...request.facts, method };
};

describe("the class of a request", () => {
  it.each([
    ["all conditions hold", "/api/pay", "POST", {}, "critical"],
    ["a path below", "/api/pay/1", "POST", {}, "critical"],
    ["a path that only begins alike", "/api/payments", "POST", {}, "normal"],
    ["one condition does not hold", "/api/pay", "GET", {}, "normal"],
    ["a header, by any case of its name", "/", "GET", { "x-batch": "yes" }, "bulk"],
    ["another value of it", "/", "GET", { "x-batch": "YES" }, "normal"],
    ["the first rule that holds", "/api/pay", "POST", { "x-batch": "yes" }, "critical"],
    ["a prefix that ends in a slash", "/export/x", "GET", {}, "bulk"],
    ["the same without", "/export", "GET", {}, "critical"],
    ["no rule", "/", "GET", {}, "normal"],
    ["slashes in a row are one", "//export/a", "GET", {}, "bulk"],
    ["an escaped letter is the letter", "/%65xport/a", "GET", {}, "bulk"],
    ["parameters of a segment are left out", "/export;x=1/a", "GET", {}, "bulk"],
  ] as const)("%s", (_, path, method, headers, expected) => {
    expect(classOf(shaping, facts(path, method, headers))).toBe(expected);
  });

  it.each([
    ["country and network", "DE", 3320, "critical"],
    ["another network of it", "DE", 3321, "bulk"],
    ["another country", "FR", 3320, "normal"],
    ["a place that nobody knows", null, null, "normal"],
  ] as const)("by %s", (_, country, asn, expected) => {
    const placed = shapingSchema.parse({
      rules: [
        { country: "DE", asn: 3320, class: "critical" },
        { country: "DE", class: "bulk" },
      ],
    });
    const request = facts("/", "GET", {});
    expect(classOf(placed, { ...request, place: { ...request.place, country, asn } })).toBe(expected);
  });

  it("is what the service says where no rule holds, and normal where it says nothing", () => {
    expect(classOf(shapingSchema.parse({ otherwise: "bulk" }), facts("/", "GET", {}))).toBe("bulk");
    expect(classOf(shapingSchema.parse({}), facts("/", "GET", {}))).toBe("normal");
  });
});
