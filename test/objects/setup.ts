import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

// `reset()` of cloudflare:test drops the schema too: a test that calls it applies the migrations again.
await applyD1Migrations(env.DB, env.MIGRATIONS);
