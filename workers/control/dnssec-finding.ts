import { type BrokenZone, checkZone } from "../../src/dns/dnssec/check-zone.ts";
import { dsKeys } from "../../src/dns/dnssec/rollover.ts";
import { isSigned } from "../../src/dns/dnssec/zone-key.ts";
import type { Name } from "../../src/dns/name.ts";
import type { Rrset } from "../../src/dns/response.ts";
import type { Finding } from "../../src/geodns/findings.ts";
import { reach } from "./reach.ts";
import type { Call } from "./route.ts";

/** Whether a validator would believe what a zone answers: its keys as they are kept, and the sets that it was asked for. */
export async function dnssecFinding(call: Call, zone: Name, sets: readonly Rrset[]): Promise<Finding> {
  const { dnssec, now } = call.deps;
  if (dnssec === null) return finding("ok", "this deployment signs no zones");
  const kept = await reach(call, "record of keys", () => dnssec.store.find(zone));
  if (!kept.ok) return finding("unchecked", "the record of keys cannot be reached");
  const at = now();
  if (!isSigned(kept.value.keys, at)) return finding("ok", "the zone is not signed");
  const opened = await Promise.all(kept.value.keys.map((key) => dnssec.keys.open(zone, key)));
  const keys = opened.filter((key) => key !== null);
  if (keys.length < opened.length) return finding("failed", "DNSSEC_KEY does not open the keys of the zone");
  const checked = await checkZone({ apex: zone, keys }, sets, at, dnssec.crypto);
  if (!checked.ok) return finding("failed", inWords(checked.error));
  const [wanted] = dsKeys(keys, at);
  if (wanted === undefined) return finding("ok", "the chain holds; the parent must have no DS yet");
  if (wanted.dsSeenAt === null)
    return finding("warning", `the chain holds; nobody has said that the parent has the DS ${wanted.tag}`);
  return finding("ok", `the chain holds from the DS ${wanted.tag}, which the parent must have`);
}

const finding = (status: Finding["status"], detail: string): Finding => ({ check: "dnssec", status, detail });

function inWords(broken: BrokenZone): string {
  switch (broken.kind) {
    case "no-links":
    case "insecure":
      return "no key of the zone can be pointed at by its parent";
    case "no-key-of-ds":
      return `no key has the DS ${broken.tags.join(", ")}`;
    case "keys-unverified":
      return `the keys are not signed by one that the parent knows: ${broken.reason.kind}`;
    case "ds-unverified":
      return `the DS below ${broken.zone} is not signed: ${broken.reason.kind}`;
    case "set-unverified":
      return `the signature of ${broken.name} does not hold: ${broken.reason.kind}`;
  }
}
