import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseIp } from "../../../src/base/ip.ts";
import { compileSnapshot, serviceFor } from "../../../src/table/snapshot.ts";
import { down, testSnapshot, testTable } from "../../fakes/world.ts";

interface Route {
  readonly hosts: readonly string[];
  readonly pathPrefix: string;
}

/** A snapshot with these services, named by number, and no other. */
function snapshotOf(routes: readonly Route[]) {
  const services = Object.fromEntries(routes.map((route, i) => [`s${i}`, { ...route, policy: "latency" }]));
  return testSnapshot(testTable({ patch: { services: { api: null, ...services } } }));
}

/** The twin: every host pattern of every service, judged by its rank and then by its length. */
function slowServiceFor(routes: readonly Route[], host: string, path: string): string | undefined {
  const segments = (text: string) => text.split("/");
  const isUnder = (prefix: string) => {
    if (prefix.endsWith("/")) return path.startsWith(prefix);
    const wanted = segments(prefix);
    return segments(path).slice(0, wanted.length).join("/") === prefix;
  };
  const rankOf = (pattern: string) => {
    if (pattern === host) return 1000;
    if (pattern === "*") return 0;
    return pattern.startsWith("*.") && host.endsWith(pattern.slice(1)) ? pattern.length : -1;
  };
  const candidates = routes.flatMap(({ hosts, pathPrefix }, i) =>
    isUnder(pathPrefix)
      ? hosts.map((pattern) => ({ id: `s${i}`, rank: rankOf(pattern), length: pathPrefix.length }))
      : [],
  );
  return candidates.filter(({ rank }) => rank >= 0).sort((a, b) => b.rank - a.rank || b.length - a.length)[0]?.id;
}

describe("the service for a host and a path", () => {
  const routes: readonly Route[] = [
    { hosts: ["*"], pathPrefix: "/" },
    { hosts: ["*"], pathPrefix: "/api" },
    { hosts: ["*.example.com"], pathPrefix: "/" },
    { hosts: ["*.eu.example.com"], pathPrefix: "/" },
    { hosts: ["www.example.com", "example.com"], pathPrefix: "/shop" },
    { hosts: ["www.example.com"], pathPrefix: "/shop/cart/" },
    { hosts: ["[::1]"], pathPrefix: "/" },
  ];
  it.each([
    ["any host", "other.example", "/", "s0"],
    ["the longest prefix", "other.example", "/api/users", "s1"],
    ["the prefix itself", "other.example", "/api", "s1"],
    ["a prefix ends at a segment's end", "other.example", "/apix", "s0"],
    ["paths have case", "other.example", "/API", "s0"],
    ["a suffix before any", "a.example.com", "/api", "s2"],
    ["a suffix holds deeper names", "a.b.example.com", "/", "s2"],
    ["the longer suffix", "a.eu.example.com", "/", "s3"],
    ["a suffix does not hold itself", "eu.example.com", "/", "s2"],
    ["a suffix begins at a label's start", "badexample.com", "/", "s0"],
    ["an exact host before a suffix", "www.example.com", "/shop", "s4"],
    ["an exact host of two", "example.com", "/shop/x", "s4"],
    ["an exact host whose prefix does not match falls to the suffix", "www.example.com", "/blog", "s2"],
    ["then to any", "example.com", "/api", "s1"],
    ["a prefix with a slash at the end holds what is below", "www.example.com", "/shop/cart/1", "s5"],
    ["and not its own name", "www.example.com", "/shop/cart", "s4"],
    ["a v6 host", "[::1]", "/", "s6"],
  ])("%s", (_, host, path, id) => {
    expect(serviceFor(snapshotOf(routes), host, path)?.id).toBe(id);
    expect(slowServiceFor(routes, host, path)).toBe(id);
  });

  it("is none where nobody answers the host or the path", () => {
    const snapshot = snapshotOf([{ hosts: ["example.com"], pathPrefix: "/api" }]);
    expect(serviceFor(snapshot, "example.com", "/")).toBeUndefined();
    expect(serviceFor(snapshot, "other.example", "/api")).toBeUndefined();
    expect(serviceFor(snapshot, "", "/api")).toBeUndefined();
  });

  it("is what a slow look at every pattern finds", () => {
    const labels = fc.constantFrom("a", "b", "com");
    const names = fc.array(labels, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));
    const patterns = fc.oneof(
      fc.constant("*"),
      names,
      names.map((name) => `*.${name}`),
    );
    const parts = fc.constantFrom("x", "xy", "y");
    const paths = fc
      .tuple(fc.array(parts, { maxLength: 3 }), fc.boolean())
      .map(([list, slash]) => `/${list.join("/")}${slash && list.length > 0 ? "/" : ""}`);
    const routeLists = fc.array(
      fc.record({ hosts: fc.uniqueArray(patterns, { minLength: 1, maxLength: 3 }), pathPrefix: paths }),
      { minLength: 1, maxLength: 8 },
    );
    let found = 0;
    fc.assert(
      fc.property(routeLists, names, paths, (lists, host, path) => {
        // The table refuses two services that answer the same.
        const taken = new Set<string>();
        const distinct = lists.filter(({ hosts, pathPrefix }) => {
          const keys = hosts.map((pattern) => `${pattern}${pathPrefix}`);
          if (keys.some((key) => taken.has(key))) return false;
          for (const key of keys) taken.add(key);
          return true;
        });
        const expected = slowServiceFor(distinct, host, path);
        if (expected !== undefined) found += 1;
        expect(serviceFor(snapshotOf(distinct), host, path)?.id).toBe(expected);
      }),
      { numRuns: 500 },
    );
    expect(found).toBeGreaterThan(100);
  });
});

