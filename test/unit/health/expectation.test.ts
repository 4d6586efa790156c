import { expect, it } from "vitest";
import { objectionTo } from "../../../src/health/expectation.ts";
import { probeSchema } from "../../../src/table/probe.ts";

const said = { status: 200, body: "all is ready", headers: { "x-ready": "yes" } as Readonly<Record<string, string>> };

it.each<[string, object, object, string | null]>([
  ["a usual answer", {}, {}, null],
  ["the last of the usual statuses", { status: 299 }, {}, null],
  ["a redirect", { status: 300 }, {}, "300"],
  ["a status that is named", { status: 401 }, { statuses: [200, 401] }, null],
  ["a usual status that is not named", { status: 204 }, { statuses: [200] }, "204"],
  ["a header with any value", {}, { header: { name: "x-ready" } }, null],
  ["a header with its value", {}, { header: { name: "x-ready", value: "yes" } }, null],
  ["a header with another value", {}, { header: { name: "x-ready", value: "no" } }, "200, x-ready is not as expected"],
  ["no such header", {}, { header: { name: "x-up" } }, "200, without x-up"],
  ["a body with the text", {}, { body: "is ready" }, null],
  ["a body without it", {}, { body: "not ready" }, "200, the body is not as expected"],
  ["a body that is too long", { body: null }, { body: "ready" }, "200, the body is too long"],
  ["a body that nobody asked for", { body: null }, {}, null],
  ["a wrong status before all else", { status: 500, body: null }, { body: "ready" }, "500"],
])("%s", (_, answer, expected, objection) => {
  const probe = probeSchema.parse({ kind: "http", ...expected });
  if (probe.kind !== "http") throw new Error("unreachable");
  const { headers, ...rest } = { ...said, ...answer };
  expect(objectionTo({ ...rest, header: (name) => headers[name] ?? null }, probe)).toBe(objection);
});
