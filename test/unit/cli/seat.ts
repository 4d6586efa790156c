import type { Terminal } from "../../../scripts/cli/cli.ts";
import { totpCode } from "../../../src/auth/totp.ts";
import { ADMIN_TOKEN, TOKEN, type World } from "../control/world.ts";
import { over, type Ran, runIn } from "./terminal.ts";

export const PASSWORD = "correct horse battery";

/** What somebody types when asked; a function is told what the command has said before. */
export type Typed = string | ((said: string) => string);

/** A terminal with somebody at it, and the files of its directory, which begins with a token of the local world. */
export class Seat {
  readonly files: Record<string, string> = {
    ".novacron/credentials.json": JSON.stringify({ url: "http://control.test", token: TOKEN }),
  };
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Runs a command line where somebody gives these answers; with `null` nobody can. */
  async novacron(
    line: string,
    answers: readonly Typed[] | null = [],
    terminal: Partial<Terminal> = {},
  ): Promise<Ran & { readonly questions: readonly string[] }> {
    const questions: string[] = [];
    const left = [...(answers ?? [])];
    let said = "";
    const ask: Terminal["ask"] = async (question, options) => {
      questions.push(options?.hidden ? `${question}(hidden)` : question);
      const answer = left.shift();
      if (answer === undefined) throw new Error(`asked in vain: ${question}`);
      return typeof answer === "string" ? answer : answer(said);
    };
    const ran = await runIn(this.#world, "novacron", line.split(" "), {
      env: { NOVACRON_ADMIN_TOKEN: ADMIN_TOKEN },
      ...over(this.files),
      err: (text) => {
        said += text;
      },
      ask: answers === null ? null : ask,
      ...terminal,
    });
    return { ...ran, err: said, questions };
  }

  /** Makes the first admin, and gives what makes codes. */
  async init(): Promise<string> {
    const { exit, out } = await this.novacron("admin init --name ann --json", [PASSWORD, PASSWORD]);
    if (exit !== 0) throw new Error("there is no admin");
    return JSON.parse(out).totp.secret;
  }

  code(secret: string): string {
    return totpCode(secret, this.#world.clock.now);
  }

  login(secret: string): ReturnType<Seat["novacron"]> {
    return this.novacron("login --name ann", [PASSWORD, () => this.code(secret)]);
  }
}
