import { flushCompileCache } from "node:module";
import { parseArgs } from "node:util";
import { runNode } from "./run-node.ts";

/**
 * `node scripts/world/region-node.ts --region us-east-1 --backend us-east-1-a --port 0`: one regional node.
 * It announces `{ port }` to the parent over IPC, or else on stdout, and does not outlive such a parent.
 */
const { values } = parseArgs({
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

try {
  const port = await runNode({ region: values.region, backend: values.backend, port: Number(values.port) });
  flushCompileCache();
  if (process.send) process.send({ port });
  else console.log(`${values.backend} listens on http://127.0.0.1:${port}`);
} catch (error) {
  console.error(
    `${values.backend} cannot listen on port ${values.port}: ${error instanceof Error ? error.message : error}`,
  );
  process.exit(1);
}
