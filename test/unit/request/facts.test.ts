import { describe, expect, it } from "vitest";
import { nowhere } from "../../../src/geo/place.ts";
import { MAX_URL_LENGTH, readFacts } from "../../../src/request/facts.ts";

interface Incoming {
  readonly url?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cf?: unknown;
  readonly country?: string | null;
}

const read = ({ url = "https://api.example.com/", method = "GET", headers = {}, cf, country = null }: Incoming) =>
  readFacts(
    { method, url, headers: new Headers(headers), cf },
    { requestId: "0".repeat(32), countryByIp: () => country },
  );

function facts(incoming: Incoming) {
  const result = read(incoming);
  if (result.kind !== "facts") throw new Error(result.kind);
  return result;
}

describe("the target", () => {
  it.each([
    ["a plain one", "https://api.example.com/", "https", "api.example.com", "api.example.com", "/", "/"],
    ["a port", "http://api.example.com:8787/a", "http", "api.example.com:8787", "api.example.com", "/a", "/a"],
    ["a query", "http://h/a/b?c=/d?e", "http", "h", "h", "/a/b", "/a/b?c=/d?e"],
    ["an empty query", "http://h/a?", "http", "h", "h", "/a", "/a?"],
    ["a v4 host with a port", "http://127.0.0.1:80/", "http", "127.0.0.1:80", "127.0.0.1", "/", "/"],
    ["a v6 host", "http://[::1]/", "http", "[::1]", "[::1]", "/", "/"],
    ["a v6 host with a port", "http://[2001:db8::1]:8787/x", "http", "[2001:db8::1]:8787", "[2001:db8::1]", "/x", "/x"],
    ["a fully qualified name", "http://h.example.:80/", "http", "h.example.:80", "h.example", "/", "/"],
    ["a path with colons", "http://h/a:b://c", "http", "h", "h", "/a:b://c", "/a:b://c"],
    ["escapes are left alone", "http://h/%41?%42", "http", "h", "h", "/%41", "/%41?%42"],
  ])("%s", (_, url, scheme, host, hostname, path, target) => {
    expect(facts({ url })).toMatchObject({ scheme, host, hostname, path, target });
  });

  it("a URL may be as long as the limit and no longer", () => {
    const url = "http://h/".padEnd(MAX_URL_LENGTH, "x");
    expect(read({ url }).kind).toBe("facts");
    expect(read({ url: `${url}x` })).toEqual({ kind: "url-too-long", length: MAX_URL_LENGTH + 1 });
  });
});

describe("the client", () => {
  it.each([
    ["v4", "203.0.113.9", "203.0.113.9", "203.0.113.9"],
    ["v6", "2001:DB8::1", "2001:db8::1", "2001:db8::/64"],
    ["v4-mapped", "::ffff:203.0.113.9", "203.0.113.9", "203.0.113.9"],
  ])("%s, as the platform names it", (_, address, text, clientKey) => {
    const read = facts({ headers: { "cf-connecting-ip": address } });
    expect(read).toMatchObject({ client: { text }, clientKey });
  });

  it("is the machine itself where nobody names it, whatever X-Forwarded-For says", () => {
    expect(facts({ headers: { "x-forwarded-for": "198.51.100.1" } }).client.text).toBe("127.0.0.1");
  });

  it.each(["", "unknown", "1.2.3.4, 5.6.7.8", "010.1.1.1", "fe80::1%eth0", "x".repeat(100)])("refuses %o", (text) => {
    expect(read({ headers: { "cf-connecting-ip": text } })).toEqual({
      kind: "bad-client-address",
      text: text.slice(0, 60),
    });
  });
});

