import { expect, it } from "vitest";
import type { AnomalyEvent } from "../../../../src/shield/anomaly/event.ts";
import { holdAttack } from "../../../../src/shield/traffic/open-attack.ts";

const NOW = 1e12;
const event = (direction: AnomalyEvent["direction"], severity: AnomalyEvent["severity"], sigmas: number) => ({
  startedAt: NOW,
  lastAt: NOW,
  end: "open" as const,
  direction,
  severity,
  peak: { at: NOW, value: 1, sigmas },
  observations: 1,
});

it("a flood that follows a silence is as bad as it is itself", () => {
  const silence = holdAttack(null, [event("below", "critical", -20)], NOW, () => "a-1");
  expect(silence).toMatchObject({ direction: "silence", severity: "critical" });
  const flood = holdAttack(silence, [event("above", "minor", 4)], NOW + 1000, () => "a-2");
  expect(flood).toMatchObject({ id: "a-1", direction: "flood", severity: "minor", sigmas: 4 });
  expect(holdAttack(flood, [event("above", "major", 9)], NOW + 2000, () => "a-3")).toMatchObject({ severity: "major" });
});
