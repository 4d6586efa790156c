import { env } from "cloudflare:workers";
import { d1ZoneKeys } from "../../../src/adapters/d1/zone-keys.ts";
import { testKeyStore } from "../../ports/key-store.ts";

testKeyStore(async () => {
  await env.DB.exec("DELETE FROM dnssec_zone");
  return d1ZoneKeys(env.DB);
});
