import type { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";
import type { Terminal } from "../../../scripts/cli/cli.ts";
import { createProgram } from "../../../scripts/cli/program.ts";
import { createWorld, type World } from "../control/world.ts";
import { runIn } from "./terminal.ts";

const program = createProgram({ out: () => undefined, err: () => undefined } as unknown as Terminal, () => undefined);
const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)];
const all = everyCommand(program);

describe("the help of every command", () => {
  it("names in its usage line what must be given", () => {
    const wanting = all.flatMap((command) => {
      const [usage = ""] = command.helpInformation().split("\n");
      return command.options
        .filter(({ mandatory, flags }) => mandatory && !usage.includes(` ${flags} `))
        .map(({ flags }) => `${command.name()} ${flags}`);
    });
    expect(wanting).toEqual([]);
    const rollback = all.find((command) => command.name() === "rollback");
    expect(rollback?.helpInformation()).toMatch(
      /^Usage: novacron table rollback --to <epoch> --reason <text> \[options\]\n/,
    );
  });

  it("shows no default that only a program needs", () => {
    for (const command of all) expect(command.helpInformation()).not.toMatch(/\(default:\s+(\[|\{|false|true)/);
  });

  it("knows ls also as list, and rm as remove", () => {
    const names = all.map((command) => [command.name(), ...command.aliases()].join("|"));
    expect(
      names.filter((name) => /\b(ls|list|rm|remove)\b/.test(name) && !/^(ls\|list|rm\|remove)$/.test(name)),
    ).toEqual([]);
  });
});

describe("what must be said of a new entity", () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });

  it.each([
    ["regions", "  latitude      -90 to 90\n"],
    ["backends", "  url     text\n"],
    ["services", "  hosts   a list, such as [a, b]\n"],
    ["policies", "  kind   failover\n  order  a list, such as [a, b]\n"],
  ])("%s add --help tells, by examples that do", async (section, line) => {
    const { exit, out } = await runIn(world, "novacron", [section, "add", "--help"]);
    expect([exit, out]).toEqual([0, expect.stringContaining(line)]);
    const examples = [...out.matchAll(/^ {2}novacron (.+)$/gm)].map(([, example = ""]) => example);
    expect(examples).not.toEqual([]);
    for (const example of examples) {
      const words = [...example.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
      expect(await runIn(world, "novacron", words)).toMatchObject({ exit: 0, err: "" });
    }
  });

  it.each([
    ["regions add x name=X", "/country: missing: expected a string"],
    ["regions add x name=X", "/locationHint: missing: expected one of wnam, enam, "],
    ["services add x policy=fastest hosts=a.example", '/hosts: expected a list, such as ["a.example"]'],
    ["services set api hosts=a.example", '/hosts: expected a list, such as ["a.example"]'],
    ["policies add x kind=failover", "/order: missing: expected a list"],
  ])("%s is told %s", async (line, problem) => {
    const { exit, err } = await runIn(world, "novacron", line.split(" "));
    expect([exit, err]).toEqual([1, expect.stringContaining(`\n  ${problem}`)]);
  });
});
