import { describe, expect, it } from "vitest";
import { answer } from "../../../src/dns/answer.ts";
import { decodeMessage } from "../../../src/dns/decode-message.ts";
import { encodeResponse, MAX_MESSAGE_BYTES } from "../../../src/dns/encode-response.ts";
import type { Resolve } from "../../../src/dns/resolve.ts";
import { transcript } from "./transcript.ts";
import { optOf, query, zonesOf } from "./zones.ts";

const SOA = "@ 3600 SOA ns1 hostmaster 7 7200 900 1209600 60";

/** The zone of RFC 4592, section 2.2.1, and what else answers have to mind. */
const zones = zonesOf({
  example: `
${SOA}
@ 3600 NS ns1
@ 3600 NS ns.elsewhere.test.
ns1 3600 A 192.0.2.53
ns1 3600 AAAA 2001:db8::53
* TXT "this is a wildcard"
* MX 10 host1
sub.* TXT "this is not a wildcard"
host1 A 192.0.2.1
_ssh._tcp.host1 SRV 0 0 22 host1
_ssh._tcp.host2 SRV 0 0 22 host1
subdel NS ns.subdel
subdel NS ns1.other
ns.subdel A 192.0.2.60
ns1.other A 192.0.2.61
signed NS ns1
signed DS 12345 13 2 ${"ab".repeat(32)}
@ ALIAS web
web 60 A 192.0.2.80
web 60 A 192.0.2.81
alias CNAME chain
chain 30 CNAME host1
out CNAME www.elsewhere.test.
dangling CNAME nowhere.host1
down CNAME www.subdel
into CNAME www.child
tv TYPE65280 \\# 3 010203
`,
  "child.example": `
${SOA}
@ NS ns1
ns1 A 192.0.2.70
www 10 A 192.0.2.71
back CNAME ns1.example.
`,
});

/** As a caller without steering. */
const plainly: Resolve = ({ values, ttl }) => ({ values, ttl, scopePrefix: 0 });

const cases: [string, string, string?][] = [
  ["an address", "host1.example A"],
  ["capitals come back", "hOsT1.eXamPle A"],
  ["a name without the type", "host1.example AAAA"],
  ["no name", "a.b.host1.example A"],
  ["SOA and NS at the apex", "example NS"],
  ["SOA", "example SOA"],
  ["a wildcard stands for a name", "host3.example MX"],
  ["and for one further below", "foo.bar.example TXT"],
  ["a wildcard without the type", "host3.example A"],
  ["a name that is there hides the wildcard", "host1.example MX"],
  ["a wildcard as a label in a name is one that is there", "sub.*.example MX"],
  ["which hides the wildcard below itself", "ghost.*.example MX"],
  ["a name below a name that is there is no wildcard's", "_telnet._tcp.host1.example SRV"],
  ["an empty non-terminal has no data", "_tcp.host2.example A"],
  ["and hides the wildcard from what is below", "host2.example MX"],
  ["the wildcard itself", "*.example TXT"],
  ["a referral with glue, also of a sibling's name", "host.subdel.example A"],
  ["at the cut itself", "subdel.example NS"],
  ["glue is not answered for", "ns.subdel.example A"],
  ["the parent says that there is no DS", "subdel.example DS"],
  ["and that there is", "signed.example DS"],
  ["a referral to a signed zone", "www.signed.example A", "do"],
  ["a referral to a zone that is not signed", "www.subdel.example A", "do"],
  ["addresses of the apex", "example A"],
  ["the alias has none of the other family", "example AAAA"],
  ["nobody sees the alias", "example ALIAS"],
  ["a chain of CNAMEs", "alias.example A"],
  ["the CNAME itself", "alias.example CNAME"],
  ["a chain whose end has no data", "alias.example TXT"],
  ["a chain that leaves the zones", "out.example A"],
  ["a chain to no name", "dangling.example A"],
  ["a chain into a delegation", "down.example A"],
  ["a chain into the zone below", "into.example A"],
  ["and into the zone above", "back.child.example A"],
  ["DS of a zone below is the parent's", "child.example DS"],
  ["all types", "web.example ANY"],
  ["all types of a CNAME", "alias.example ANY"],
  ["all types of an empty non-terminal", "_tcp.host2.example ANY"],
  ["all types of no name", "x.host1.example ANY"],
  ["a type without a name", "tv.example TYPE65280"],
  ["outside the zones", "www.elsewhere.test A"],
  ["the root", ". NS"],
  ["a zone transfer", "example AXFR"],
  ["NXNAME is nothing to ask for", "host1.example NXNAME"],
];

describe("answer", () => {
  it("answers as the transcript says", async () => {
    const lines = cases.map(([title, asked, flag]) => {
      const [name = "", type = ""] = asked.split(" ");
      const options = flag === "do" ? { opt: optOf({ flags: 0x8000 }) } : {};
      return `# ${title}\n${transcript(answer(zones, query(name, type, options), plainly))}`;
    });
    await expect(lines.join("\n")).toMatchFileSnapshot("answer.golden.txt");
  });

  it.each([
    ["another class", { class: 3 }, 5],
    ["another version of EDNS", { opt: optOf({ version: 1 }) }, 16],
  ])("refuses %s", (_, options, rcode) => {
    const refused = answer(zones, query("host1.example", "A", options), plainly);
    expect(refused).toMatchObject({ rcode, authoritative: false, answer: [], authority: [], additional: [] });
    const message = decodeMessage(encodeResponse(refused, { maxBytes: 512 }));
    expect(message.ok && (message.value.flags & 0xf) | (((message.value.additional[0]?.ttl ?? 0) >>> 24) << 4)).toBe(
      rcode,
    );
  });
});

it("keeps the largest referral within a message", () => {
  const many = (count: number, line: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => line(i)).join("\n");
  const large = zonesOf({
    example: `@ SOA ns.elsewhere.test. host 1 2 3 4 5\n@ NS ns.elsewhere.test.\n
${many(100, (i) => `sub NS ns${i}.sub`)}
${many(100, (i) => many(90, (j) => `ns${i}.sub A 192.0.2.${j}\nns${i}.sub AAAA 2001:db8::${j}`))}`,
  });
  const bytes = encodeResponse(answer(large, query("a.sub.example", "A"), plainly), { maxBytes: MAX_MESSAGE_BYTES });
  const message = decodeMessage(bytes);
  expect(message.ok && message.value.authority).toHaveLength(100);
  expect(message.ok && message.value.additional).toHaveLength(100 * 2 * 8);
});
