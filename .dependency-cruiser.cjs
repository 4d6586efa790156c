/**
 * The folders of src/, in the order in which data meets them. A folder may import those of its own line and of the
 * lines above it.
 */
const ORDER = [
  ["base"],
  ["geo", "dns"],
  ["table"],
  ["request", "auth"],
  ["shield"],
  ["residency", "health"],
  ["routing"],
  ["shaping"],
  ["simulation", "latency-matrix"],
  ["failover"],
  ["geodns"],
  ["proxy"],
  ["telemetry"],
  ["audit"],
  ["seed", "adapters"],
];

const upTo = (line) => ORDER.slice(0, line + 1).flat();

const inOrder = ORDER.flatMap((folders, line) =>
  folders.map((folder) => ({
    name: `src-${folder}`,
    comment: `src/${folder} may import only ${upTo(line).join(", ")}`,
    severity: "error",
    from: { path: `^src/${folder}/` },
    to: { path: "^src/", pathNot: `^src/(${upTo(line).join("|")})/` },
  })),
);

module.exports = {
  forbidden: [
    ...inOrder,
    {
      name: "src-is-known",
      comment: "every folder of src has a place in the order above",
      severity: "error",
      from: { path: "^src/", pathNot: `^src/(${ORDER.flat().join("|")})/` },
      to: {},
    },
    {
      name: "src-computes",
      comment: "src imports nothing of the shells, and no platform",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(durable-objects|workers|scripts|test)/|^node:|^cloudflare:|/(hono|wrangler|miniflare)/" },
    },
    {
      name: "objects-below-workers",
      severity: "error",
      from: { path: "^durable-objects/" },
      to: { path: "^(workers|scripts|test)/", pathNot: "^workers/env\\.ts$" },
    },
    {
      name: "objects-through-stubs",
      comment:
        "an object is reached only through stubs.ts and its api.ts; objects.ts exports the classes, the simulator hosts them",
      severity: "error",
      from: {
        path: "^(workers|scripts)/",
        pathNot: "^workers/(objects|env)\\.ts$|^scripts/sim/world\\.ts$",
      },
      to: { path: "^durable-objects/", pathNot: "^durable-objects/(stubs|[^/]+/api)\\.ts$" },
    },
    {
      name: "object-minds-its-own",
      comment:
        "an object reaches another through stubs.ts and its api.ts; the files beside the folders are everybody's",
      severity: "error",
      from: { path: "^durable-objects/([^/]+)/" },
      to: { path: "^durable-objects/", pathNot: "^durable-objects/($1/|[^/]+\\.ts$|[^/]+/api\\.ts$)" },
    },
    {
      name: "hono-in-workers",
      severity: "error",
      from: { pathNot: "^(workers|test)/" },
      to: { path: "/hono/" },
    },
    {
      name: "planes-apart",
      comment:
        "planes share src, durable-objects and the files beside them, so that each can become a script of its own",
      severity: "error",
      from: { path: "^workers/([^/]+)/" },
      to: { path: "^workers/[^/]+/", pathNot: "^workers/$1/" },
    },
    {
      name: "workers-without-scripts",
      severity: "error",
      from: { path: "^workers/" },
      to: { path: "^(scripts|test)/" },
    },
    {
      name: "the-cli-is-a-client",
      comment: "the CLI has no way to the table but the control API",
      severity: "error",
      from: { path: "^scripts/cli/" },
      to: { path: "^(durable-objects|workers)/", pathNot: "^workers/control/schema/" },
    },
    {
      name: "no-cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: [".ts", ".js", ".d.ts"] },
  },
};
