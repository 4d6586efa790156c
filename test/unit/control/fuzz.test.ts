import fc from "fast-check";
import { expect, it } from "vitest";
import { entitySections } from "../../../workers/control/schema/entity.ts";
import { type JsonSchema, nearlyValuesOf } from "../../openapi/arbitrary.ts";
import { api } from "../../openapi/check-reply.ts";
import { createWorld, NO_RATES } from "./world.ts";

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
/** Names that mean something in the tests' table. */
const NAMES = [
  ...entitySections,
  ...["us-east-1", "us-west-2", "us-east-1-a", "us-west-2-a", "fastest", "api", "us", "latency", "colo:FRA"],
  ...["blacklist", "203.0.113.9", "2001:db8::/32", "weight", "state", "draining", "1h", "MQ", "*"],
  ...["constructor", "prototype", "toString", "hasOwnProperty"],
];

const operations = Object.entries(api.paths ?? {}).flatMap(([path, item]) =>
  METHODS.flatMap((method) => {
    const operation = item[method];
    return operation ? [{ name: `${method.toUpperCase()} ${path}`, path, method, operation }] : [];
  }),
);

// The world's `call` checks each reply against the document; a stack trace would be no reply that it allows.
it.each(operations)("answers whatever comes as its document says: $name", async ({ path, method, operation }) => {
  const inputs = inputsOf(operation);
  const world = await createWorld({ rates: NO_RATES });
  await fc.assert(
    fc.asyncProperty(inputs, async ({ parts, query, header, body }) => {
      const before = await world.state();
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name] ?? ""));
      const reply = await world.call(method.toUpperCase(), `${filled}?${query}`, {
        ...(body === undefined ? {} : { body }),
        headers: header === undefined ? {} : { "If-Match": header },
      });
      expect(reply.status).not.toBe(500);
      expect(world.logged).toEqual([]);
      if (reply.status >= 400 || method === "get") expect(await world.state()).toBe(before);
    }),
    { numRuns: 60 },
  );
});

function inputsOf(operation: (typeof operations)[number]["operation"]) {
  const parameters = (operation.parameters ?? []).flatMap((parameter) => ("$ref" in parameter ? [] : [parameter]));
  const values = (where: string) =>
    parameters
      .filter((parameter) => parameter.in === where)
      .map(({ name, schema }) => [name, nearlyValuesOf((schema ?? {}) as JsonSchema, NAMES).map(toText)] as const);
  const { requestBody } = operation;
  const body = requestBody && "content" in requestBody ? requestBody.content["application/json"]?.schema : undefined;
  return fc.record({
    parts: fc.record(Object.fromEntries(values("path").map(([name, part]) => [name, part.filter(isPart)]))),
    query: fc
      .record(Object.fromEntries(values("query")), { requiredKeys: [] })
      .map((query) => new URLSearchParams(query as Record<string, string>)),
    header: fc.constantFrom(undefined, undefined, '"1"', "*", '"0"', "1"),
    body: body ? nearlyValuesOf(body as JsonSchema, NAMES) : fc.constant(undefined),
  });
}

const toText = (value: unknown) => (typeof value === "string" ? value.toWellFormed() : JSON.stringify(value));

/** What is empty, or a dot or two, makes another path. */
const isPart = (text: string) => !["", ".", ".."].includes(text);
