import type { Command } from "commander";
import { err, ok, type Result } from "../../src/base/result.ts";
import { composePatches, isObject } from "../../src/table/merge-patch.ts";
import type { Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";
import { readPatch } from "./patch-file.ts";
import { addSetting, noSettings, type Settings } from "./table-settings.ts";

/** Options of the verbs that try a table out. */
export interface TrialOptions {
  readonly down?: readonly string[];
  readonly downBackend?: readonly string[];
  readonly set?: Settings;
  readonly file?: string;
}

export interface Trial {
  readonly patch: unknown;
  readonly weights: Settings["weights"];
  readonly down: { readonly regions: readonly string[]; readonly backends: readonly string[] };
}

export function declareTrialOptions(verb: Command): Command {
  return verb
    .option("--down <region,...>", "lose regions (repeatable)", append)
    .option("--down-backend <backend,...>", "lose backends (repeatable)", append)
    .option("--set <path=value>", "weights.<id>=<n> or <section>.<id>.<field>=<value> (repeatable)", addSetting)
    .option("--file <file>", "a JSON merge patch over the table, as YAML or JSON; - is the standard input");
}

/** What the options propose; the settings win over the file. */
export async function readTrial(options: TrialOptions, terminal: Terminal): Promise<Result<Trial, Failure>> {
  const { down = [], downBackend = [], set = noSettings, file } = options;
  const rest = { weights: set.weights, down: { regions: down, backends: downBackend } };
  if (file === undefined) return ok({ patch: set.patch, ...rest });
  const patch = await readPatch(file, terminal);
  if (!patch.ok) return patch;
  if (isObject(patch.value)) return ok({ patch: composePatches(patch.value, set.patch), ...rest });
  return err({ kind: "bad-file", path: file, detail: "expected an object of sections" });
}

/** How the table that is tried out differs from the one in force; empty where it does not. */
export function differenceWords({ down }: Trial, changes: number): string {
  const lost = [...down.regions, ...down.backends];
  return [
    ...(lost.length === 0 ? [] : [`${lost.join(", ")} down`]),
    ...(changes === 0 ? [] : [`${changes} of its entities changed`]),
  ].join(", ");
}

/** No id has a comma. */
const append = (text: string, before: readonly string[] = []) => [...before, ...text.split(",")];
