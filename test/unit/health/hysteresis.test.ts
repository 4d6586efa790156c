import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  appear,
  type BackendHealth,
  CHECK_INTERVAL_MS,
  CONFIRM_INTERVAL_MS,
  hasten,
  isConfirming,
  STALE_AFTER_MS,
  type Status,
  step,
  voteOf,
} from "../../../src/health/hysteresis.ts";
import { backendIdSchema } from "../../../src/table/backend.ts";
import { locationHints } from "../../../src/table/region.ts";
import { voteSchema } from "../../../src/table/verdict.ts";
import { backend, play, start, transcript } from "./transcript.ts";

const golden: [name: string, script: string, transcript: string][] = [
  [
    "a healthy backend, a fall, and a recovery that needs two successes a whole interval apart",
    "ss fff s s",
    `
     0.020s  s  up       +9.980s    200; first verdict: up
    10.020s  s  up       +9.980s    200
    20.005s  f  up       +1.000s    connection failed; failure 1 of 3
    21.010s  f  up       +1.000s    connection failed; failure 2 of 3
    22.015s  f  down     +7.985s    connection failed; was up
    30.020s  s  down     +9.980s    200; success 1 of 2
    40.020s  s  up       +9.980s    200; was down`,
  ],
  [
    "one or two failures are no fall, and do not add up across a success",
    "s f s ff s ff s",
    `
     0.020s  s  up       +9.980s    200; first verdict: up
    10.005s  f  up       +1.000s    connection failed; failure 1 of 3
    11.025s  s  up       +8.975s    200
    20.005s  f  up       +1.000s    connection failed; failure 1 of 3
    21.010s  f  up       +1.000s    connection failed; failure 2 of 3
    22.030s  s  up       +7.970s    200
    30.005s  f  up       +1.000s    connection failed; failure 1 of 3
    31.010s  f  up       +1.000s    connection failed; failure 2 of 3
    32.030s  s  up       +7.970s    200`,
  ],
  [
    "a backend that swallows packets: each check takes its whole timeout",
    "s ttt t",
    `
     0.020s  s  up       +9.980s    200; first verdict: up
    12.000s  t  up       +1.000s    timed out after 2000 ms; failure 1 of 3
    15.000s  t  up       +1.000s    timed out after 2000 ms; failure 2 of 3
    18.000s  t  down     +2.000s    timed out after 2000 ms; was up
    22.000s  t  down     +8.000s    timed out after 2000 ms`,
  ],
  [
    "a new backend that fails is not down before its third failure",
    "fff",
    `
     0.005s  f  unknown  +1.000s    connection failed; failure 1 of 3
     1.010s  f  unknown  +1.000s    connection failed; failure 2 of 3
     2.015s  f  down     +7.985s    connection failed; first verdict: down`,
  ],
  [
    "a new backend is up with its first success, whatever came before",
    "ff s",
    `
     0.005s  f  unknown  +1.000s    connection failed; failure 1 of 3
     1.010s  f  unknown  +1.000s    connection failed; failure 2 of 3
     2.030s  s  up       +7.970s    200; first verdict: up`,
  ],
  [
    "a backend that crashes after each start does not rise",
    "s fff s f s f",
    `
     0.020s  s  up       +9.980s    200; first verdict: up
    10.005s  f  up       +1.000s    connection failed; failure 1 of 3
    11.010s  f  up       +1.000s    connection failed; failure 2 of 3
    12.015s  f  down     +7.985s    connection failed; was up
    20.020s  s  down     +9.980s    200; success 1 of 2
    30.005s  f  down     +9.995s    connection failed
    40.020s  s  down     +9.980s    200; success 1 of 2
    50.005s  f  down     +9.995s    connection failed`,
  ],
  [
    "the third fall within two minutes holds it down, though it answers",
    "s fff ss fff ss fff ss s",
    `
     0.020s  s  up       +9.980s    200; first verdict: up
    10.005s  f  up       +1.000s    connection failed; failure 1 of 3
    11.010s  f  up       +1.000s    connection failed; failure 2 of 3
    12.015s  f  down     +7.985s    connection failed; was up
    20.020s  s  down     +9.980s    200; success 1 of 2
    30.020s  s  up       +9.980s    200; was down
    40.005s  f  up       +1.000s    connection failed; failure 1 of 3
    41.010s  f  up       +1.000s    connection failed; failure 2 of 3
    42.015s  f  down     +7.985s    connection failed; was up
    50.020s  s  down     +9.980s    200; success 1 of 2
    60.020s  s  up       +9.980s    200; was down
    70.005s  f  up       +1.000s    connection failed; failure 1 of 3
    71.010s  f  up       +1.000s    connection failed; failure 2 of 3
    72.015s  f  down     +7.985s    connection failed; was up
    80.020s  s  down     +9.980s    200; success 1 of 2
    90.020s  s  down     +9.980s    200; held down for flapping, 194 s more at least
   100.020s  s  down     +9.980s    200; held down for flapping, 184 s more at least`,
  ],
];

