import { hash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { codeOf } from "./process-table.ts";
import { readJson, writeJson } from "./state-dir.ts";

/** SHA-256 by path relative to the configuration; `null` stands for a file that there was not. */
const inputsSchema = z.record(z.string(), z.string().nullable());

/** Steer the bundler without being part of the bundle; the lock stands for packages' versions, the bundler's too. */
const settings = ["package.json", "package-lock.json", "tsconfig.json"];

/**
 * Writes down beside a bundle what it was made of, unless that was edited since bundling began. Bundling takes two
 * seconds of CPU, and comparing ten milliseconds.
 */
export function recordInputs(configPath: string, outDir: string, inputs: readonly string[], begunAt: number): void {
  const root = dirname(configPath);
  const files = [...inputs, ...settings, relative(root, configPath), relative(root, wranglerManifest())];
  const changedAt = (file: string) => statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (files.some((file) => changedAt(file) >= begunAt)) return;
  writeJson(recordOf(outDir), Object.fromEntries(files.map((file) => [file, digest(join(root, file))])));
}

/** Whether a bundle was made whole, from files that are all as they were. */
export function isUnchanged(configPath: string, outDir: string): boolean {
  const recorded = readRecord(outDir);
  if (!recorded || !(relative(dirname(configPath), configPath) in recorded)) return false;
  return Object.entries(recorded).every(([file, sum]) => digest(join(dirname(configPath), file)) === sum);
}

function readRecord(outDir: string): z.infer<typeof inputsSchema> | undefined {
  try {
    return readJson(recordOf(outDir), inputsSchema);
  } catch {
    return undefined;
  }
}

const recordOf = (outDir: string): string => join(outDir, "inputs.json");

const wranglerManifest = (): string => fileURLToPath(import.meta.resolve("wrangler/package.json"));

function digest(file: string): string | null {
  try {
    return hash("sha256", readFileSync(file));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}
