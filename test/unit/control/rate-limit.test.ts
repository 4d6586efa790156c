import { describe, expect, it } from "vitest";
import { createWorld, type World } from "./world.ts";

const rates = { strangers: { burst: 2, perSecond: 0.5 }, principals: { burst: 3, perSecond: 1 } };
const STRANGER = { Authorization: "Bearer nobody" };

const statuses = async (world: World, count: number, headers: Readonly<Record<string, string>> = {}) => {
  const seen: number[] = [];
  for (let i = 0; i < count; i++) seen.push((await world.call("GET", "/weights", { headers })).status);
  return seen;
};

describe("who has a valid token", () => {
  it("is refused beyond a burst, until there is a token again", async () => {
    const world = await createWorld({ rates });
    expect(await statuses(world, 4)).toEqual([200, 200, 200, 429]);
    world.clock.now += 999;
    expect(await statuses(world, 1)).toEqual([429]);
    world.clock.now += 1;
    expect(await statuses(world, 2)).toEqual([200, 429]);
  });

  it("is told what is left, on every answer", async () => {
    const world = await createWorld({ rates });
    const told = async (path: string) => {
      const { headers } = await world.call("GET", path);
      return [headers.get("RateLimit"), headers.get("RateLimit-Policy"), headers.get("Retry-After")];
    };
    expect(await told("/weights")).toEqual(['"principals";r=2;t=1', '"principals";q=3;w=3', null]);
    expect(await told("/nothing")).toEqual(['"principals";r=1;t=2', '"principals";q=3;w=3', null]);
    await told("/weights");
    expect(await told("/weights")).toEqual(['"principals";r=0;t=3', '"principals";q=3;w=3', "1"]);
  });

  it("changes nothing when it is refused", async () => {
    const world = await createWorld({ rates });
    await statuses(world, 3);
    const before = await world.state();
    const { status, body } = await world.call("PUT", "/weights", { body: { "us-east-1": 1 } });
    expect([status, body.type, body.detail]).toEqual([429, "/problems/rate-limited", "try again in 1 s"]);
    expect(await world.state()).toBe(before);
  });

  it("does not count among the strangers of its address", async () => {
    const world = await createWorld({ rates });
    await statuses(world, 3);
    expect(await statuses(world, 3, STRANGER)).toEqual([401, 401, 429]);
  });
});

describe("who has none", () => {
  it("is refused by address, whatever it claims to be", async () => {
    const world = await createWorld({ rates });
    expect(await statuses(world, 3, STRANGER)).toEqual([401, 401, 429]);
    expect(await statuses(world, 1, { ...STRANGER, "CF-Connecting-IP": "203.0.113.9" })).toEqual([401]);
    const { headers } = await world.call("GET", "/weights", { headers: STRANGER });
    expect(["RateLimit", "RateLimit-Policy", "Retry-After"].map((name) => headers.get(name))).toEqual([
      '"strangers";r=0;t=4',
      '"strangers";q=2;w=4',
      "2",
    ]);
  });

  it("has one limit for a v6 network of a subscriber", async () => {
    const world = await createWorld({ rates });
    const from = (ip: string) => statuses(world, 1, { ...STRANGER, "CF-Connecting-IP": ip });
    const ips = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"];
    const seen = [];
    for (const ip of ips) seen.push(...(await from(ip)));
    expect(seen).toEqual([401, 401, 429, 401]);
  });

  it("is anybody who signs in: secrets could be guessed there", async () => {
    const world = await createWorld({ rates });
    const signIn = async () => (await world.call("POST", "/sessions", { body: { name: "ann", password: "x" } })).status;
    expect([await signIn(), await signIn(), await signIn()]).toEqual([401, 401, 429]);
  });

  it("is limited in reading the API's description too", async () => {
    const world = await createWorld({ rates });
    const read = async () => (await world.fetch(new Request("http://control.test/api/v1/openapi.json"))).status;
    expect([await read(), await read(), await read()]).toEqual([200, 200, 429]);
  });
});
