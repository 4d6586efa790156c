import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { AuditLogApi } from "../../../durable-objects/audit-log/api.ts";
import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";
import { verifyEd25519 } from "../../../src/adapters/web-crypto/verify.ts";
import { type Inspection, inspect } from "../../../src/audit/inspect.ts";
import { headLine } from "../../../src/audit/line.ts";

/** One audit log. Names keep the tests of a file apart, which share storage. */
export class World {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  // Made anew each time: a stub that has seen its object go stays broken.
  get stub() {
    return env.AUDIT_LOG.getByName(this.name);
  }

  get api(): AuditLogApi {
    return this.stub;
  }

  /** Everything that an export would have. */
  async lines(): Promise<string[]> {
    const { live, signed } = await this.api.heads({ limit: 1000, before: null });
    const heads = live ? [...signed.toReversed(), live] : [];
    let text = heads.map(headLine).join("");
    for (let from = 1; from <= (live?.seq ?? 0); ) {
      const { lines, next } = await this.api.read(from, live?.seq ?? 0);
      text += lines;
      from = next;
    }
    return text.split("\n").slice(0, -1);
  }

  async inspect(): Promise<Inspection> {
    const { publicKey } = await this.api.heads({ limit: 1, before: null });
    return inspectLines(await this.lines(), [publicKey]);
  }

  async runAlarm(): Promise<void> {
    await runDurableObjectAlarm(this.stub);
  }

  async exec(sql: string, ...values: (string | number)[]): Promise<void> {
    await runInDurableObject(this.stub, (_, { storage }) => void storage.sql.exec(sql, ...values));
  }

  async count(table: "entry" | "segment" | "signed_head"): Promise<number> {
    return runInDurableObject(
      this.stub,
      (_, { storage }) => storage.sql.exec<{ n: number }>(`SELECT COUNT(*) AS n FROM ${table}`).one().n,
    );
  }
}

export const inspectLines = (lines: readonly string[], trusted: readonly string[] | null): Promise<Inspection> =>
  inspect(lines, { sha256: sha256Hex, verify: verifyEd25519, trusted });
