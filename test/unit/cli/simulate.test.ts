import { beforeEach, describe, expect, it } from "vitest";
import { createWorld, frankfurt, type World } from "../control/world.ts";
import { over, runIn } from "./terminal.ts";

let world: World;
let files: Record<string, string>;
beforeEach(async () => {
  world = await createWorld();
  const regions = { "eu-central-1": { ...frankfurt, latitude: 50.11, longitude: 8.68 } };
  const backends = { "eu-central-1-a": { region: "eu-central-1", url: "http://127.0.0.1:9003" } };
  await world.call("POST", "/table/apply", { body: { regions, backends } });
  files = {
    "patch.yaml": "policies: { even: { kind: weighted } }\nservices: { api: { policy: even } }\n",
    "clients.csv": '# three places\ncountry,colo,weight\n\n"DE",FRA,30\nJP,,10\nBR,,20\n',
    "clients.yaml":
      "- country: DE\n  colo: FRA\n  weight: 30\n- { country: JP, weight: 10 }\n- { country: BR, weight: 20 }\n",
    "clients.json":
      '[{ "country": "DE", "colo": "FRA", "weight": 30 },\n { "country": "JP", "weight": 10 }, { "country": "BR", "weight": 20 }]',
    "bad.csv": "country,weight\nDE,1\nde,1\n\nJP,much\nJP,1,9\n",
    "bad.yaml": "- country: DE\n  weight: 1\n- country: QQ\n  weight: 1\n- just text\n",
    "map.yaml": "country: DE\n",
    "broken.yaml": "- {",
    "empty.csv": "country,weight\n",
  };
});

const traffic = (...args: string[]) =>
  runIn(world, "novacron-traffic", args, {
    ...over(files),
    readInput: async () => files["clients.yaml"] ?? "",
    isTerminal: false,
    ask: null,
    pause: async () => false,
  });

it("shows what the loss of a region does", async () => {
  const { exit, out, err } = await traffic(
    ...["simulate", "--down", "us-east-1", "--population", "clients.csv"],
    ...["--requests-per-second", "1000", "--service-ms", "100"],
  );
  expect([exit, err]).toEqual([0, ""]);
  expect(out).toMatchInlineSnapshot(`
    "at epoch 2 with us-east-1 down; 3 places, 1000 requests/s

    REGION        BEFORE  AFTER  CHANGE  CAPACITY  REQUESTS/S  USE
    eu-central-1  58.3%   83.3%  +25.0   1000      583 → 833   7.9% → 15.5%
    us-east-1     41.7%   0.0%   -41.7   1000 → 0  417 → 0.0   11.6% → -
    us-west-2     0.0%    16.7%  +16.7   1000      0.0 → 167   0.0% → 4.8%

                  BEFORE    AFTER
    served        100.0%    100.0%
    latency mean  95.6 ms   102.8 ms
    latency p50   4.3 ms    4.3 ms
    latency p95   225.7 ms  225.0 ms

    moved  41.7% of the traffic to other regions
    added  mean +7.3 ms, p50 0.0 ms, p95 +22.0 ms
           mean +14.6 ms, p50 +22.0 ms, p95 +22.0 ms where traffic moves

    SERVED ELSEWHERE  SERVICE  TRAFFIC  BEFORE                           AFTER                            ADDED
    BR                api      33.3%    us-east-1                        us-west-2 50%, eu-central-1 50%  +22.0 ms
    JP                api      16.7%    eu-central-1 50%, us-east-1 50%  eu-central-1                     -0.3 ms
    "
  `);
});

