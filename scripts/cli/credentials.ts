import { join } from "node:path";
import { z } from "zod";
import { err, ok, type Result } from "../../src/base/result.ts";
import type { Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";

/** Where the control plane is and what lets us in. */
export interface Credentials {
  readonly url: string;
  readonly token: string;
}

const credentialsSchema = z.object({ url: z.url({ protocol: /^https?$/ }), token: z.string().min(1) });

/** From the environment, and what is not there from `credentials.json` of the local world. */
export async function readCredentials(
  terminal: Pick<Terminal, "env" | "readFile">,
): Promise<Result<Credentials, Failure>> {
  const { NOVACRON_URL: url, NOVACRON_TOKEN: token } = terminal.env;
  const given = { ...(url ? { url } : {}), ...(token ? { token } : {}) };
  if (url && token) return parse(given, "NOVACRON_URL");
  const path = join(stateDirectory(terminal.env), "credentials.json");
  let text: string;
  try {
    text = await terminal.readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return err({ kind: "no-credentials", path });
    return err({ kind: "bad-credentials", path, detail: String((error as Error).message) });
  }
  try {
    return parse({ ...JSON.parse(text), ...given }, path);
  } catch {
    return err({ kind: "bad-credentials", path, detail: "not JSON" });
  }
}

export const stateDirectory = (env: Terminal["env"]) => env.NOVACRON_STATE_DIR || ".novacron";

function parse(value: unknown, path: string): Result<Credentials, Failure> {
  const parsed = credentialsSchema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const detail = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  return err({ kind: "bad-credentials", path, detail });
}
