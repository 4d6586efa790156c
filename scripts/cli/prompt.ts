import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";

/** Asks on a terminal. The question goes to the standard error, so that it is in nobody's pipe. */
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
  try {
    const answer = lines.question(question);
    muted = options.hidden;
    return await answer;
  } finally {
    lines.close();
    if (options.hidden) process.stderr.write("\n");
  }
}
