import type { SessionReply } from "../../workers/control/schema/session.ts";
import type { Terminal } from "./cli.ts";
import { createClient } from "./client.ts";
import type { Credentials } from "./credentials.ts";
import { writeSession } from "./session-file.ts";

/** A session lives for 15 minutes: whoever goes on working need not notice. */
const DUE_MS = 10 * 60_000;

/** Renews a session that has not long to live. One that cannot be renewed is good until it ends. */
export async function renewWhenDue(terminal: Terminal, { url, token, expiresAt }: Credentials): Promise<void> {
  if (token === null || expiresAt === undefined || Date.parse(expiresAt) - terminal.now() > DUE_MS) return;
  const renewed = await createClient({ url, token }, { ...terminal, ask: null }).send<SessionReply>(
    "POST",
    "/sessions/renew",
  );
  if (renewed.ok) await writeSession(terminal, { url, token, expiresAt: renewed.value.expiresAt });
}
