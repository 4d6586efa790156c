import { describe, expect, it } from "vitest";
import { fromHex } from "../../../src/base/hex.ts";
import { decodeQuery } from "../../../src/dns/decode-query.ts";
import { encodeResponse, refusal } from "../../../src/dns/encode-response.ts";
import { optOf, packet } from "./zones.ts";

const bytes = (hex: string) => fromHex(hex.replaceAll(" ", "")) as Uint8Array;
const decode = (opt: readonly number[]) => decodeQuery(packet("a.example", "A", { opt }));
const subnet = (...option: number[]) => decode(optOf({ options: [[8, option]] }));

/** Header, `a.example`, A, IN. */
const HEADER = "1234 0000 0001 0000 0000 0000";
const QUESTION = "01 61 07 65 78 61 6d 70 6c 65 00 0001 0001";
const OPT = "00 0029 04d0 00 00 0000 0000";

describe("a good query", () => {
  it("keeps the name as it was asked beside the canonical one", () => {
    const decoded = decodeQuery(packet("wWw.eXample", "AAAA", { id: 7, flags: 0x0110 }));
    expect(decoded).toEqual({
      ok: true,
      value: {
        head: { id: 7, opcode: 0, recursionDesired: true, checkingDisabled: true },
        question: { name: "www.example", asked: bytes("03 775777 07 655861 6d706c65 00"), type: 28, class: 1 },
        edns: null,
      },
    });
  });

  it("says what its OPT says, and nothing of options that nobody knows", () => {
    const cookie = [1, 2, 3, 4, 5, 6, 7, 8];
    const options: [number, number[]][] = [
      [65001, [9, 9]],
      [8, [0, 1, 20, 0, 203, 0, 112]],
      [10, cookie],
    ];
    expect(decode(optOf({ payloadBytes: 4096, flags: 0xc000, options }))).toMatchObject({
      value: {
        edns: {
          version: 0,
          payloadBytes: 4096,
          dnssecOk: true,
          compactOk: true,
          subnet: { family: 1, sourcePrefix: 20, scopePrefix: 0, address: Uint8Array.of(203, 0, 112) },
          cookie: Uint8Array.from(cookie),
        },
      },
    });
  });

  it("is taken to receive 512 bytes where it says fewer", () => {
    expect(decode(optOf({ payloadBytes: 100 }))).toMatchObject({ value: { edns: { payloadBytes: 512 } } });
  });

  it("may bring other records, which are passed over", () => {
    const record = "c00c 0001 0001 00000000 0004 c0000201";
    const decoded = decodeQuery(
      bytes(`1234 0000 0001 0001 0001 0002 ${QUESTION} ${record} ${record} ${record} ${OPT}`),
    );
    expect(decoded).toMatchObject({ ok: true, value: { edns: { version: 0 } } });
  });

  it("is not held to what options mean in another version of EDNS", () => {
    expect(decode(optOf({ version: 1, options: [[8, [1]]] }))).toMatchObject({ value: { edns: { version: 1 } } });
  });
});

describe("a client subnet", () => {
  it.each([
    ["v4", [0, 1, 24, 0, 203, 0, 113]],
    ["v4 of no bits: use no address", [0, 1, 0, 0]],
    ["v6", [0, 2, 56, 0, 0x20, 1, 0x0d, 0xb8, 0, 0, 0]],
    ["v4 whole", [0, 1, 32, 0, 203, 0, 113, 255]],
    ["no family and no bits", [0, 0, 0, 0]],
  ])("%s is read", (_, option) => {
    expect(subnet(...option)).toMatchObject({ ok: true, value: { edns: { subnet: { sourcePrefix: option[2] } } } });
  });

  it.each([
    ["a scope, which is for responses", [0, 1, 24, 24, 203, 0, 113]],
    ["too long a prefix", [0, 1, 33, 0, 203, 0, 113, 9, 9]],
    ["too long a prefix of v6", [0, 2, 129, 0, ...Array(17).fill(0)]],
    ["too few bytes", [0, 1, 24, 0, 203, 0]],
    ["too many bytes", [0, 1, 24, 0, 203, 0, 113, 0]],
    ["bits past its prefix", [0, 1, 20, 0, 203, 0, 113]],
    ["a family that nobody knows", [0, 3, 0, 0]],
    ["a family beyond 255", [1, 1, 0, 0]],
    ["bits without a family", [0, 0, 8, 0, 10]],
    ["no more than a family", [0, 1]],
    ["nothing at all", []],
  ])("with %s is malformed", (_, option) => {
    expect(subnet(...option)).toMatchObject({ ok: false, error: { kind: "refused", rcode: 1 } });
  });
});

