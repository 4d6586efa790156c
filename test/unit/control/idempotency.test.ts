import { beforeEach, describe, expect, it } from "vitest";
import { FakeAnswerStore } from "../../fakes/answer-store.ts";
import { testAnswerStore } from "../../ports/answer-store.ts";
import { createWorld, type World } from "./world.ts";

describe("the fake store", () => testAnswerStore(async () => new FakeAnswerStore()));

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const key = { "Idempotency-Key": "0b4e7c" };
const block = (options: object = {}) =>
  world.call("POST", "/blacklist", { body: { cidr: "203.0.113.9", reason: "scraper" }, headers: key, ...options });

describe("a write under a key", () => {
  it("is carried out once, and answers the same each time", async () => {
    const first = await block();
    const state = await world.state();
    world.clock.now += 1000;
    const second = await block();
    expect([second.status, second.body, second.headers.get("ETag"), second.headers.get("Location")]).toEqual([
      first.status,
      first.body,
      first.headers.get("ETag"),
      first.headers.get("Location"),
    ]);
    expect(first.status).toBe(201);
    expect(await world.state()).toBe(state);
  });

  it("answers a repeated creation as the first time, where one without a key is refused", async () => {
    const body = { id: "us-east-1-b", region: "us-east-1", url: "http://127.0.0.1:9003" };
    const create = (headers: Record<string, string>) => world.call("POST", "/backends", { body, headers });
    expect((await create(key)).status).toBe(201);
    expect((await create(key)).status).toBe(201);
    expect((await create({})).status).toBe(409);
  });

  it("takes the key quoted too", async () => {
    const first = await block();
    const second = await block({ headers: { "Idempotency-Key": '"0b4e7c"' } });
    expect(second.headers.get("ETag")).toBe(first.headers.get("ETag"));
  });

  it("stays refused when the first was", async () => {
    const put = (weight: number) => world.call("PUT", "/weights", { body: { mars: weight }, headers: key });
    expect((await put(1)).status).toBe(422);
    expect((await put(1)).body).toMatchObject({ type: "/problems/invalid", errors: [{ path: "/mars" }] });
  });

  it.each([
    ["another body", () => block({ body: { cidr: "203.0.113.8", reason: "scraper" } })],
    ["another path", () => world.call("DELETE", "/blacklist/203.0.113.9", { headers: key })],
    ["another precondition", () => block({ headers: { ...key, "If-Match": '"2"' } })],
  ])("is refused with %s, and changes nothing", async (_name, other) => {
    await block();
    const before = await world.state();
    const { status, body } = await other();
    expect([status, body.type]).toEqual([422, "/problems/key-reused"]);
    expect(await world.state()).toBe(before);
  });

  it("is told to wait while the first is under way", async () => {
    const entered = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    world.table.beforeApply = () => {
      entered.resolve();
      return gate.promise;
    };
    const first = block();
    await entered.promise;
    const { status, body, headers } = await block();
    expect([status, body.type, headers.get("Retry-After")]).toEqual([409, "/problems/key-in-use", "1"]);
    gate.resolve();
    expect((await first).status).toBe(201);
    expect((await block()).status).toBe(201);
  });

  it("that is slower than the lapse of its key leaves the answer to the one that has it since", async () => {
    const entered = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    world.table.beforeApply = () => {
      entered.resolve();
      return gate.promise;
    };
    const slow = block();
    await entered.promise;
    world.table.beforeApply = async () => undefined;
    world.clock.now += 60_001;
    const second = await block();
    gate.resolve();
    expect((await slow).headers.get("ETag")).not.toBe(second.headers.get("ETag"));
    expect((await block()).headers.get("ETag")).toBe(second.headers.get("ETag"));
  });

  it("may be tried again when part of the system could not be reached", async () => {
    world.table.unreachable = true;
    expect((await block()).status).toBe(503);
    world.table.unreachable = false;
    expect((await block()).status).toBe(201);
  });

  it("does not happen when its key cannot be recorded", async () => {
    const before = await world.state();
    world.answers.unreachable = true;
    expect((await block()).status).toBe(503);
    expect(await world.state()).toBe(before);
  });

  it("may be tried again after it has crashed", async () => {
    world.table.beforeApply = async () => {
      throw new RangeError("a bug");
    };
    expect((await block()).status).toBe(503);
    world.table.beforeApply = async () => undefined;
    expect((await block()).status).toBe(201);
  });

  it.each(["", " ", "with space", "ü", "x".repeat(256)])("refuses the key %j", async (given) => {
    const { status, body } = await block({ headers: { "Idempotency-Key": given } });
    expect([status, body.type]).toEqual([400, "/problems/bad-idempotency-key"]);
  });
});

it("leaves reads and plans alone", async () => {
  const plan = () =>
    world.call("POST", "/table/plan", { body: { regions: { "us-east-1": { weight: 5 } } }, headers: key });
  expect((await plan()).status).toBe(200);
  expect((await world.call("GET", "/weights", { headers: key })).status).toBe(200);
  expect((await block()).status).toBe(201);
});
