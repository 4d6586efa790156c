import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { Interrupted } from "./interrupted.ts";

/** Asks on a terminal. The question goes to the standard error, so that it is in nobody's pipe. Ctrl-C is `Interrupted`. */
export async function prompt(
  question: string,
  options: { readonly hidden: boolean } = { hidden: false },
): Promise<string> {
  let muted = false;
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (!muted) process.stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  const breakingOff = new AbortController();
  // Without a listener, Ctrl-C and the end of the input leave the question without an answer for ever.
  lines.once("SIGINT", () => breakingOff.abort());
  lines.once("close", () => breakingOff.abort());
  try {
    const answer = lines.question(question, { signal: breakingOff.signal });
    muted = options.hidden;
    return await answer;
  } catch (error) {
    if (!breakingOff.signal.aborted) throw error;
    throw new Interrupted();
  } finally {
    lines.close();
    if (options.hidden) process.stderr.write("\n");
  }
}
