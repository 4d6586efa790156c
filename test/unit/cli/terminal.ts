import type { Terminal } from "../../../scripts/cli/cli.ts";
import { run } from "../../../scripts/cli/run.ts";
import { TOKEN, type World } from "../control/world.ts";

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command of the CLI against a world's control API, in a terminal without files and without anybody at it. */
export async function runIn(
  world: World,
  name: string,
  words: readonly string[],
  terminal: Partial<Terminal> = {},
): Promise<Ran> {
  let out = "";
  let err = "";
  const exit = await run(name, words, {
    env: { NOVACRON_URL: "http://control.test", NOVACRON_TOKEN: TOKEN },
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    fetch: (request) => world.fetch(request),
    readFile: async (path) => Promise.reject(Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" })),
    readInput: async () => "",
    readPieces: (path) => {
      throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
    },
    writeSecret: async (path) => Promise.reject(new Error(`${path} cannot be written`)),
    removeFile: async () => undefined,
    ask: null,
    isTerminal: false,
    pause: async () => false,
    now: () => world.clock.now,
    ...terminal,
  });
  return { exit, out, err };
}

/** The files of a terminal, by their paths. */
export const over = (files: Record<string, string>): Pick<Terminal, "readFile" | "writeSecret" | "removeFile"> => ({
  readFile: async (path) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
    return text;
  },
  writeSecret: async (path, text) => {
    files[path] = text;
  },
  removeFile: async (path) => {
    delete files[path];
  },
});

/** Somebody who gives these answers, and what they were asked. */
export function person(...answers: string[]) {
  const questions: string[] = [];
  const ask = async (question: string) => {
    questions.push(question);
    const answer = answers.shift();
    if (answer === undefined) throw new Error(`asked in vain: ${question}`);
    return answer;
  };
  return { ask, questions };
}
