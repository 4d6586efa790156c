import { principalSchema } from "../../workers/control/schema/principal.ts";
import type { Client } from "./client.ts";

/** The names of principals by id; none for who may not see them, and ids then stand for themselves. */
export async function principalNames(client: Client): Promise<ReadonlyMap<string, string>> {
  const all = await client.list("/principals", principalSchema);
  return new Map(all.ok ? all.value.map(({ id, name }) => [id, name]) : []);
}
