#!/usr/bin/env node
// Plain JavaScript, since any Node may start it; the rest is TypeScript, which Node runs from 22.18 on.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
// By name it could not be imported from a Node that has none.
import * as module from "node:module";
import { fileURLToPath } from "node:url";

const pinnedNode = fileURLToPath(new URL("../../node_modules/.bin/node", import.meta.url));

if (process.features.typescript) {
  // Halves the time to start. Not where others may write, as in the system's temporary directory.
  module.enableCompileCache?.(fileURLToPath(new URL("../../node_modules/.cache/novacron", import.meta.url)));
  await import("./main.ts");
} else if (existsSync(pinnedNode)) {
  // The first argument stays as it was: its name says which command this is.
  const { status, error } = spawnSync(pinnedNode, process.argv.slice(1), { stdio: "inherit" });
  if (error) process.stderr.write(`novacron: ${error.message}\n`);
  process.exitCode = status ?? 1;
} else {
  process.stderr.write(
    `novacron: needs Node 22.18 or later, or npm ci, which brings one; this is ${process.version}\n`,
  );
  process.exitCode = 1;
}
