import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";

// The files of a runtime come one after another: what one has stored is gone before the next. `reset()` drops the schema
// too: a test that calls it applies the migrations again.
await reset();
await applyD1Migrations(env.DB, env.MIGRATIONS);
