import { readFile } from "node:fs/promises";
import { basename } from "node:path";
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
  isTerminal: process.stdout.isTTY === true,
  ask: process.stdin.isTTY && process.stderr.isTTY ? prompt : null,
  pause: (ms) => setTimeout(ms, true),
});
