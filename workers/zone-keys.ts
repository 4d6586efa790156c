import { makeSigningKey, signerOf } from "../src/adapters/web-crypto/dnssec.ts";
import { SealingKey } from "../src/adapters/web-crypto/sealing-key.ts";
import type { KeyRole } from "../src/dns/dnssec/dnskey.ts";
import type { KeptKey } from "../src/dns/dnssec/key-store.ts";
import type { SigningKey } from "../src/dns/dnssec/sign-set.ts";
import { tagOf } from "../src/dns/dnssec/zone-key.ts";
import type { Name } from "../src/dns/name.ts";

/** Makes the keys of zones where they are changed, and opens them where they sign. */
export interface ZoneKeys {
  make(zone: Name, role: KeyRole): Promise<Pick<KeptKey, "role" | "tag" | "publicKey" | "sealed">>;
  /** `null` where another secret sealed the key, or it is another zone's. */
  open(zone: Name, key: KeptKey): Promise<SigningKey | null>;
}

/** `secret` is the deployment's DNSSEC_KEY. */
export function zoneKeys(secret: string): ZoneKeys {
  let sealing: Promise<SealingKey> | undefined;
  const sealingKey = () => {
    sealing ??= SealingKey.from(secret, "novacron dnssec keys");
    return sealing;
  };
  return {
    async make(zone, role) {
      const { publicKey, pkcs8 } = await makeSigningKey();
      const tag = tagOf(role, publicKey);
      return { role, tag, publicKey, sealed: await (await sealingKey()).seal(pkcs8, purposeOf(zone, { role, tag })) };
    },
    async open(zone, { sealed, ...key }) {
      const pkcs8 = await (await sealingKey()).open(sealed, purposeOf(zone, key));
      return pkcs8 === null ? null : { ...key, sign: await signerOf(pkcs8) };
    },
  };
}

/** A row that is put in another's place does not open. */
const purposeOf = (zone: Name, { role, tag }: Pick<KeptKey, "role" | "tag">) => `${zone} ${role} ${tag}`;
