import { flushCompileCache } from "node:module";
import { readArguments } from "../arguments.ts";
import { runNode } from "./run-node.ts";

/**
 * One regional node.
 * NOVACRON_NODE_TOKEN, if it is set, lets those who bear it have the node measure its paths to others.
 * It announces `{ port }` to the parent over IPC, or else on stdout, and does not outlive such a parent.
 */
const MIN_TOKEN_CHARS = 32;

const usage = "usage: node scripts/world/region-node.ts [--region us-east-1] [--backend us-east-1-a] [--port 0]";
const { values } = readArguments(usage, {
  options: {
    region: { type: "string", default: "us-east-1" },
    backend: { type: "string", default: "us-east-1-a" },
    port: { type: "string", default: "0" },
  },
});

const exit = () => process.exit(0);
process.once("SIGTERM", exit);
process.once("SIGINT", exit);
process.once("disconnect", exit);

// A token that is set to nothing counts as unset: it would let everyone in.
const nodeToken = process.env.NOVACRON_NODE_TOKEN || undefined;
if (nodeToken !== undefined && nodeToken.length < MIN_TOKEN_CHARS) {
  console.error(`NOVACRON_NODE_TOKEN: expected at least ${MIN_TOKEN_CHARS} characters`);
  process.exit(1);
}
try {
  const port = await runNode({ region: values.region, backend: values.backend, port: Number(values.port), nodeToken });
  flushCompileCache();
  if (process.send) process.send({ port });
  else console.log(`${values.backend} listens on http://127.0.0.1:${port}`);
} catch (error) {
  console.error(
    `${values.backend} cannot listen on port ${values.port}: ${error instanceof Error ? error.message : error}`,
  );
  process.exit(1);
}
