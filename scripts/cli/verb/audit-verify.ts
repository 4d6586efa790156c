import type { Command } from "commander";
import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";
import { verifyEd25519 } from "../../../src/adapters/web-crypto/verify.ts";
import { type Break, type Inspection, inspect } from "../../../src/audit/inspect.ts";
import { ok, type Result } from "../../../src/base/result.ts";
import { auditHeadsSchema } from "../../../workers/control/schema/audit.ts";
import type { Cli, Terminal } from "../cli.ts";
import type { Client } from "../client.ts";
import type { Failure } from "../failure.ts";
import { readText } from "../text-file.ts";

interface Options {
  readonly file?: string;
  readonly key?: readonly string[];
}

export function declareAuditVerify(group: Command, cli: Cli): void {
  cli
    .verb(group, "verify")
    .description("check here, entry by entry, that nothing in the log was edited, removed or reordered")
    .option("--file <path>", "an exported log, instead of the one of the control plane")
    .option("--key <public key...>", "what must have signed; by default the key that the control plane names")
    .action(
      cli.actOffline(async ({ terminal, connect }, { file, key }: Options) => {
        const inspected =
          file === undefined ? await inspectLive(await connect(), key) : await inspectFile(terminal, file, key);
        if (!inspected.ok) return inspected;
        const { broken } = inspected.value;
        const isKeyKnown = file === undefined || key !== undefined;
        const json = { intact: broken === null, ...inspected.value };
        const text = describe(inspected.value, isKeyKnown).join("\n");
        return ok({ json, text, refusals: broken === null ? [] : [explainBreak(broken)] });
      }),
    );
}

const inspector = { sha256: sha256Hex, verify: verifyEd25519 };

async function inspectLive(
  client: Result<Client, Failure>,
  key: readonly string[] | undefined,
): Promise<Result<Inspection, Failure>> {
  if (!client.ok) return client;
  const heads = await client.value.get("/audit/heads?limit=1", auditHeadsSchema);
  if (!heads.ok) return heads;
  const trusted = key ?? [heads.value.publicKey];
  return client.value.lines("/audit/export", (lines) => inspect(lines, { ...inspector, trusted }));
}

async function inspectFile(
  terminal: Terminal,
  path: string,
  key: readonly string[] | undefined,
): Promise<Result<Inspection, Failure>> {
  const text = await readText(path, terminal);
  if (!text.ok) return text;
  const lines = text.value.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return ok(await inspect(lines, { ...inspector, trusted: key ?? null }));
}

function describe(
  { entries, first, last, heads, signedUpTo, keys, broken }: Inspection,
  isKeyKnown: boolean,
): string[] {
  if (entries === 0) return [broken === null ? "the log is empty" : "no entry was found good"];
  const chain = `entries ${first} to ${last} are one chain`;
  if (heads === 0) return [chain, "no signed head agrees with it: whoever wrote the log could have written it anew"];
  return [
    chain,
    `${heads} signed ${heads === 1 ? "head agrees" : "heads agree"} with it, up to entry ${signedUpTo}, by ${keys.join(", ")}`,
    ...(isKeyKnown ? [] : ["this key was compared with no other: give the one that you know as --key"]),
    ...(signedUpTo < last ? [`what followed entry ${last} could have been cut off unseen`] : []),
  ];
}

function explainBreak(broken: Break): string {
  const entry = `entry ${broken.seq}`;
  switch (broken.kind) {
    case "unreadable":
      return `${entry} cannot be read (line ${broken.line})`;
    case "edited":
      return `${entry} was edited: it does not have its hash`;
    case "replaced":
      return `${entry} was replaced: what follows was chained to another`;
    case "missing":
      return broken.until === broken.seq
        ? `${entry} is missing`
        : `entries ${broken.seq} to ${broken.until} are missing`;
    case "out-of-order":
      return `${entry} stands in the place of entry ${broken.expected}`;
    case "repeated":
      return `${entry} is there again`;
    case "forged-head":
      return `the signed head of ${entry} is not genuine, or not by a key that is trusted`;
    case "rewritten":
      return `${entry} is not the one that was signed: the log was written anew up to it`;
    case "truncated":
      return `${entry} is missing, and all that follow: the log was signed up to entry ${broken.signed}`;
  }
}
