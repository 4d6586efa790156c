import { describe, expect, it } from "vitest";
import type { BackendId } from "../../../src/table/backend.ts";
import { AFFINITY_COOKIE, AffinityCookies } from "../../../workers/edge/affinity.ts";
import { EdgeWorld, refused } from "./world.ts";

const regions = ["eu-central-1", "eu-west-2", "us-east-1"];
const cookie = { kind: "cookie", ttlSeconds: 600 };
const start = (patch: object = {}) => EdgeWorld.start(regions, { services: { api: { affinity: cookie } }, ...patch });
const pairOf = (response: Response) => response.headers.get("set-cookie")?.split(";")[0] ?? "";
const far = { country: "US", continent: "NA", latitude: "39", longitude: "-77" };

/** A cookie for a backend of the service `api`, as an edge with this key writes it. */
async function cookieFor(backend: string, { key = "k".repeat(32), service = "api", now = Date.UTC(2100, 0, 1) } = {}) {
  const cookies = new AffinityCookies(key);
  const bound = { id: service, pathPrefix: "/", ttlSeconds: 600 };
  return (await cookies.write(bound, backend as BackendId, false, now)).split(";")[0] ?? "";
}

describe("affinity by cookie", () => {
  it("binds a client to the backend that it first came to, wherever it goes", async () => {
    const world = await start();
    const response = await world.send();
    const bound = pairOf(response);
    expect(bound).toMatch(new RegExp(`^${AFFINITY_COOKIE}=eu-central-1-a\\.\\d+\\.[\\w-]{43}$`));
    const again = await world.send("/", { cf: far, headers: { cookie: `a=b; ${bound}; c=d` } });
    expect(again.headers.get("x-novacron-backend")).toBe("eu-central-1-a");
    expect(again.headers.has("set-cookie")).toBe(false);
    expect((await world.send("/", { cf: far })).headers.get("x-novacron-backend")).toBe("us-east-1-a");
  });

  it.each([
    ["http://api.example.com", "Path=/; Max-Age=600; HttpOnly; SameSite=Lax"],
    ["https://api.example.com", "Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"],
  ])("has the attributes that it needs on %s", async (host, attributes) => {
    const world = await start();
    const setCookie = (await world.send("/", {}, host)).headers.get("set-cookie") ?? "";
    expect(setCookie.slice(setCookie.indexOf(";") + 2)).toBe(attributes);
  });

  it("is scoped to the service's path, so that two services of one host keep apart", async () => {
    const shop = { hosts: ["*"], pathPrefix: "/shop", policy: "latency", affinity: cookie };
    const odd = { ...shop, pathPrefix: "/a;b" };
    const world = await start({ services: { api: { affinity: cookie }, shop, odd } });
    const pathOf = async (path: string) =>
      /Path=([^;]*)/.exec((await world.send(path)).headers.get("set-cookie") ?? "")?.[1];
    expect([await pathOf("/"), await pathOf("/shop/x"), await pathOf("/a;b/x")]).toEqual(["/", "/shop", "/"]);
  });

  it("a client is bound anew when its backend fails or may not serve it", async () => {
    const world = await start();
    const bound = await cookieFor("us-east-1-a");
    const send = () => world.send("/", { headers: { cookie: bound } });
    expect((await send()).headers.get("x-novacron-backend")).toBe("us-east-1-a");
    world.handlers.set("us-east-1-a", refused);
    const elsewhere = await send();
    expect(elsewhere.status).toBe(200);
    expect(pairOf(elsewhere)).toContain(`=${elsewhere.headers.get("x-novacron-backend")}.`);
    world.handlers.delete("us-east-1-a");
    await world.apply({ backends: { "us-east-1-a": { state: "draining" } } });
    world.now += 2000;
    expect((await send()).headers.get("x-novacron-backend")).toBe("us-east-1-a");
    await world.apply({ backends: { "us-east-1-a": { state: "disabled" } } });
    world.now += 2000;
    expect((await send()).headers.get("x-novacron-backend")).toBe("eu-central-1-a");
  });

  it("never carries a client out of its jurisdiction", async () => {
    const world = await start({ services: { api: { affinity: cookie, residency: "required" } } });
    const response = await world.send("/", { headers: { cookie: await cookieFor("us-east-1-a") } });
    expect(response.headers.get("x-novacron-backend")).toBe("eu-central-1-a");
  });

  it("there is no cookie where the service does not ask for one", async () => {
    const world = await EdgeWorld.start(regions);
    const response = await world.send("/", { headers: { cookie: await cookieFor("us-east-1-a") } });
    expect(response.headers.has("set-cookie")).toBe(false);
    expect(response.headers.get("x-novacron-backend")).toBe("eu-central-1-a");
  });

  const good = () => cookieFor("us-east-1-a");
  it.each([
    ["of another key", () => cookieFor("us-east-1-a", { key: "x".repeat(32) })],
    ["of another service", () => cookieFor("us-east-1-a", { service: "shop" })],
    ["that has expired", () => cookieFor("us-east-1-a", { now: Date.UTC(2100, 0, 1) - 600_000 })],
    ["of an unknown backend", () => cookieFor("us-east-1-z")],
    ["moved to another backend", async () => (await cookieFor("eu-west-2-a")).replace("eu-west-2", "us-east-1")],
    ["with a later expiry", async () => (await good()).replace(/\.\d+\./, ".9999999999.")],
    ["with its signature cut", async () => (await good()).slice(0, -1)],
    ["with its signature changed", async () => (await good()).replace(/\.[^.]{2}([^.]*)$/, ".__$1")],
    ["without a signature", async () => `${AFFINITY_COOKIE}=us-east-1-a.9999999999`],
    ["that is empty", async () => `${AFFINITY_COOKIE}=`],
    ["that is no pair", async () => AFFINITY_COOKIE],
    ["under a name that ends alike", async () => `x${await good()}`],
  ])("a cookie %s is ignored, and replaced", async (_, make) => {
    const world = await start();
    const response = await world.send("/", { headers: { cookie: await make() } });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-novacron-backend")).toBe("eu-central-1-a");
    expect(pairOf(response)).toContain("=eu-central-1-a.");
  });

  it("ids with dots are read back whole", async () => {
    const cookies = new AffinityCookies("k".repeat(32));
    const bound = { id: "api", pathPrefix: "/", ttlSeconds: 60 };
    for (const id of ["a.b.c", "1.2.3", "a", "a_b-c."]) {
      const [value] = (await cookies.write(bound, id as BackendId, false, 0)).split(";");
      expect(await cookies.read(value, "api", 59_999)).toBe(id);
      expect(await cookies.read(value, "api", 60_000)).toBeNull();
    }
  });
});