describe("a bad packet", () => {
  it.each([
    ["none at all", "", "dropped", undefined],
    ["half a header", "1234 0000 0001", "dropped", undefined],
    ["a response", `1234 8000 0001 0000 0000 0000 ${QUESTION}`, "dropped", undefined],
    ["a header only", HEADER, "refused", 1],
    ["no question", "1234 0000 0000 0000 0000 0000", "refused", 1],
    ["two questions", `1234 0000 0002 0000 0000 0000 ${QUESTION} ${QUESTION}`, "refused", 1],
    ["an update", `1234 2800 0001 0000 0000 0000 ${QUESTION}`, "refused", 4],
    ["a notification that says nothing", "1234 2000 0000 0000 0000 0000", "refused", 4],
    ["a name that points at itself", `${HEADER} c00c 0001 0001`, "refused", 1],
    ["a name that points into the header", `${HEADER} 01 61 c004 0001 0001`, "refused", 1],
    ["a name that points forward", `${HEADER} c010 0001 0001 00`, "refused", 1],
    ["a label of a kind that nobody knows", `${HEADER} 41 61 00 0001 0001`, "refused", 1],
    ["a label that ends past the packet", `${HEADER} 3f 61 62`, "refused", 1],
    ["a name of more than 255 bytes", `${HEADER} ${"01 61".repeat(128)} 00 0001 0001`, "refused", 1],
    ["no class", `${HEADER} 01 61 00 0001`, "refused", 1],
    ["bytes past the end", `${HEADER} ${QUESTION} 00`, "refused", 1],
    ["records that are not there", `1234 0000 0001 ffff ffff ffff ${QUESTION}`, "refused", 1],
    ["two OPT records", `1234 0000 0001 0000 0000 0002 ${QUESTION} ${OPT} ${OPT}`, "refused", 1],
    ["OPT with a name", `1234 0000 0001 0000 0000 0001 ${QUESTION} 0161 ${OPT}`, "refused", 1],
    [
      "an option that is cut off",
      `1234 0000 0001 0000 0000 0001 ${QUESTION} 00 0029 04d0 00000000 0004 000a0008`,
      "refused",
      1,
    ],
    [
      "a cookie of 9 bytes",
      `1234 0000 0001 0000 0000 0001 ${QUESTION} 00 0029 04d0 00000000 000d 000a0009 ${"00".repeat(9)}`,
      "refused",
      1,
    ],
  ])("%s", (_, hex, kind, rcode) => {
    const decoded = decodeQuery(bytes(hex));
    expect(decoded).toMatchObject({
      ok: false,
      error: rcode === undefined ? { kind } : { kind, rcode, head: { id: 0x1234 } },
    });
  });
});

describe("the refusal of a bad packet", () => {
  it.each([
    ["has a head only, where the question cannot be read", `${HEADER} c00c 0001 0001`, "1234 8001 0000 0000 0000 0000"],
    [
      "has the question, and OPT for a client that has it",
      `1234 0100 0001 0000 0000 0001 ${QUESTION} 00 0029 04d0 00 00 8000 0005 0008 0001 00`,
      `1234 8101 0001 0000 0000 0001 ${QUESTION} 00 0029 04d0 00 00 0000 0000`,
    ],
    ["has the question", `${HEADER} ${QUESTION} 00`, `1234 8001 0001 0000 0000 0000 ${QUESTION}`],
    ["of another opcode keeps that", "1234 2000 0000 0000 0000 0000", "1234 a004 0000 0000 0000 0000"],
  ])("%s", (_, packetHex, responseHex) => {
    const decoded = decodeQuery(bytes(packetHex));
    if (decoded.ok || decoded.error.kind === "dropped") throw new Error("not refused");
    const { head, rcode } = decoded.error;
    expect(encodeResponse(refusal(head, rcode, decoded.error), { maxBytes: 512 })).toEqual(bytes(responseHex));
  });
});
