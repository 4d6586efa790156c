import { describe, expect, it } from "vitest";
import { canonicalValue } from "../../../../src/dns/sync/canonical-value.ts";

describe("values that mean the same", () => {
  it.each([
    ["A", ["192.0.2.1", " 192.0.2.1 "]],
    ["AAAA", ["2001:db8::1", "2001:0DB8:0:0:0:0:0:1"]],
    ["CNAME", ["edge.novacron.io", "Edge.Novacron.IO."]],
    ["MX", ["10 mail.novacron.io", "10  Mail.novacron.io."]],
    ["SRV", ["0 5 443 a.novacron.io", "0 5 443 A.novacron.io."]],
    ["TXT", ['"v=spf1 -all"', '"v=spf1" " -all"', '"v=spf\\049 -all"']],
    ["TXT", ['"say \\"hi\\""', '"say " "\\"hi\\""']],
    ["CAA", ['0 issue "ca.example"', '0 ISSUE "ca.example"', "0 issue ca.example"]],
    ["HTTPS", ["1 . alpn=h2,h3 port=443", '1 . port="443" alpn="h2,h3"']],
    ["DS", ["1 13 2 aabb", "1 13 2 AA BB"]],
  ])("%s: %j are one", (type, values) => {
    expect(values.map((value) => canonicalValue(type, value))).toEqual(values.map(() => values[0]));
  });

  it.each([
    ["TXT", '"a"', '"A"'],
    ["CAA", '0 issue "a"', '128 issue "a"'],
    ["MX", "10 a.b", "20 a.b"],
  ])("%s: %s and %s are two", (type, a, b) => {
    expect(canonicalValue(type, a)).not.toBe(canonicalValue(type, b));
  });
});
