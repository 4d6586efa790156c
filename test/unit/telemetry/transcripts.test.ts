import { expect, it } from "vitest";
import { explanationReport } from "../../../scripts/cli/explanation-report.ts";
import type { Defence, Defences } from "../../../src/table/defence.ts";
import { compileSnapshot } from "../../../src/table/snapshot.ts";
import type { Health } from "../../../src/table/table.ts";
import { explain } from "../../../src/telemetry/explain.ts";
import type { Course } from "../../../src/telemetry/explanation.ts";
import { ejecting } from "../../../src/telemetry/trace.ts";
import { down, testSnapshot, testTable, testView } from "../../fakes/world.ts";
import { type Asked, inquiry, NOW } from "./inquiries.ts";

interface Told {
  readonly patch?: object;
  readonly health?: Health;
  readonly ejected?: readonly string[];
  readonly asked?: Asked;
  readonly defence?: Defence;
  readonly course?: Course;
}

function told(title: string, { patch = {}, health, ejected = [], asked = {}, defence, course }: Told): string {
  const table = testTable({ perRegion: 2, patch });
  const defences: Defences = new Map(defence ? [["api", defence]] : []);
  const snapshot = compileSnapshot({ ...testSnapshot(table, health), table, defences });
  const explanation = explain(testView(snapshot, ejecting(new Set(ejected))), inquiry(asked));
  const real = course ? { requestId: "15e0674a1b2c".padEnd(32, "0"), course } : {};
  return `## ${title}\n\n${explanationReport({ ...explanation, ...real })}\n`;
}

const challenge: Defence = {
  attack: "attack-1",
  level: "challenge",
  since: NOW,
  signatures: [
    { match: { asn: 64496 }, perSecond: 5 },
    { match: { prefix: "203.0.113.0/24", country: "DE" }, perSecond: 5, level: "limit" },
  ],
};
const limits = {
  logins: { pathPrefix: "/login" },
  "per-client": {},
  tried: { shadow: true, action: "challenge" },
};

const api = (service: object) => ({ services: { api: service } });
const downIn = (...regions: string[]): Health =>
  new Map(regions.flatMap((region) => ["a", "b"].map((x) => [`${region}-${x}`, down()] as const)));

const retried: Course = {
  outcome: "forwarded",
  status: 200,
  tries: [
    { region: "eu-central-1", backend: "eu-central-1-b", ms: 2, error: "connect", status: null },
    { region: "eu-central-1", backend: "eu-central-1-a", ms: 14, error: "gateway", status: 503 },
    { region: "eu-west-2", backend: "eu-west-2-a", ms: 21, error: null, status: 200 },
  ],
  gaveUp: null,
  hedges: 0,
  totalMs: 38,
  backendMs: 21,
};

it("explanations read as prose", async () => {
  const blacklist = { "203.0.113.0/24": { reason: "credential stuffing", createdAt: NOW - 1, expiresAt: null } };
  const transcripts = [
    told("plain", {}),
    told("a client that is blocked", { patch: { blacklist } }),
    told("like an attack that is limited, with limits of its own", { patch: { limits }, defence: challenge }),
    told("not like the attack", { defence: challenge, asked: { ip: "198.51.100.7" } }),
    told("challenged for an attack", { defence: { ...challenge, signatures: [{ match: {}, perSecond: 5 }] } }),
    told("blocked by hand", { patch: api({ mitigation: { mode: "block" } }), defence: challenge }),
    told("limited by hand", { patch: { ...api({ mitigation: { mode: "limit" } }), limits } }),
    told("on the allowlist", {
      patch: { allowlist: { "203.0.113.9/32": { reason: "bot", createdAt: NOW - 1, expiresAt: null } } },
      defence: challenge,
    }),
    told("an attack that is at most observed", {
      patch: api({ mitigation: { most: "observe" } }),
      defence: challenge,
    }),
    told("no region is permitted (451)", {
      patch: { ...api({ residency: "required" }), residency: { "eu-eea": null } },
    }),
    told("inside the jurisdiction alone", { patch: api({ residency: "required" }) }),
    told("the jurisdiction is down and only preferred", {
      patch: api({ residency: "preferred" }),
      health: downIn("eu-central-1", "eu-west-1"),
    }),
    told("nobody is healthy", {
      patch: api({ residency: "required" }),
      health: downIn("eu-central-1", "eu-west-1"),
    }),
    told("drained, dialled to 0, of weight 0, and partly ejected", {
      patch: {
        regions: {
          "eu-central-1": { state: "draining" },
          "eu-west-1": { dialPercent: 0 },
          "eu-west-2": { weight: 0 },
        },
      },
      ejected: ["us-east-1-a"],
    }),
    told("a canary's client", {
      patch: { ...api({ canaryPercent: 100 }), backends: { "eu-west-1-b": { track: "canary" } } },
    }),
    told("bound by affinity to a region that drains", {
      patch: { ...api({ affinity: { kind: "cookie" } }), regions: { "us-west-2": { state: "draining" } } },
      asked: { bound: "us-west-2-a" },
    }),
    told("panic", { patch: api({ panicThresholdPercent: 50 }), health: downIn(...half) }),
    told("round robin", { patch: api({ policy: "round-robin" }) }),
    told("retries", { course: retried }),
    told("gave up", {
      course: {
        ...retried,
        outcome: "forward-failed",
        status: 502,
        tries: retried.tries.slice(0, 2),
        gaveUp: "budget-spent",
        backendMs: null,
      },
    }),
  ];
  await expect(transcripts.join("\n")).toMatchFileSnapshot("explanations.golden.txt");
});

const half = [
  "us-east-1",
  "us-west-2",
  "ca-central-1",
  "eu-west-1",
  "eu-central-1",
  "ap-southeast-1",
  "ap-northeast-1",
  "ap-south-1",
];
