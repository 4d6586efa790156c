import { describe, expect, it } from "vitest";
import { exportZone, importZone } from "../../../src/geodns/zone-file.ts";
import { seedZone } from "../../../src/seed/zone.ts";
import type { Table } from "../../../src/table/table.ts";
import { seeded, tableOf } from "../table/tables.ts";

const table = tableOf(seeded, seedZone(["us-east-1", "eu-west-1"]));

const FILE = `$ORIGIN novacron.io.
$TTL 300
@ IN SOA ns1 hostmaster 40 7200 900 1209600 60
@ NS ns1
@ NS ns2
ns1 A 192.0.2.53
ns2 A 198.51.100.54
www 60 CNAME api
@ MX 10 mail
mail A 192.0.2.25
@ TXT "v=spf1 -all" "second"
`;

function imported(from: Table, text: string, replace = false): Table {
  const patch = importZone(from, "novacron.io", text, replace);
  if (!patch.ok) throw new Error(JSON.stringify(patch.error));
  return tableOf(from, patch.value);
}

describe("a zone file", () => {
  it("is brought into the table: what it has is as it says, and what it does not have stays", () => {
    const next = imported(table, FILE);
    expect(next.zones.get("novacron.io")).toMatchObject({
      serial: 40,
      primary: "ns1.novacron.io",
      negativeTtlSeconds: 60,
    });
    expect(next.records.get("www.novacron.io/CNAME")).toEqual({
      ttlSeconds: 60,
      values: ["api.novacron.io."],
      policy: null,
    });
    expect(next.records.get("ns2.novacron.io/A")?.values).toEqual(["198.51.100.54"]);
    expect(next.records.get("novacron.io/TXT")?.values).toEqual(['"v=spf1 -all" "second"']);
    expect(next.records.has("ns1.novacron.io/AAAA")).toBe(true);
  });

  it("takes out what it does not have where it replaces, though nothing that is steered", () => {
    const next = imported(table, FILE, true);
    expect(next.records.has("ns1.novacron.io/AAAA")).toBe(false);
    expect(next.records.get("api.novacron.io/A")?.policy?.kind).toBe("latency");
  });

  it("ends the steering of what it has", () => {
    const next = imported(table, `${FILE}api A 192.0.2.80\n`);
    expect(next.records.get("api.novacron.io/A")).toEqual({ ttlSeconds: null, values: ["192.0.2.80"], policy: null });
  });

  it("never takes the serial back", () => {
    expect(
      imported(imported(table, FILE), FILE.replace("40", "7").replace(".25", ".26")).zones.get("novacron.io")?.serial,
    ).toBe(41);
  });

  it("makes a zone that is not there", () => {
    const text = FILE.replaceAll("novacron.io", "example.org");
    const patch = importZone(table, "example.org", text, false);
    expect(patch.ok && tableOf(table, patch.value).zones.get("example.org")?.contact).toBe("hostmaster.example.org");
  });

  it("is refused whole, with each line that is wrong", () => {
    const patch = importZone(table, "novacron.io", `${FILE}bad A 1.2.3\nworse MX mail\n`, false);
    expect(patch.ok || patch.error.map(({ line }) => line)).toEqual([12, 13]);
  });
});

describe("an export", () => {
  it("is read back as the same table", () => {
    const once = imported(table, FILE);
    const text = exportZone(once, "novacron.io") ?? "";
    expect(text).toContain("; api.novacron.io/A is steered by latency");
    expect(imported(once, text, true)).toEqual(once);
  });

  it("there is none of a zone that is not there", () => expect(exportZone(table, "example.org")).toBeNull());
});
