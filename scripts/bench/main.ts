import { writeFileSync } from "node:fs";
import { readArguments, refuseArguments } from "../arguments.ts";
import { benchAnomaly } from "./anomaly.ts";
import { benchControl } from "./control.ts";
import { benchDecide } from "./decide.ts";
import { benchDns } from "./dns.ts";
import { benchDnsBridge } from "./dns-bridge.ts";
import { benchEdge } from "./edge.ts";
import { benchFailover } from "./failover.ts";
import { benchFlood } from "./flood.ts";
import { benchLatency } from "./latency.ts";
import { benchLimiter } from "./limiter.ts";
import { type Figure, printFigures } from "./report.ts";
import { benchSnapshot } from "./snapshot.ts";
import { benchStart } from "./start.ts";

/** Measures, prints, and ends with 1 when a target is missed. */
const benches: Readonly<Record<string, () => Promise<Figure[]>>> = {
  anomaly: benchAnomaly,
  control: benchControl,
  decide: benchDecide,
  "dns-bridge": benchDnsBridge,
  dns: benchDns,
  edge: benchEdge,
  failover: benchFailover,
  flood: benchFlood,
  latency: benchLatency,
  limiter: benchLimiter,
  snapshot: benchSnapshot,
  start: benchStart,
};

const usage = `usage: npm run bench -- [NAME …] [--json FILE]
  NAME         ${Object.keys(benches).join(", ")}; all of them if none is named
  --json FILE  write the figures there too`;
const { values, positionals } = readArguments(usage, { allowPositionals: true, options: { json: { type: "string" } } });
const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) refuseArguments(usage, `no such bench: ${unknown.join(", ")}`);

const figures: Figure[] = [];
for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const measured = await bench();
  printFigures(measured);
  figures.push(...measured);
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
process.exitCode = figures.some(({ ok }) => ok === false) ? 1 : 0;