describe("the change", () => {
  const sharesWith = async (...args: string[]) => {
    const { out, err } = await traffic("simulate", "--population", "clients.csv", "--json", ...args);
    expect(err).toBe("");
    const { regions } = JSON.parse(out) as { regions: { id: string; after: { share: number } }[] };
    return Object.fromEntries(regions.map(({ id, after }) => [id, Number(after.share.toFixed(3))]));
  };

  it("is a file, single values, or both", async () => {
    const third = 0.333;
    expect(await sharesWith("--file", "patch.yaml")).toEqual({
      "us-east-1": third,
      "us-west-2": third,
      "eu-central-1": third,
    });
    expect(await sharesWith("--file", "patch.yaml", "--set", "weights.us-east-1=0")).toEqual({
      "us-east-1": 0,
      "us-west-2": 0.5,
      "eu-central-1": 0.5,
    });
    const settings = ["--set", "regions.us-west-2.state=maintenance", "--set", "weights.us-east-1-a=25"];
    expect(await sharesWith("--file", "patch.yaml", ...settings)).toEqual({
      "us-east-1": 0.2,
      "us-west-2": 0,
      "eu-central-1": 0.8,
    });
  });

  it("is the loss of several", async () => {
    const loss = ["--down", "us-east-1", "--down", "eu-central-1"];
    expect(await sharesWith(...loss)).toMatchObject({ "us-west-2": 1 });
    expect(await sharesWith("--down", "us-east-1,eu-central-1")).toMatchObject({ "us-west-2": 1 });
    expect(await sharesWith("--down", "us-east-1", "--down-backend", "us-west-2-a")).toMatchObject({
      "eu-central-1": 1,
    });
  });
});

describe("the population", () => {
  it("is the same in CSV, YAML, JSON and from the standard input", async () => {
    const first = await traffic("simulate", "--population", "clients.csv", "--json");
    expect(JSON.parse(first.out)).toMatchObject({ rows: 3, requestsPerSecond: null });
    for (const file of ["clients.yaml", "clients.json", "-"])
      expect(await traffic("simulate", "--population", file, "--json")).toEqual(first);
  });

  it("is the world unless told otherwise, or the last hour's traffic", async () => {
    expect(JSON.parse((await traffic("simulate", "--json")).out).rows).toBeGreaterThan(200);
    const none = await traffic("simulate", "--population", "traffic");
    expect(none.exit).toBe(1);
    expect(none.err).toContain("there was no traffic in the last hour; try world");
    world.demand.push({ colo: "FRA", country: "DE", service: "api", requests: 36_000 });
    expect((await traffic("simulate", "--population", "traffic")).out).toContain(
      "1 places, 10 requests/s as counted over 1h\n",
    );
  });

  it.each([
    [
      "bad.csv",
      `bad.csv has bad rows; nothing was run
  line 3, country: expected a country's ISO 3166-1 alpha-2 code in capitals
  line 5, weight: expected a number, not a string
  line 6, column 3: unknown field
`,
    ],
    [
      "bad.yaml",
      `bad.yaml has bad rows; nothing was run
  line 3, country: expected a country's ISO 3166-1 alpha-2 code in capitals
  line 5: expected an object, not a string
`,
    ],
    ["map.yaml", "map.yaml: expected a list of rows\n"],
    ["empty.csv", "empty.csv: expected a line of headings, then rows\n"],
    ["none.csv", "none.csv: no such file\n"],
  ])("is refused with every line that is wrong: %s", async (file, err) => {
    expect(await traffic("simulate", "--population", file)).toEqual({ exit: 1, out: "", err });
  });

  it("is refused where it is no YAML", async () => {
    expect((await traffic("simulate", "--population", "broken.yaml")).err).toMatch(/^broken\.yaml: .+ at line 1/);
  });
});

it.each([
  [["--down", "mars"], "There is no such thing: regions/mars (404, request request-"],
  [["--set", "weights.mars=1"], "  /weights/mars: no region or backend is named mars\n"],
  [["--set", "regions.us-east-1.weight=-1"], "  /patch/regions/us-east-1/weight: "],
])("exits 1 and says why: %s", async (args, expected) => {
  const { exit, out, err } = await traffic("simulate", ...args);
  expect([exit, out]).toEqual([1, ""]);
  expect(err).toContain(expected);
});

it.each([
  [["--set", "weights"]],
  [["--set", "planets.x.y=1"]],
  [["--requests-per-second", "0"]],
  [["--service-ms", "x"]],
  [["--colour"]],
])("exits 2 for what it does not understand: %s", async (args) => {
  expect(await traffic("simulate", ...args)).toMatchObject({ exit: 2, out: "" });
});
