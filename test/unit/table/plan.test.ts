import { describe, expect, it } from "vitest";
import { apply } from "../../../src/table/apply.ts";
import type { Change } from "../../../src/table/change.ts";
import { isObject, sameJson } from "../../../src/table/merge-patch.ts";
import { plan, review } from "../../../src/table/plan.ts";
import { emptyTable } from "../../../src/table/table.ts";
import { rule, seed, seeded, tableOf } from "./tables.ts";

/** Two services side by side: `api` on all backends, `shop` on Ireland alone. */
const shopping = tableOf(seeded, {
  services: { shop: { hosts: ["shop.example"], backends: ["euw1-a"], policy: "failover" } },
});

const scenarios: [string, unknown][] = [
  ["a weight", { regions: { "us-east-1": { weight: 50 } } }],
  ["nothing at all", { regions: { "us-east-1": { weight: 100 } }, backends: { nobody: null } }],
  ["a ban, and one lifted that never was", { blacklist: { "203.0.113.0/24": rule(9000), "198.51.100.7/32": null } }],
  ["a backend more", { backends: { "euc1-b": { region: "eu-central-1", url: "https://b.example" } } }],
  ["a backend in a region that is not there", { backends: { x: { region: "ap-south-1", url: "https://x.example" } } }],
  ["a backend less", { backends: { "use1-b": null } }],
  ["a backend less, which a service names", { backends: { "euw1-a": null } }],
  ["the only backend of a service is disabled", { backends: { "euw1-a": { state: "disabled" } } }],
  [
    "the only backend of a service is drained, which keeps its clients",
    { backends: { "euw1-a": { state: "draining" } } },
  ],
  ["the only region of a service goes into maintenance", { regions: { "eu-west-1": { state: "maintenance" } } }],
  [
    "all backends are disabled",
    {
      backends: Object.fromEntries([...seeded.backends.keys()].map((id) => [id, { state: "disabled" }])),
    },
  ],
  ["the only backend of a service gets weight 0", { backends: { "euw1-a": { weight: 0 } } }],
  ["the only region of a service gets weight 0", { regions: { "eu-west-1": { weight: 0 } } }],
  ["one region of many gets weight 0", { regions: { "us-east-1": { weight: 0 } } }],
  ["a region is removed on its own", { regions: { "eu-central-1": null } }],
  [
    "a region is removed with all that names it",
    {
      regions: { "eu-central-1": null },
      backends: { "euc1-a": null },
      policies: { failover: { order: ["us-east-1", "eu-west-1"] } },
      residency: { "eu-eea": { regions: ["eu-west-1"] }, switzerland: { regions: ["eu-west-1"] } },
      latency: {
        "eu-central-1": null,
        "us-east-1": { "eu-central-1": null },
        "eu-west-1": { "eu-central-1": null },
      },
    },
  ],
  ["a policy in use is removed", { policies: { failover: null, latency: null } }],
  [
    "a policy that orders regions that are not there",
    { policies: { far: { kind: "failover", order: ["ap-south-1"] } } },
  ],
  ["a service without a policy", { services: { api: { policy: "fastest" } } }],
  ["a service on backends that are not there", { services: { shop: { backends: ["use1-a", "use1-z"] } } }],
  [
    "a service takes another's host",
    { services: { blog: { hosts: ["blog.example", "SHOP.example"], policy: "geo" } } },
  ],
  [
    "a service takes another's host below a path of its own",
    {
      services: { blog: { hosts: ["shop.example"], pathPrefix: "/blog", policy: "geo" } },
    },
  ],
  ["two services swap hosts", { services: { api: { hosts: ["shop.example"] }, shop: { hosts: ["*"] } } }],
  ["a residency rule without a region", { residency: { japan: { regions: [] } } }],
  ["a residency rule on regions that are not there", { residency: { japan: { regions: ["ap-northeast-1"] } } }],
  [
    "a latency row from and to regions that are not there",
    { latency: { "us-west-2": { "us-east-1": 64, "us-west-1": 20 } } },
  ],
  ["a latency row of a colo", { latency: { "colo:FRA": { "eu-central-1": 4 } } }],
  ["fields that do not exist, wherever they are", { regions: { "us-east-1": { wieght: 50 } }, servers: {} }],
  [
    "faults of shape hide those of reference",
    {
      regions: { "us-east-1": { weight: "50" } },
      backends: { x: { region: "ap-south-1", url: "https://x.example" } },
    },
  ],
];

describe("plans", () => {
  it("read as agreed", async () => {
    const seedPlan = transcript("the seed on an empty table", plan(emptyTable, seed), false);
    const others = scenarios.map(([name, patch]) => transcript(name, plan(shopping, patch), true));
    await expect([seedPlan, ...others].join("\n")).toMatchFileSnapshot("plan.golden.txt");
  });

  it("do not hold old faults against a change, only new ones", () => {
    // A table as an earlier version might have left it: its service names a policy that is not there.
    const broken = { ...shopping, policies: new Map([...shopping.policies].filter(([id]) => id !== "failover")) };
    expect(plan(broken, { regions: { "us-east-1": { weight: 50 } } }).objections).toEqual([]);
    expect(plan(broken, { policies: { latency: null } }).objections).toMatchObject([
      { code: "unknown-reference", path: "/policies/latency" },
    ]);
  });

  it("point at the entity when nothing in the patch explains a fault", () => {
    const changes: Change[] = [{ section: "latency", id: "colo:FRA", before: null, after: { "eu-west-1": 1 } }];
    const next = { ...apply(shopping, changes), policies: new Map() };
    expect(review(shopping, next, changes).map(({ path }) => path)).toEqual([
      "/services/api/policy",
      "/services/shop/policy",
    ]);
  });
});

function transcript(name: string, { changes, objections }: ReturnType<typeof plan>, whole: boolean): string {
  const lines = [
    ...(whole ? changes.flatMap(describeChange) : [`  ${changes.length} changes`]),
    ...objections.map(({ code, path, detail }) => `  ! ${code} at ${path || "the patch"}: ${detail}`),
  ];
  return [`${name}:`, ...(lines.length > 0 ? lines : ["  nothing to do"]), ""].join("\n");
}

function describeChange({ section, id, before, after }: Change): string[] {
  const entity = `${section}/${id}`;
  if (!isObject(before)) return [`  + ${entity}`];
  if (!isObject(after)) return [`  - ${entity}`];
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...fields]
    .filter((field) => !sameJson(before[field], after[field]))
    .map((field) => `  ~ ${entity} ${field}: ${text(before[field])} → ${text(after[field])}`);
}

const text = (value: unknown) => (value === undefined ? "absent" : JSON.stringify(value));
