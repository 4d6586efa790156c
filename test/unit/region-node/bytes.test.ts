import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteAt } from "../../../workers/region-node/bytes.ts";
import { aNode } from "./a-node.ts";

/** The plain meaning of the content: one call a byte. */
const expected = (first: number, end: number) => Uint8Array.from({ length: end - first }, (_, i) => byteAt(first + i));

const bodyOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());

describe("/bytes", () => {
  it.each([0, 1, 65_520, 65_521, 65_522, 1_000_000])("sends %i bytes, the same each time", async (n) => {
    const response = await aNode().ask(`/bytes/${n}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe(String(n));
    expect(Buffer.compare(await bodyOf(response), expected(0, n))).toBe(0);
  });

  it.each([
    ["from a place to a place", "bytes=2-4", 206, [2, 5], "bytes 2-4/10"],
    ["from a place on", "bytes=7-", 206, [7, 10], "bytes 7-9/10"],
    ["the last", "bytes=-3", 206, [7, 10], "bytes 7-9/10"],
    ["more than there is at the end", "bytes=-30", 206, [0, 10], "bytes 0-9/10"],
    ["past the end", "bytes=5-99", 206, [5, 10], "bytes 5-9/10"],
    ["the unit in capitals", "BYTES=0-0", 206, [0, 1], "bytes 0-0/10"],
    ["several ranges: the whole", "bytes=0-1,4-5", 200, [0, 10], null],
    ["another unit: the whole", "lines=0-1", 200, [0, 10], null],
    ["backwards: the whole", "bytes=4-2", 200, [0, 10], null],
    ["no numbers: the whole", "bytes=-", 200, [0, 10], null],
  ] as const)("serves a range: %s", async (_name, range, status, [first, end], contentRange) => {
    const response = await aNode().ask("/bytes/10", { headers: { Range: range } });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-range")).toBe(contentRange);
    expect(await bodyOf(response)).toEqual(expected(first, end));
  });

  it.each(["bytes=10-", "bytes=10-20", "bytes=-0"])("has nothing to serve for %s", async (range) => {
    const response = await aNode().ask("/bytes/10", { headers: { Range: range } });
    expect(response.status).toBe(416);
    expect(response.headers.get("content-range")).toBe("bytes */10");
  });

  it("serves the whole when a range depends on a validator that it has not given", async () => {
    const headers = { Range: "bytes=0-1", "If-Range": '"some-tag"' };
    expect((await aNode().ask("/bytes/10", { headers })).status).toBe(200);
  });

  it("answers HEAD with the length and no body", async () => {
    const response = await aNode().ask("/bytes/1073741824", { method: "HEAD", headers: { Range: "bytes=0-1" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-length")).toBe("1073741824");
    expect(response.body).toBeNull();
  });

  it("sends much in chunks of one period", async () => {
    const response = await aNode().ask("/bytes/1073741824");
    const reader = response.body?.getReader();
    const chunk = await reader?.read();
    expect(chunk?.value?.byteLength).toBe(65_521);
    await reader?.cancel();
  });

  it("serves any range as the plain content has it", async () => {
    const size = 200_000;
    const range = fc
      .tuple(fc.nat(size - 1), fc.nat(size - 1))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    const property = fc.asyncProperty(range, async ([first, last]) => {
      const response = await aNode().ask(`/bytes/${size}`, { headers: { Range: `bytes=${first}-${last}` } });
      expect(Buffer.compare(await bodyOf(response), expected(first, last + 1))).toBe(0);
    });
    await fc.assert(property, { numRuns: 30 });
  });
});
