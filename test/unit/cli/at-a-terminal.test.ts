import { execFileSync } from "node:child_process";
import { beforeEach, describe, expect, it } from "vitest";
import { createWorld, type World } from "../control/world.ts";
import { type At, directory, runAt } from "./directory.ts";

let world: World;
let files: Record<string, string>;
beforeEach(async () => {
  world = await createWorld();
  files = directory();
});

const novacron = (line: string, at?: At) => runAt(world, files, line, at);

describe("somebody at a terminal", () => {
  const asking = (answer: string, asked: string[] = []) => ({
    isTerminal: true,
    ask: async (question: string) => {
      asked.push(question);
      return answer;
    },
  });

  it("is shown what applying a patch would change, in colours, and asked", async () => {
    const asked: string[] = [];
    const { exit, out, err } = await novacron("table apply patch.yaml", asking("y", asked));
    expect([exit, out, asked]).toEqual([0, "the epoch is 2\n", ["apply this? [y/N] "]]);
    expect(err).toBe("at epoch 1:\n\u001b[33m~ regions/us-east-1 weight: 100 → 50\u001b[39m\n");
  });

  it.each(["", "n", "yesterday"])("changes nothing by answering '%s'", async (answer) => {
    const before = await world.state();
    const { exit, out, err } = await novacron("table apply patch.yaml", asking(answer));
    expect([exit, out, err.split("\n").at(-2)]).toEqual([1, "", "nothing was changed"]);
    expect(await world.state()).toBe(before);
  });

  it("agrees to what was shown, not to what came in between", async () => {
    const terminal = {
      ...asking("y"),
      ask: async () => {
        await world.call("PUT", "/weights", { body: { "us-east-1": 7 } });
        return "y";
      },
    };
    const { exit, err } = await novacron("table apply patch.yaml", terminal);
    expect([exit, err]).toEqual([1, expect.stringContaining("The table has changed since")]);
  });

  it.each([
    ["with --yes", "table apply patch.yaml --yes", "~ regions"],
    ["where nothing changes", "table apply same.yaml", "nothing changes"],
  ])("is not asked %s", async (_name, line, said) => {
    files["same.yaml"] = "regions: {}";
    const asked: string[] = [];
    const { exit, out } = await novacron(line, asking("n", asked));
    expect([exit, asked]).toEqual([0, []]);
    expect(out).toContain(said);
  });
});

describe("where nobody can be asked, applying a patch", () => {
  it.each([
    ["patch.yaml", "as a file"],
    ["-", "by the standard input"],
  ])("that would refuse customers needs --yes (%s, %s)", async (file) => {
    files["patch.yaml"] = "services:\n  api:\n    mitigation: { mode: block }\n";
    const before = await world.state();
    const refused = await novacron(`table apply ${file}`);
    expect([refused.exit, refused.out]).toEqual([1, ""]);
    expect(refused.err).toContain("warning: services/api would refuse everybody");
    expect(refused.err).toContain("--yes goes on without asking");
    expect(await world.state()).toBe(before);
    expect((await novacron(`table apply ${file} --yes`)).exit).toBe(0);
  });

  it("that is only warned of goes on", async () => {
    world.demand.push({ colo: "FRA", country: "DE", service: "api", requests: 1000 });
    files["patch.yaml"] = "limits:\n  logins: { pathPrefix: /login, rate: 5, burst: 5 }\n";
    const { exit, err } = await novacron("table apply patch.yaml");
    expect([exit, err]).toEqual([0, "warning: there was traffic in the last hour, and none of it was recorded\n"]);
  });
});

describe("--watch", () => {
  const turns = (count: number, waited: number[]) => {
    let left = count;
    return {
      pause: async (ms: number) => {
        waited.push(ms);
        world.clock.now += ms;
        return --left > 0;
      },
    };
  };

  it("says again how it is, on a clear screen each time", async () => {
    const waited: number[] = [];
    const { out } = await novacron("status --watch", { isTerminal: true, ...turns(3, waited) });
    expect(waited).toEqual([2000, 2000, 2000]);
    const screens = out.split("\u001b[2J\u001b[H").map((screen) => screen.split("\n")[0]);
    expect(screens.slice(1)).toEqual([0, 2, 4].map((age) => `table    epoch 1; configuration changed ${age}s ago`));
  });

  it("prints a JSON document each time, and goes on where one fails", async () => {
    const waited: number[] = [];
    let asked = 0;
    const fetch = async (request: Request) => {
      // Each time the regions, then the failovers, then the incidents.
      world.table.unreachable = ++asked === 4;
      return world.fetch(request);
    };
    const { exit, out } = await novacron("--json region health --watch 0.5", { ...turns(3, waited), fetch });
    expect([exit, waited]).toEqual([0, [500, 500, 500]]);
    const lines = out.trimEnd().split("\n");
    expect(lines[1]).toContain("Part of the system cannot be reached");
    expect([lines[0], lines[2]].map((line) => JSON.parse(line ?? "").length)).toEqual([2, 2]);
  });
});

describe("completion", () => {
  it.each(["bash", "zsh", "fish"])("knows groups, verbs and options in %s, without a control plane", async (shell) => {
    files = {};
    const { exit, out, err } = await novacron(`completion ${shell}`);
    expect([exit, err]).toEqual([0, ""]);
    for (const word of ["weights", "rollback", "--reason", "--watch"]) expect(out).toContain(word);
  });

  it.each([
    ["novacron we", "weights"],
    ["novacron weights s", "set"],
    ["novacron --json table ro", "rollback"],
    ["novacron table rollback --to 3 --re", "--reason"],
    ["novacron backends set us-east-1-a --j", "--json"],
  ])("completes '%s' in bash", async (line, word) => {
    const { out } = await novacron("completion bash");
    const words = line.split(" ");
    const script = `${out}\nCOMP_WORDS=(${words.join(" ")}) COMP_CWORD=${words.length - 1}; _novacron; echo "\${COMPREPLY[@]}"`;
    expect(execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim()).toBe(word);
  });
});
