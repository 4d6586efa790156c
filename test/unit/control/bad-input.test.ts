import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isBindable, isWrite, type Route } from "../../../workers/control/route.ts";
import { routes } from "../../../workers/control/routes.ts";
import { type CallOptions, createWorld, NO_RATES, TOKEN, type World } from "./world.ts";

/** Of a route: none of what is refused may change it. */
let world: World;
/** Of a person who may do everything, and has just used a second factor. */
let token: string;
let people = 0;
beforeEach(async () => {
  token = await world.admit({ name: `ann ${++people}`, roles: ["admin"] });
});

const json = "application/json";
const TEN_MEGABYTES = `{"id": "${"x".repeat(10_000_000)}"}`;
const nested = (levels: number) => `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

/** What a body may have wrong, and the status where it is the same for every route that takes one. */
const badBodies: readonly (readonly [name: string, body: () => CallOptions, status: number | null])[] = [
  ["no content type", () => ({ raw: "{}", headers: { "Content-Type": "" } }), 415],
  ["another content type", () => ({ raw: "{}", headers: { "Content-Type": "text/plain" } }), 415],
  ["a form", () => ({ raw: "a=1", headers: { "Content-Type": "multipart/form-data; boundary=x" } }), 415],
  ["nothing at all", () => ({ headers: { "Content-Type": json } }), 400],
  ["half of JSON", () => ({ raw: '{"id": "us-' }), 400],
  ["10 MB", () => ({ raw: TEN_MEGABYTES }), 413],
  ["10 MB in chunks", () => ({ raw: new Blob([TEN_MEGABYTES]).stream() }), 413],
  ["bytes that are no text", () => ({ raw: new Uint8Array([0x7b, 0xc3, 0x28, 0x7d]) }), 400],
  ["a tower of objects", () => ({ raw: nested(33) }), 400],
  ["a tower of lists", () => ({ raw: "[".repeat(100_000) + "]".repeat(100_000) }), 400],
  ["__proto__", () => ({ raw: '{"__proto__": {"polluted": true}}' }), 400],
  ["__proto__ below", () => ({ raw: '{"regions": {"us-east-1": {"__proto__": {"polluted": true}}}}' }), 400],
  ["constructor", () => ({ raw: '{"constructor": {"prototype": {"polluted": true}}}' }), null],
  ["an unknown field", () => ({ body: { colour: "red" } }), null],
  ["a list", () => ({ body: [1, 2, 3] }), 422],
  ["a text", () => ({ body: "x" }), 422],
  ["a number beyond all", () => ({ raw: "1e999" }), 422],
  ["null", () => ({ body: null }), 422],
  ["huge numbers", () => ({ raw: '{"epoch": 1e999, "ttlSeconds": 9007199254740993, "weight": 1e308}' }), null],
];

/** What stands in a path where an id should, percent-encoded. */
const badParts: readonly (readonly [name: string, part: string])[] = [
  ["a path upwards", "..%2F..%2F..%2Fetc%2Fpasswd"],
  ["a path upwards, encoded twice", "%252e%252e%252fetc"],
  ["ends of lines", "x%0D%0ASet-Cookie:%20a=b"],
  // Found by the fuzzer: such a network was taken for another path.
  ["a network with an end of line", "203.0.113.9%0A"],
  ["a zero byte", "us-east-1%00"],
  ["a percent sign alone", "%"],
  ["bytes that are no text", "%C3%28"],
  ["a name of objects", "constructor"],
  ["__proto__", "__proto__"],
  ["a long one", "x".repeat(8000)],
];

const badPrecondition = ["a precondition that is none", { "If-Match": "17" }] as const;
const badKeys = [
  ["a key with a space", { "Idempotency-Key": "a b" }],
  ["a key beyond ASCII", { "Idempotency-Key": "\u00e9" }],
  ["a very long key", { "Idempotency-Key": "x".repeat(256) }],
] as const;

/** Header fields that a request comes with and its route takes. Ends of lines in them are for the runtime to refuse. */
const badHeadersOf = (route: Pick<Route, "method" | "versioned" | "permission">) => [
  ...(route.method === "GET" ? [] : [[...badPrecondition, isBindable(route) ? 400 : 412] as const]),
  ...(isWrite(route) ? badKeys.map((each) => [...each, 400] as const) : []),
];

/** What comes as a token and is none; `null` is the one that was good before. */
const badTokens: readonly (readonly [name: string, authorization: string | null, ageMs: number])[] = [
  ["a session that is over", null, 15 * 60_000],
  ["no token", "", 0],
  ["another token", `Bearer ${TOKEN.toUpperCase()}`, 0],
  ["a token with an encoded end of line", `Bearer ${TOKEN}%0D%0AX-A:%20b`, 0],
  ["a very long token", `Bearer ${"x".repeat(100_000)}`, 0],
];

const badQueries = [
  "?colour=red",
  "?limit=1e999",
  "?limit=-1",
  "?limit=1&limit=2",
  "?cursor=%0D%0A",
  "?__proto__=1",
  "?%00=1",
];

/** The path with something in the place of its parts that the table does not have. */
const filled = (path: string, part: string) => path.replace(/:\w+(\{.+\})?/, part);

/** Sends it, and sees that it is refused as it should be: in the API's words, with nothing changed and no word inside. */
async function refusal(method: string, path: string, options: CallOptions): Promise<number> {
  const before = await world.state();
  const reply = await world.call(method, path, { token, ...options });
  expect(await world.state()).toBe(before);
  expect(world.logged).toEqual([]);
  expect(reply.status).toBeLessThan(500);
  expect(JSON.stringify([...reply.headers, reply.body])).not.toMatch(/node_modules|\.ts:\d|\bat \w+ \(/);
  expect(reply.headers.get("Set-Cookie")).toBeNull();
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  return reply.status;
}

describe.each(
  routes.map(({ method, path, body, permission, versioned }) => ({
    method,
    path,
    body,
    permission,
    ...(versioned && { versioned }),
  })),
)("$method $path", (route) => {
  beforeAll(async () => {
    world = await createWorld({ rates: NO_RATES });
  });
  const { method } = route;
  const path = filled(route.path, "us-east-1");
  const body = route.body ? { body: {} } : {};

  it.each(badHeadersOf(route))("refuses %s", async (_name, headers, status) => {
    expect(await refusal(method, path, { headers, ...body })).toBe(status);
  });

  it.each(route.permission === "anyone" ? [] : badTokens)("refuses %s", async (_name, authorization, ageMs) => {
    world.clock.now += ageMs;
    const headers = authorization === null ? {} : { Authorization: authorization };
    expect(await refusal(method, path, { headers, ...body })).toBe(401);
  });

  it.each(badQueries)("refuses %s", async (query) => {
    expect(await refusal(method, path + query, body)).toBe(422);
  });

  it.each(route.body ? badBodies : [])("refuses %s as body", async (_name, options, status) => {
    const answered = await refusal(method, path, options());
    if (status !== null) expect(answered).toBe(status);
  });

  it.each(route.path.includes(":") ? badParts : [])("refuses %s in its path", async (_name, part) => {
    expect([400, 404, 422]).toContain(await refusal(method, filled(route.path, part), body));
  });
});
