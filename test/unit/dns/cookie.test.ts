import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../src/base/hex.ts";
import { type Ip, parseIp } from "../../../src/base/ip.ts";
import { checkCookie } from "../../../src/dns/cookie.ts";

const bytes = (hex: string) => fromHex(hex) as Uint8Array;
const ip = (text: string) => parseIp(text) as Ip;
const check = (option: string, client: string, secrets: [string, ...string[]], now: number) => {
  const [newest, ...others] = secrets.map(bytes);
  const { isProven, reply } = checkCookie(bytes(option), ip(client), [newest as Uint8Array, ...others], now);
  return { isProven, reply: toHex(reply) };
};

const SECRET = "e5e973e5a6b2a43f48e7dc849e37bfcf";
const CLIENT = "2464c4abcf10c957";
const LEARNED = `${CLIENT}010000005cf79f111f8130c3eee29480`;
const LEARNED_AT = 1_559_731_985;

describe("the examples of RFC 9018, appendix A", () => {
  it("A.1: a client learns a cookie", () => {
    const made = check(CLIENT, "198.51.100.100", [SECRET], LEARNED_AT);
    expect(made).toEqual({ isProven: false, reply: LEARNED });
  });

  it("A.2: half an hour later it has it renewed", () => {
    const made = check(LEARNED, "198.51.100.100", [SECRET], 1_559_734_385);
    expect(made).toEqual({ isProven: true, reply: `${CLIENT}010000005cf7a871d4a564a1442aca77` });
  });

  it("A.4: a secret has been changed, and the client has a v6 address", () => {
    const secrets: [string, string] = ["445536bcd2513298075a5d379663c962", "dd3bdf9344b678b185a6f5cb60fca715"];
    const before = "22681ab97d52c298010000005cf7c57926556bd0934c72f8";
    const made = check(before, "2001:db8:220:1:59de:d0f4:8769:82b8", secrets, 1_559_741_961);
    expect(made).toEqual({ isProven: true, reply: "22681ab97d52c298010000005cf7c609a6bb79d16625507a" });
  });
});

describe("checkCookie", () => {
  it.each([
    ["as it was made", LEARNED, "198.51.100.100", 0, true],
    ["from another address", LEARNED, "198.51.100.101", 0, false],
    ["of an hour ago", LEARNED, "198.51.100.100", 3600, true],
    ["of more than an hour ago", LEARNED, "198.51.100.100", 3601, false],
    ["of five minutes from now", LEARNED, "198.51.100.100", -300, true],
    ["of later still", LEARNED, "198.51.100.100", -301, false],
    ["with another time", LEARNED.replace("9f11", "9f12"), "198.51.100.100", 0, false],
    ["with another client's part", LEARNED.replace("2464", "2465"), "198.51.100.100", 0, false],
    ["of another version", LEARNED.replace("0100", "0200"), "198.51.100.100", 0, false],
    ["of another length", `${LEARNED}00`, "198.51.100.100", 0, false],
  ])("a cookie %s", (_, option, client, laterSeconds, isProven) => {
    const now = LEARNED_AT + laterSeconds;
    const checked = check(option, client, [SECRET], now);
    expect(checked.isProven).toBe(isProven);
    // What it gets back is believed, and no longer than a cookie is.
    expect(check(checked.reply, client, [SECRET], now).isProven).toBe(true);
    expect(checked.reply).toHaveLength(48);
  });

  it("keeps reading where the 32 bits of the time begin again", () => {
    const { reply } = check(CLIENT, "192.0.2.1", [SECRET], 2 ** 32 - 10);
    expect(check(reply, "192.0.2.1", [SECRET], 2 ** 32 + 10).isProven).toBe(true);
  });
});
