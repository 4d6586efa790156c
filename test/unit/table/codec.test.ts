import { describe, expect, it } from "vitest";
import { decodeEntity, decodePart } from "../../../src/table/codec.ts";

describe("decodeEntity", () => {
  it("fills in what an older version did not write", () => {
    const read = decodeEntity("backends", { region: "us-east-1", url: "http://127.0.0.1:1" });
    expect(read).toMatchObject({ ok: true, value: { weight: 100, loadPath: "/load" } });
  });

  it.each([null, 7, "text", [], { region: 1 }])("refuses %j", (stored) => {
    expect(decodeEntity("backends", stored).ok).toBe(false);
  });
});

it("decodePart reads entities, verdicts and learned rows, each by its own shape", () => {
  const rule = { reason: "flood", createdAt: 1, expiresAt: null };
  const row = { "us-east-1": { ms: 90, deviationMs: 1, samples: 20, at: 5 } };
  expect(decodePart("blacklist", rule)).toEqual({ ok: true, value: rule });
  expect(decodePart("learned", row)).toEqual({ ok: true, value: row });
  expect(decodePart("health", rule).ok).toBe(false);
  expect(decodePart("learned", rule).ok).toBe(false);
});
