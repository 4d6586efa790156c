import { describe, expect, it } from "vitest";
import { aNode } from "./a-node.ts";

describe("/echo", () => {
  it("tells what has arrived", async () => {
    const response = await aNode().ask("/echo?q=1", { method: "PUT", headers: { "X-Some": "thing" }, body: "grüße" });
    expect(await response.json()).toEqual({
      method: "PUT",
      url: "http://node.test/echo?q=1",
      headers: { "content-type": "text/plain;charset=UTF-8", "x-some": "thing" },
      body: "grüße",
      bodyEncoding: "utf-8",
      region: "eu-west-1",
      backend: "eu-west-1-a",
    });
  });

  it("gives back bytes that are no text in base64", async () => {
    const response = await aNode().ask("/echo", { method: "POST", body: Uint8Array.of(0xff, 0x00, 0xfe) });
    expect(await response.json()).toMatchObject({ body: "/wD+", bodyEncoding: "base64" });
  });

  it("stops to read where the limit is, however long the body goes on", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    const response = await aNode().ask("/echo", { method: "POST", body: endless, duplex: "half" });
    expect(response.status).toBe(413);
    expect(pulled).toBeLessThan(30);
  });
});