describe("a snapshot", () => {
  it("resolves references: regions, backends with their verdicts, services with their policies", () => {
    const table = testTable({
      perRegion: 2,
      patch: { services: { api: { backends: ["us-east-1-b", "eu-west-1-a"] } } },
    });
    const snapshot = testSnapshot(table, new Map([["us-east-1-b", down(5)]]));
    snapshot.backends.forEach(({ index }, i) => {
      expect(index).toBe(i);
    });
    snapshot.regions.forEach(({ index }, i) => {
      expect(index).toBe(i);
    });
    const [service] = snapshot.services;
    expect(service?.policy.kind).toBe("latency");
    expect(service?.backends.map(({ id }) => id).sort()).toEqual(["eu-west-1-a", "us-east-1-b"]);
    expect([...(service?.regions ?? [])].sort()).toEqual(["eu-west-1", "us-east-1"]);
    expect([...(service?.ejection.pool ?? [])].sort()).toEqual(["eu-west-1-a", "us-east-1-b"]);
    const failing = service?.backends.find(({ id }) => id === "us-east-1-b");
    expect(failing?.verdict?.status).toBe("down");
    expect(failing?.region.region.country).toBe("US");
    // The same entries everywhere, so that they can be compared by reference.
    for (const entry of service?.backends ?? []) expect(snapshot.backends[entry.index]).toBe(entry);
  });

  it("leaves out what rests on something missing, as a table of a newer writer may", () => {
    const table = testTable();
    const snapshot = compileSnapshot({
      epoch: 3,
      table: { ...table, regions: new Map(), policies: new Map() },
      health: new Map(),
      learned: new Map(),
      failovers: new Map(),
      defences: new Map(),
    });
    expect(snapshot).toMatchObject({ epoch: 3, backends: [], services: [] });
  });

  it("is in order of id, whatever the order of the table", () => {
    const table = testTable({ perRegion: 2 });
    const backends = new Map([...table.backends].reverse());
    const ids = testSnapshot({ ...table, backends }).backends.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(ids).toHaveLength(26);
  });

  it("compiles address lists once for as long as they do not change", () => {
    const rule = { reason: "test", createdAt: 0, expiresAt: null };
    const table = testTable({ patch: { blacklist: { "10.0.0.0/8": rule } } });
    const [one, two] = [testSnapshot(table), testSnapshot({ ...table, services: new Map() })];
    expect(one.blacklist).toBe(two.blacklist);
    const ip = parseIp("10.1.2.3");
    expect(ip && one.blacklist.find(ip, 0)?.cidr).toBe("10.0.0.0/8");
    expect(one.allowlist.size).toBe(0);
    expect(testSnapshot(testTable()).blacklist).not.toBe(one.blacklist);
  });
});