const script = fc.array(fc.constantFrom("s", "f", "t"), { maxLength: 60 }).map((findings) => findings.join(""));

/** The rule of three and two, read off the text of all checks so far. */
function twin(history: string): Status {
  let status: Status = "unknown";
  for (let end = 1; end <= history.length; end++) {
    const checks = history.slice(0, end).replaceAll("t", "f");
    if (checks.endsWith("fff")) status = "down";
    else if (checks.endsWith("ss") || (status === "unknown" && checks.endsWith("s"))) status = "up";
  }
  return status;
}

describe("hysteresis", () => {
  it.each(golden)("%s", (_, checks, expected) => {
    expect(transcript(checks)).toBe(expected.replace(/^\n/, "").replaceAll(/^ {2}/gm, ""));
  });

  it("releases a suppressed backend once its penalty has decayed, and dates the rise then", () => {
    const states = play(`s fff ss fff ss fff ${"s".repeat(30)}`);
    const risen = states.findIndex(({ status }, i) => i > 15 && status === "up");
    const { since, detail } = states[risen] as BackendHealth;
    expect((since - start) / 1000).toBeCloseTo(290.02, 2);
    expect(detail).toBe("200; was down");
  });

  it("agrees with its dumb twin, except that damping may hold a backend down", () => {
    fc.assert(
      fc.property(script, (checks) => {
        for (const [i, { answering, status, damping }] of play(checks).entries()) {
          expect(answering).toBe(twin(checks.slice(0, i + 1)));
          expect(status).toBe(answering === "up" && damping.suppressed ? "down" : answering);
        }
      }),
    );
  });

  it("never falls with fewer than three failures in a row", () => {
    fc.assert(
      fc.property(script, (checks) => {
        const states = play(checks);
        for (const [i, { status }] of states.entries()) {
          const fell = status === "down" && states[i - 1]?.status !== "down";
          if (fell) expect(checks.slice(0, i + 1)).toMatch(/[ft]{3}$/);
        }
      }),
    );
  });

  it("checks confirmations a second apart and the rest on its turn, at most an interval and a second later", () => {
    fc.assert(
      fc.property(script, (checks) => {
        for (const state of play(checks)) {
          const waitMs = state.nextCheckAt - state.checkedAt;
          if (isConfirming(state)) expect(waitMs).toBe(CONFIRM_INTERVAL_MS);
          else expect((state.nextCheckAt - state.phaseMs) % CHECK_INTERVAL_MS).toBe(0);
          expect(waitMs).toBeGreaterThanOrEqual(CONFIRM_INTERVAL_MS);
          expect(waitMs).toBeLessThan(CHECK_INTERVAL_MS + CONFIRM_INTERVAL_MS);
        }
      }),
    );
  });

  it("dates each status by the check that changed it, and reports well-formed votes", () => {
    fc.assert(
      fc.property(script, (checks) => {
        let previous: BackendHealth = appear("weur", backend, start);
        for (const state of play(checks)) {
          expect(state.since).toBe(state.status === previous.status ? previous.since : state.checkedAt);
          const vote = voteOf(state, state.checkedAt);
          expect(vote === null).toBe(state.status === "unknown");
          if (vote) expect(voteSchema.parse(vote)).toEqual(vote);
          previous = state;
        }
      }),
    );
  });

  it("dates a recovery only for a backend that had fallen", () => {
    fc.assert(
      fc.property(script, (checks) => {
        const states = play(checks);
        for (const [i, { status, since, recoveredAt }] of states.entries()) {
          const fell = states.slice(0, i).some((before) => before.status === "down");
          expect(recoveredAt).toBe(status === "up" && fell ? since : null);
        }
      }),
    );
  });

  it("finds a failure that lasts within 19 s, whenever it begins and however it shows", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 9999 }), fc.constantFrom("f", "t"), (phaseMs, finding) => {
        const failsMs = finding === "t" ? 2000 : 5;
        const success = { outcome: { kind: "success", latencyMs: 1, load: null }, detail: "200" } as const;
        const failure = { outcome: { kind: "failure" }, detail: "" } as const;
        let state = step({ ...appear("weur", backend, start), phaseMs }, success, start).state;
        // The worst moment to fail is just after a usual check.
        const brokenAt = state.nextCheckAt + 1;
        state = step(state, success, brokenAt).state;
        while (state.status === "up") state = step(state, failure, state.nextCheckAt + failsMs).state;
        expect(state.since - brokenAt).toBeLessThan(19_000);
      }),
    );
  });
});

