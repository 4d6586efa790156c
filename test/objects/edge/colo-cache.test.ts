import { describe, expect, it } from "vitest";
import { coloCache } from "../../../workers/colo-cache.ts";
import { FakeColoCache } from "../../fakes/colo-cache.ts";

describe.each([
  ["the Cache API", () => coloCache],
  ["the fake", () => new FakeColoCache(Date.now)],
])("a colo's cache: %s", (name, make) => {
  const cache = make();
  const bytes = Uint8Array.from({ length: 3000 }, (_, i) => i & 255);

  it("gives what was put under a key, byte by byte, and nothing under others", async () => {
    expect(await cache.get(`${name}/absent`)).toBeNull();
    await cache.put(`${name}/one`, bytes, 60);
    await cache.put(`${name}/two`, new Uint8Array(), 60);
    expect(await cache.get(`${name}/one`)).toEqual(bytes);
    expect(await cache.get(`${name}/two`)).toEqual(new Uint8Array());
  });

  it("holds the last that was put", async () => {
    await cache.put(`${name}/again`, bytes, 60);
    await cache.put(`${name}/again`, bytes.subarray(7), 60);
    expect(await cache.get(`${name}/again`)).toEqual(bytes.subarray(7));
  });

  it("forgets what is over", async () => {
    await cache.put(`${name}/short`, bytes, 1);
    expect(await cache.get(`${name}/short`)).toEqual(bytes);
    await expect.poll(() => cache.get(`${name}/short`), { timeout: 5000 }).toBeNull();
  });
});
