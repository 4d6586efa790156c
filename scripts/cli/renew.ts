import { sessionSchema } from "../../workers/control/schema/session.ts";
import type { Terminal } from "./cli.ts";
import { createClient } from "./client.ts";
import type { Credentials } from "./credentials.ts";
import { writeSession } from "./session-file.ts";

/** A session lives for 15 minutes: whoever goes on working need not notice. */
const DUE_MS = 10 * 60_000;

/** Renews a session that has not long to live, and gives it as it then is. One that cannot be renewed is good until it ends. */
export async function renewWhenDue(terminal: Terminal, credentials: Credentials): Promise<Credentials> {
  const { url, token, expiresAt } = credentials;
  if (token === null || expiresAt === undefined || Date.parse(expiresAt) - terminal.now() > DUE_MS) return credentials;
  const client = createClient({ url, token }, { ...terminal, ask: null });
  const renewed = await client.send("POST", "/sessions/renew", sessionSchema);
  if (!renewed.ok) return credentials;
  const kept = { url, token, expiresAt: renewed.value.expiresAt };
  await writeSession(terminal, kept);
  return kept;
}