describe("a loop", () => {
  it.each([
    ["CDN-Loop", { "cdn-loop": "novacron" }],
    ["CDN-Loop with parameters", { "cdn-loop": "cloudflare; loops=1, novacron;hops=2" }],
    ["CDN-Loop without spaces", { "cdn-loop": "cloudflare,novacron" }],
    ["Via", { via: "1.1 novacron" }],
    ["Via behind others", { via: "1.0 fred, HTTP/1.1 novacron (edge), 1.1 p.example" }],
    ["either of them", { via: "1.1 fred", "cdn-loop": "novacron" }],
  ])("is seen in %s", (_, headers) => {
    expect(read({ headers }).kind).toBe("loop");
  });

  it.each([
    ["another CDN", { "cdn-loop": "cloudflare", via: "1.1 fred" }],
    ["a name that contains ours", { "cdn-loop": "novacron-staging, notnovacron", via: "1.1 novacron.example" }],
    ["empty fields", { "cdn-loop": "", via: "" }],
    ["another field", { "x-via": "novacron" }],
  ])("is not seen in %s", (_, headers) => {
    expect(read({ headers }).kind).toBe("facts");
  });

  it("keeps little of the header as evidence", () => {
    expect(read({ headers: { via: `1.1 novacron, ${"x".repeat(1000)}` } })).toMatchObject({
      via: `1.1 novacron, ${"x".repeat(186)}`,
    });
  });
});

describe("the place", () => {
  const whole = {
    country: "US",
    regionCode: "CA",
    continent: "NA",
    latitude: "34.05",
    longitude: -118.24,
    colo: "LAX",
    asn: 13335,
  };

  it("is read from the platform's words, coordinates as text or number", () => {
    expect(facts({ cf: whole, country: "DE" }).place).toEqual({
      country: "US",
      subdivision: "CA",
      continent: "NA",
      latitude: 34.05,
      longitude: -118.24,
      colo: "LAX",
      asn: 13335,
    });
  });

  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a text", "DE"],
    ["a number", 5],
  ])("with cf being %s only the country by address is known", (_, cf) => {
    expect(facts({ cf }).place).toEqual(nowhere);
    expect(facts({ cf, country: "DE" }).place).toEqual({ ...nowhere, country: "DE" });
  });

  it("a client behind Tor has no country, not even that of the exit's address", () => {
    expect(facts({ cf: { country: "T1" }, country: "DE" }).place.country).toBeNull();
  });

  it.each(["XX", "us", "USA", "", 5, null, undefined, {}, ["US"]])("country %o is looked up by address", (country) => {
    expect(facts({ cf: { country }, country: "DE" }).place.country).toBe("DE");
    expect(facts({ cf: { country } }).place.country).toBeNull();
  });

  it.each([
    ["subdivision", "regionCode", ["ca", "CALI", "", "C-", 5, null, {}]],
    ["continent", "continent", ["XX", "na", "NAM", "", 5, null, {}]],
    ["colo", "colo", ["lax", "LA", "LAXX", "LA1", "", 5, null, {}]],
    ["asn", "asn", ["13335", 0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, null, {}]],
  ])("%s is null where %s is missing, of another type, or of another form", (field, name, wrong) => {
    for (const value of [undefined, ...wrong]) {
      expect(facts({ cf: { ...whole, [name]: value } }).place).toHaveProperty(field, null);
    }
  });

  it.each([
    ["latitude", ["north", "", 90.1, -91, Number.NaN, "NaN", "Infinity", null, undefined, {}, [5]]],
    ["longitude", ["", 180.5, "-181", Number.POSITIVE_INFINITY, null, undefined, true]],
  ])("coordinates are both null where %s is none", (name, wrong) => {
    for (const value of wrong) {
      const { latitude, longitude } = facts({ cf: { ...whole, [name]: value } }).place;
      expect({ latitude, longitude }, String(value)).toEqual({ latitude: null, longitude: null });
    }
  });

  it.each([
    [0, 0],
    ["0", "0"],
    [90, 180],
    [-90, "-180"],
  ])("coordinates %o, %o are a place", (latitude, longitude) => {
    const { place } = facts({ cf: { latitude, longitude } });
    expect(place).toMatchObject({ latitude: Number(latitude), longitude: Number(longitude) });
  });
});
