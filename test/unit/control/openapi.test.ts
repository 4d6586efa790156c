import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeEach, describe, expect, it } from "vitest";
import { problemKinds } from "../../../workers/control/refusal.ts";
import { routes } from "../../../workers/control/routes.ts";
import { api, checkReply } from "../../openapi/check-reply.ts";
import { createWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
const visit = (path: string, init?: RequestInit) => world.fetch(new Request(`http://control.test${path}`, init));

describe("the API's document", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    expect(await validator.validate(JSON.parse(JSON.stringify(api)))).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  it("is served to anybody", async () => {
    const response = await visit("/api/v1/openapi.json");
    expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "application/json"]);
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(api)));
  });

  it("has every route as an operation of its own", () => {
    const operations = Object.values(api.paths ?? {}).flatMap((item) => Object.values(item));
    expect(operations).toHaveLength(routes.length);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(routes.length);
  });

  it("says what is for anyone", () => {
    const open = Object.entries(api.paths ?? {}).filter(([, item]) =>
      Object.values(item).some(({ security }) => security?.length === 0),
    );
    const expected = ["/principals/bootstrap", "/sessions", "/sessions/passkey", "/sessions/passkey/options"];
    expect(open.map(([path]) => path).sort()).toEqual(expected);
  });

  it("tells what a write takes and may be refused for", () => {
    const { parameters, requestBody, responses } = api.paths?.["/weights"]?.put ?? {};
    expect(parameters).toEqual([
      { $ref: "#/components/parameters/IdempotencyKey" },
      { $ref: "#/components/parameters/IfMatch" },
    ]);
    expect(requestBody).toMatchObject({
      content: { "application/json": { schema: { $ref: "#/components/schemas/Weights" } } },
    });
    const expected = [200, 400, 401, 403, 408, 409, 412, 413, 415, 422, 429, 500, 503];
    expect(Object.keys(responses ?? {}).map(Number)).toEqual(expected);
    expect(JSON.stringify(responses)).toContain("/problems/bad-precondition");
  });

  it("names no problem of a header field that a read does not take", () => {
    expect(JSON.stringify(api.paths?.["/weights"]?.get?.responses)).not.toMatch(/precondition|unversioned|key|forged/);
  });
});

describe("a reply that the document does not allow", () => {
  const ok = (body: unknown) => ({
    status: 200,
    headers: new Headers({ "Content-Type": "application/json", ETag: '"1"' }),
    body,
  });
  const refused = (status: number, type: string) => ({
    status,
    headers: new Headers({ "Content-Type": "application/problem+json" }),
    body: { status, type, title: "t" },
  });

  it.each([
    ["one that it allows", "/weights", ok({ "us-east-1": 1 }), null],
    ["a status", "/weights", { ...ok({}), status: 202 }, "the document has no 202 for GET /weights"],
    ["a value", "/weights", ok({ "us-east-1": "1" }), "must be number"],
    ["a field", "/blacklist", ok({ items: [], more: 1 }), "must NOT have additional properties"],
    ["a missing field", "/blacklist", ok({}), "must have required property 'items'"],
    ["a missing tag", "/weights", { ...ok({}), headers: new Headers({ "Content-Type": "application/json" }) }, "ETag"],
    ["a content type", "/weights", { ...ok({}), headers: new Headers({ ETag: '"1"' }) }, "the content type is null"],
    ["a body where there is none", "/weights", { ...ok({}), status: 304 }, "there is a body"],
    ["a known problem", "/weights", refused(503, "/problems/unavailable"), null],
    ["an unknown problem", "/weights", refused(503, "/problems/tired"), "must be equal to one of the allowed values"],
    ["no operation", "/nothing", refused(404, "/problems/no-such-route"), null],
    ["no operation that answers well", "/nothing", ok({}), "the content type is application/json"],
  ])("is found: %s", (_name, path, reply, fault) => {
    const check = () => checkReply("GET", path, reply);
    if (fault === null) expect(check).not.toThrow();
    else expect(check).toThrow(fault);
  });
});

describe("the docs", () => {
  it("show each operation and each schema, without script or style in the page", async () => {
    const response = await visit("/docs");
    const page = await response.text();
    expect([response.status, response.headers.get("Content-Type")]).toEqual([200, "text/html; charset=UTF-8"]);
    expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'self'");
    for (const { path, method } of routes) {
      const template = path.replace(/:(\w+)(\{[^/]+\})?/g, "{$1}");
      expect(page).toContain(`<code><b>${method}</b> ${template}</code>`);
    }
    for (const name of Object.keys(api.components?.schemas ?? {})) expect(page).toContain(`id="schema-${name}"`);
    expect(page).not.toMatch(/<script|<style|\sstyle=|\son\w+=|\[object|undefined/);
  });

  it("tell each problem once, where its type leads, and with an operation those that only some have", async () => {
    const page = await (await visit("/docs")).text();
    const of = (id: string) => page.split(`<details id="${id}"`)[1]?.split("</details>")[0] ?? "";
    expect(of("get-weights")).not.toContain("#problem-");
    expect(of("put-weights")).toContain("#problem-bad-precondition");
    expect(of("put-roles-name")).toContain("#problem-unversioned");
    for (const kind of Object.keys(problemKinds)) {
      const response = await visit(`/problems/${kind}`);
      expect([response.status, response.headers.get("Location")]).toEqual([302, `/docs#problem-${kind}`]);
      expect(page).toContain(`id="problem-${kind}"`);
    }
    expect((await visit("/problems/none")).status).toBe(404);
  });

  it("link to places that are there", async () => {
    const page = await (await visit("/docs")).text();
    const places = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, target] of page.matchAll(/ href="#([^"]+)"/g)) expect(places).toContain(target);
  });
});

it.each(["/api/v1/weights", "/api/v1/openapi.json", "/api/nothing", "/", "/docs"])(
  "lets no page of another origin read %s",
  async (path) => {
    const origin = { Origin: "https://evil.example" };
    const asked = {
      ...origin,
      "Access-Control-Request-Method": "PUT",
      "Access-Control-Request-Headers": "authorization",
    };
    const preflight = await visit(path, { method: "OPTIONS", headers: asked });
    expect(preflight.status).toBeGreaterThanOrEqual(400);
    for (const response of [preflight, await visit(path, { headers: origin })]) {
      expect([...response.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
      expect(response.headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
      expect(response.headers.get("X-Frame-Options")).toBe("DENY");
      expect(response.headers.get("Strict-Transport-Security")).toMatch(/^max-age=\d{8}$/);
    }
  },
);
