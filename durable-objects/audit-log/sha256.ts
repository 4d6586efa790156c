import { createHash } from "node:crypto";
import type { Sha256 } from "../../src/audit/chain.ts";

/** By Node's module, which is synchronous: nothing may come between two links of the chain. */
export const sha256: Sha256 = (text) => createHash("sha256").update(text).digest("hex");
