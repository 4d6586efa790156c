import { InvalidArgumentError } from "commander";
import { expect, it } from "vitest";
import { addSetting, noSettings } from "../../../scripts/cli/table-settings.ts";

const all = (...texts: string[]) => texts.reduce((settings, text) => addSetting(text, settings), noSettings);

it("reads weights and fields, those of one entity together", () => {
  expect(
    all(
      "weights.eu-west-1=0",
      "weights.node.a=2.5",
      "regions.us-east-1.dialPercent=50",
      "regions.us-east-1.state=draining",
      "backends.node.a.loadPath=null",
      'services.api.affinity={"kind":"cookie"}',
      "latency.colo:FRA.eu-west-1=30",
    ),
  ).toEqual({
    weights: { "eu-west-1": 0, "node.a": 2.5 },
    patch: {
      regions: { "us-east-1": { dialPercent: 50, state: "draining" } },
      backends: { "node.a": { loadPath: null } },
      services: { api: { affinity: { kind: "cookie" } } },
      latency: { "colo:FRA": { "eu-west-1": 30 } },
    },
  });
});

it.each([
  "",
  "weights",
  "weights.x",
  "weights.=1",
  "weights.x=much",
  "regions.x=1",
  "regions.x.=1",
  "planets.x.weight=1",
  "regions.x.weight=[",
])("does not understand %s", (text) => {
  expect(() => all(text)).toThrow(InvalidArgumentError);
});
