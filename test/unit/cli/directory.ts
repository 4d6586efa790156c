import type { Terminal } from "../../../scripts/cli/cli.ts";
import { TOKEN, type World } from "../control/world.ts";
import { over, type Ran, runIn } from "./terminal.ts";

/** The files of a directory beside a local world, by their paths. */
export const directory = (): Record<string, string> => ({
  ".novacron/credentials.json": JSON.stringify({ url: "http://control.test", token: TOKEN }),
  ".novacron/world.json": JSON.stringify({ edge: "http://edge.test" }),
  "patch.yaml": "regions:\n  us-east-1:\n    weight: 50\n",
  "patch.json": '{"regions":{"us-east-1":{"weight":50}}}',
  "unsafe.yaml": "regions:\n  us-east-1: null\n",
  "broken.yaml": "regions: {",
});

export type At = Partial<Terminal> & { readonly name?: string };

/** Runs a command line in a directory, against the real control API over a table in memory. */
export function runAt(world: World, files: Record<string, string>, line: string, at: At = {}): Promise<Ran> {
  const { name = "novacron", ...others } = at;
  return runIn(world, name, words(line), {
    env: {},
    fetch: async (request) => (request.url === "http://edge.test/" ? new Response() : world.fetch(request)),
    ...over(files),
    readInput: async () => files["patch.yaml"] ?? "",
    ...others,
  });
}

/** Splits at spaces; single quotes hold words together. */
const words = (line: string) => [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
