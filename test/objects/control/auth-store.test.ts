import { env } from "cloudflare:workers";
import { d1AuthStore } from "../../../src/adapters/d1/auth-store.ts";
import { testAuthStore } from "../../ports/auth-store.ts";

const TABLES = ["principal", "role", "challenge", "attempt", "control_network"];

testAuthStore(async () => {
  // What belongs to a principal goes with it.
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  return d1AuthStore(env.DB);
});
