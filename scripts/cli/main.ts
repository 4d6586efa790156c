import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { prompt } from "./prompt.ts";
import { run } from "./run.ts";

// A reader that goes away, such as `head`, is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const [, script = "", ...args] = process.argv;
process.exitCode = await run(basename(script), args, {
  env: process.env,
  out: (line) => process.stdout.write(line),
  err: (line) => process.stderr.write(line),
  fetch: (request) => fetch(request),
  readFile: (path) => readFile(path, "utf8"),
  readInput: () => text(process.stdin),
  readPieces: (path) => (path === "-" ? process.stdin : createReadStream(path)),
  writeSecret,
  removeFile: (path) => rm(path, { force: true }),
  ask: process.stdin.isTTY && process.stderr.isTTY ? prompt : null,
  now: () => Date.now(),
  isTerminal: process.stdout.isTTY === true,
  pause: (ms) => setTimeout(ms, true),
});

/** Whole or not at all, and never for a moment readable by others. */
async function writeSecret(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, content, { mode: 0o600 });
  await rename(temporary, path);
}
