import { describe, expect, it } from "vitest";
import { MAX_HELD_BODY_BYTES, repeatability } from "../../../src/proxy/repeatable.ts";

const small = { "content-length": "10" };
const key = { "idempotency-key": "k" };

describe("what can be sent again", () => {
  it.each([
    ["GET", "GET", null, "bodiless"],
    ["HEAD", "HEAD", null, "bodiless"],
    ["OPTIONS", "OPTIONS", null, "bodiless"],
    ["TRACE", "TRACE", null, "bodiless"],
    ["DELETE", "DELETE", null, "bodiless"],
    ["DELETE with a small body", "DELETE", small, "hold-body"],
    ["PUT with a small body", "PUT", small, "hold-body"],
    ["PUT with an empty body", "PUT", { "content-length": "0" }, "hold-body"],
    ["PUT with the largest body held", "PUT", { "content-length": String(MAX_HELD_BODY_BYTES) }, "hold-body"],
    ["PUT with a larger one", "PUT", { "content-length": String(MAX_HELD_BODY_BYTES + 1) }, "once"],
    ["PUT with a body of unknown length", "PUT", {}, "once"],
    ["PUT with an absurd length", "PUT", { "content-length": "1e3" }, "once"],
    ["PUT with an empty length", "PUT", { "content-length": "" }, "once"],
    ["PUT with a negative length", "PUT", { "content-length": "-1" }, "once"],
    ["PUT with a list of lengths", "PUT", { "content-length": "10, 10" }, "once"],
    ["PUT with a huge length", "PUT", { "content-length": "99999999999999999999" }, "once"],
    ["POST", "POST", null, "once"],
    ["POST with a small body", "POST", small, "once"],
    ["PATCH with a small body", "PATCH", small, "once"],
    ["an unknown method", "PURGE", null, "once"],
    ["a method in small letters, which is another method", "get", null, "once"],
    ["POST with a key", "POST", { ...small, ...key }, "hold-body"],
    ["POST with an empty key", "POST", { ...small, "idempotency-key": "" }, "hold-body"],
    ["PATCH with a key", "PATCH", { ...small, ...key }, "hold-body"],
    ["POST with a key and a body of unknown length", "POST", key, "once"],
  ])("%s", (_, method, headers: Record<string, string> | null, expected) => {
    expect(repeatability(method, headers !== null, headers ?? {})).toBe(expected);
  });

  it("POST with a key and no body needs nothing held", () => {
    expect(repeatability("POST", false, key)).toBe("bodiless");
  });
});
