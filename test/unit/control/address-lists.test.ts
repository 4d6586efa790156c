import { beforeEach, describe, expect, it } from "vitest";
import { createWorld, NOW, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

describe("entries of a patch whose time is over", () => {
  const rule = (expiresAt: number | null) => ({ reason: "r", createdAt: 0, expiresAt });
  const late = { code: "expired", counts: null };

  it("are left out, with a warning that counts them, and the others are applied", async () => {
    await world.call("POST", "/blacklist", { body: { cidr: "203.0.113.9", reason: "by hand" } });
    const body = {
      blacklist: {
        "203.0.113.9/32": rule(NOW - 1),
        "198.51.100.7/32": rule(NOW),
        "192.0.2.7/32": rule(NOW + 1),
        "192.0.2.8/32": rule(null),
      },
      allowlist: { "192.0.2.9/32": rule(0) },
    };
    const warnings = [
      {
        ...late,
        path: "/blacklist",
        detail: "2 of 4 entries of the blacklist have expired, the last at 2026-11-23T12:00:00.000Z: they are left out",
      },
      {
        ...late,
        path: "/allowlist",
        detail: "1 of 1 entries of the allowlist have expired, the last at 1970-01-01T00:00:00.000Z: they are left out",
      },
    ];
    const made = [{ id: "192.0.2.7/32" }, { id: "192.0.2.8/32" }];
    const planned = await world.call("POST", "/table/plan", { body });
    expect(planned.body).toMatchObject({ changes: made, objections: [], warnings });
    const applied = await world.call("POST", "/table/apply", { body });
    expect(applied).toMatchObject({ status: 200, body: { changes: made, warnings } });
    // It does not end what is in force.
    expect((await world.call("GET", "/blacklist/203.0.113.9")).body.reason).toBe("by hand");
  });

  it("are all that a patch may hold, and change nothing", async () => {
    const before = await world.state();
    // It would ban the caller, if it banned anybody.
    const body = { blacklist: { "198.51.100.7/32": rule(NOW - 1) } };
    const headers = { "CF-Connecting-IP": "198.51.100.7" };
    const applied = await world.call("POST", "/table/apply", { body, headers });
    expect(applied).toMatchObject({ status: 200, body: { changes: [], warnings: [late] } });
    expect(await world.state()).toBe(before);
  });

  it.each([
    ["text", "2020-01-01T00:00:00Z"],
    ["a fraction", 0.5],
    ["before all time", -1],
    ["not there", undefined],
  ])("are none where the time is %s, which is refused", async (_, expiresAt) => {
    const body = { blacklist: { "198.51.100.7/32": { reason: "r", createdAt: 0, expiresAt } } };
    expect((await world.call("POST", "/table/apply", { body })).status).toBe(422);
  });

  it("are told of in no reply to a patch without any", async () => {
    const applied = await world.call("POST", "/table/apply", { body: { blacklist: { "192.0.2.7/32": rule(null) } } });
    expect(applied.body).not.toHaveProperty("warnings");
    expect((await world.call("POST", "/table/apply", { body: { blacklist: 7 } })).status).toBe(422);
  });
});

describe("overlapping networks", () => {
  const add = (cidr: string, list = "blacklist") => world.call("POST", `/${list}`, { body: { cidr, reason: "r" } });

  it("are taken, and say what covers what", async () => {
    await add("203.0.113.9");
    await add("203.0.113.128/25");
    await add("2001:db8::/64");
    const wide = await add("203.0.113.0/24");
    expect(wide.body.covers).toEqual({ count: 2, first: ["203.0.113.9/32", "203.0.113.128/25"] });
    const narrow = await add("203.0.113.10");
    expect(narrow.body.coveredBy).toEqual(["203.0.113.0/24"]);
    expect((await add("203.0.113.200")).body.coveredBy).toEqual(["203.0.113.0/24", "203.0.113.128/25"]);
  });

  it("hold what is taken off the list, which is said", async () => {
    await add("203.0.113.0/24");
    await add("203.0.113.9");
    const removed = await world.call("DELETE", "/blacklist/203.0.113.9");
    expect(removed).toMatchObject({ status: 200, body: { coveredBy: ["203.0.113.0/24"], lifted: null } });
    expect(removed.body.notes).toEqual(["It is on the blacklist still, by 203.0.113.0/24."]);
    expect((await world.call("DELETE", "/blacklist/203.0.113.0%2F24")).status).toBe(204);
  });

  it("do not count when their time is over", async () => {
    await world.call("POST", "/blacklist", { body: { cidr: "203.0.113.0/24", reason: "r", ttlSeconds: 10 } });
    world.clock.now += 10_000;
    expect((await add("203.0.113.9")).body.coveredBy).toBeUndefined();
  });

  it("of the two lists: the allowlist wins, which is said", async () => {
    await add("203.0.113.0/24", "allowlist");
    expect((await add("203.0.113.9")).body.allowlistedBy).toBe("203.0.113.0/24");
  });
});
