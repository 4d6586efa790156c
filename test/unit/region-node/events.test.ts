import { describe, expect, it } from "vitest";
import { aNode } from "./a-node.ts";

describe("/sse", () => {
  it("sends as many events as asked for, one each interval, the first at once", async () => {
    const { ask, slept } = aNode();
    const response = await ask("/sse?count=3&everyMs=40");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(await response.text()).toBe(
      [0, 1, 2]
        .map((n) => `id: ${n}\nevent: tick\ndata: {"n":${n},"region":"eu-west-1","backend":"eu-west-1-a"}\n\n`)
        .join(""),
    );
    expect(slept).toEqual([40, 40]);
  });

  it("goes on every 100 ms until the client leaves", async () => {
    const { ask, slept } = aNode();
    const reader = (await ask("/sse")).body?.getReader();
    for (let n = 0; n < 5; n++) await reader?.read();
    await reader?.cancel();
    expect(slept).toEqual([100, 100, 100, 100]);
  });
});
