import { describe, expect, it } from "vitest";
import { encodeDs } from "../../../src/dns/dnssec/ds.ts";
import { parseValue } from "../../../src/dns/rdata/parse-value.ts";
import { NS } from "../../../src/dns/record-type.ts";
import { delegation, type Outside, type OwnDs, parentDs, serialOutside } from "../../../src/geodns/delegation.ts";
import { recordSetSchema } from "../../../src/table/record-set.ts";
import { zoneSchema } from "../../../src/table/zone.ts";
import { contentsOf } from "../../../src/table/zone-contents.ts";

const zone = zoneSchema.parse({ primary: "ns1.a.io", contact: "hostmaster.a.io", serial: 7 });

function contents(servers: readonly string[]) {
  const sets = servers.length === 0 ? [] : [["a.io/NS", recordSetSchema.parse({ values: servers })] as const];
  const found = contentsOf({ zones: new Map([["a.io", zone]]), records: new Map(sets) }).zones.get("a.io");
  if (!found) throw new Error("no zone");
  return found;
}

function server(text: string) {
  const value = parseValue(NS, text);
  if (!value.ok) throw new Error(value.error.message);
  return value.value;
}

type Heard = Extract<Outside, { kind: "heard" }>;
const heard = (fields: Partial<Heard>): Outside => ({ kind: "heard", servers: [], serial: null, ds: null, ...fields });
const sees = (...servers: string[]) => heard({ servers: servers.map(server) });
const both = ["ns1.a.io.", "ns2.b.net."];
const lines = (findings: readonly { status: string; detail: string }[]) =>
  findings.map(({ status, detail }) => `${status}: ${detail}`);

describe("a delegation", () => {
  it.each<[string, string[], Outside, string]>([
    ["is none without servers", [], sees("ns1.a.io."), "failed: a.io has no NS"],
    [
      "is not looked at without a resolver",
      both,
      { kind: "unasked" },
      "unchecked: ns1.a.io., ns2.b.net.; set DNS_RESOLVER to see whether its parent names the same",
    ],
    ["has one server alone", ["ns1.a.io."], { kind: "unasked" }, "warning: ns1.a.io. is its only server"],
    [
      "is not known where the resolver is silent",
      both,
      { kind: "silent", reason: "the resolver cannot be reached" },
      "warning: ns1.a.io., ns2.b.net.; whether its parent names the same is not known: the resolver cannot be reached",
    ],
    [
      "is the same in whatever order and case",
      both,
      sees("NS2.b.net.", "ns1.a.io."),
      "ok: ns1.a.io., ns2.b.net., from outside too",
    ],
    [
      "has one server alone outside too",
      ["ns1.a.io."],
      sees("ns1.a.io."),
      "warning: ns1.a.io. is its only server, from outside too",
    ],
    ["is missing", both, sees(), "failed: the zone has ns1.a.io., ns2.b.net.; from outside it has no servers"],
    [
      "lacks a server outside",
      both,
      sees("ns1.a.io."),
      "warning: the zone has ns1.a.io., ns2.b.net.; from outside it has ns1.a.io.",
    ],
    [
      "has a server more outside",
      ["ns1.a.io."],
      sees("ns1.a.io.", "ns2.b.net."),
      "warning: the zone has ns1.a.io.; from outside it has ns1.a.io., ns2.b.net.",
    ],
    [
      "is to somebody else",
      both,
      sees("ns.old.net."),
      "failed: the zone has ns1.a.io., ns2.b.net.; from outside it has ns.old.net.",
    ],
  ])("%s", (_name, own, outside, expected) => {
    expect(lines([delegation(contents(own), outside)])).toEqual([expected]);
  });
});

describe("the serial", () => {
  it.each<[string, Outside, string[]]>([
    ["is not looked at", { kind: "unasked" }, []],
    ["is not told", heard({}), []],
    ["is the same", heard({ serial: 7 }), ["ok: serial 7, from outside too"]],
    [
      "is another",
      heard({ serial: 6 }),
      ["warning: serial 7, from outside 6: a cache has the other, or a server does"],
    ],
  ])("%s", (_name, outside, expected) => {
    expect(lines(serialOutside(zone, outside))).toEqual(expected);
  });
});

describe("the parent's DS", () => {
  const digest = (filler: number) => new Uint8Array(32).fill(filler);
  const ds = (tag: number, filler = tag) => ({ tag, algorithm: 13, digestType: 2, digest: digest(filler) });
  const own = (tag: number, isWanted = true, isSaid = false): OwnDs => ({ ...ds(tag), isWanted, isSaid });
  const holds = (...all: ReturnType<typeof ds>[]) => heard({ ds: all.map(encodeDs) });
  const text = (tag: number) => `${tag} 13 2 ${`0${tag}`.repeat(32)}`;

  it.each<[string, OwnDs[], Outside, string[]]>([
    ["is not looked at", [own(1)], { kind: "unasked" }, []],
    ["is not told", [own(1)], heard({}), ["warning: the resolver does not say which DS the parent has"]],
    ["is none of an unsigned zone", [], holds(), []],
    [
      "is left of a zone that is no longer signed",
      [],
      holds(ds(1)),
      ["failed: the parent has the DS 1, but the zone is not signed: it is bogus"],
    ],
    ["is that of the key", [own(1)], holds(ds(1)), ["ok: the parent has the DS 1"]],
    [
      "is of the key by another digest",
      [own(1)],
      holds({ ...ds(1, 9), digestType: 4 }),
      ["ok: the parent has the DS 1"],
    ],
    ["is missing", [own(1)], holds(), [`warning: the parent has no DS; give it ${text(1)}`]],
    [
      "is missing, though said to be there",
      [own(1, true, true)],
      holds(),
      [`failed: the parent has no DS, though somebody has said that it has; give it ${text(1)}`],
    ],
    ["must be missing yet", [own(1, false)], holds(), ["ok: the parent has no DS, and must have none yet"]],
    [
      "is there too early",
      [own(1, false)],
      holds(ds(1)),
      ["warning: the parent has the DS 1 before every cache has its key"],
    ],
    [
      "is of no key, though one has its tag",
      [own(1)],
      holds(ds(1, 9)),
      ["failed: the parent has the DS 1, none of a key of the zone: it is bogus"],
    ],
    [
      "is of no key beside one that is",
      [own(1)],
      holds(ds(1), ds(2)),
      ["warning: the parent has the DS 1, and 2 of no key of the zone"],
    ],
    [
      "is of the key before",
      [own(1, false, true), own(2)],
      holds(ds(1)),
      [`warning: the parent has the DS 1; give it ${text(2)}`],
    ],
  ])("%s", (_name, keys, outside, expected) => {
    expect(lines(parentDs(keys, outside))).toEqual(expected);
  });
});
