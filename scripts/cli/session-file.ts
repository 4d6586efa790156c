import { join } from "node:path";
import { z } from "zod";
import { err, ok, type Result } from "../../src/base/result.ts";
import type { Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";
import { stateDirectory } from "./state-directory.ts";

const sessionSchema = z.object({
  url: z.url({ protocol: /^https?$/ }),
  token: z.string().min(1),
  expiresAt: z.iso.datetime(),
});
/** Who has signed in here. */
export type SessionFile = z.infer<typeof sessionSchema>;

export const sessionPath = (env: Terminal["env"]) => join(stateDirectory(env), "session.json");

/** `null` when nobody has signed in. */
export async function readSession(
  terminal: Pick<Terminal, "env" | "readFile">,
): Promise<Result<SessionFile | null, Failure>> {
  const path = sessionPath(terminal.env);
  try {
    const parsed = sessionSchema.safeParse(JSON.parse(await terminal.readFile(path)));
    return parsed.success ? ok(parsed.data) : err({ kind: "bad-credentials", path, detail: "not a session" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return ok(null);
    return err({ kind: "bad-credentials", path, detail: String((error as Error).message) });
  }
}

export const writeSession = (terminal: Pick<Terminal, "env" | "writeSecret">, session: SessionFile): Promise<void> =>
  terminal.writeSecret(sessionPath(terminal.env), `${JSON.stringify(session, null, 2)}\n`);