it("the vantages take turns, so that one of them looks at a backend every second", () => {
  const phases = locationHints.map((vantage) => appear(vantage, backend, start).phaseMs);
  const seconds = Array.from({ length: CHECK_INTERVAL_MS / 1000 }, (_, i) => i * 1000);
  expect([...new Set(phases)].sort((a, b) => a - b)).toEqual(seconds);
});

describe("a pause of the monitor", () => {
  const success = { outcome: { kind: "success", latencyMs: 1, load: null }, detail: "200" } as const;
  const failure = { outcome: { kind: "failure" }, detail: "connection failed" } as const;
  const last = (checks: string) => play(checks).at(-1) as BackendHealth;

  it.each([
    ["a backend that was down is up with its first success", "sfff", success, "up"],
    ["a backend that was down stays so while it fails", "sfff", failure, "down"],
    ["failures of before the pause do not count", "sff", failure, "up"],
    ["a backend that was up stays so while it answers", "ss", success, "up"],
  ])("%s", (_, checks, observation, status) => {
    const state = last(checks);
    expect(step(state, observation, state.checkedAt + STALE_AFTER_MS + 1).state.status).toBe(status);
  });

  it("shorter than a minute changes nothing", () => {
    const state = last("sfff");
    expect(step(state, success, state.checkedAt + STALE_AFTER_MS).state.status).toBe("down");
  });
});

describe("hasten", () => {
  it.each([
    ["a backend that was checked a while ago is due now", "s", 5000, 5000],
    ["one that was just checked is due a second after that", "s", 100, 1000],
    ["one whose next check is sooner anyway is left alone", "sf", 500, 1000],
    ["one that is down is left alone", "sfff", 5000, 7985],
  ])("%s", (_, checks, afterMs, dueAfterMs) => {
    const state = play(checks).at(-1) as BackendHealth;
    const hastened = hasten(state, state.checkedAt + afterMs);
    expect(hastened.nextCheckAt - state.checkedAt).toBe(dueAfterMs);
  });

  it("puts the usual check off for a whole turn when an early one came just before it", () => {
    const early = play("s").at(-1) as BackendHealth;
    const { state } = step(early, { outcome: { kind: "failure" }, detail: "503" }, start + 7600);
    const well = { outcome: { kind: "success", latencyMs: 1, load: null }, detail: "200" } as const;
    expect(step(state, well, start + 8600).state.nextCheckAt).toBe(start + 10_000);
    expect(step(state, well, start + 9600).state.nextCheckAt).toBe(start + 20_000);
  });

  it("does not confirm recovery early", () => {
    const recovering = play("sfff s").at(-1) as BackendHealth;
    expect(hasten(recovering, recovering.checkedAt + 2000)).toBe(recovering);
  });
});

describe("appear", () => {
  const ids = Array.from({ length: 200 }, (_, i) => backendIdSchema.parse(`backend-${i}`));

  it("spreads first checks over a second and usual ones over the interval", () => {
    const states = ids.map((id) => appear("weur", id, start));
    const perPhase = Map.groupBy(states, ({ phaseMs }) => phaseMs);
    expect([...perPhase.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((s) => s * 1000));
    for (const { length } of perPhase.values()) expect(length).toBeLessThan(40);
    for (const { nextCheckAt } of states) {
      expect(nextCheckAt).toBeGreaterThanOrEqual(start);
      expect(nextCheckAt).toBeLessThan(start + 1000);
    }
  });

  it("gives a backend other turns at other vantages", () => {
    const differing = ids.filter((id) => appear("weur", id, start).phaseMs !== appear("apac", id, start).phaseMs);
    expect(differing.length).toBeGreaterThan(150);
  });
});
