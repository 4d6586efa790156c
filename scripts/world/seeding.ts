import { z } from "zod";
import { seedTable } from "../../src/seed/seed.ts";
import { seedZone } from "../../src/seed/zone.ts";
import type { NodeProcess } from "./region-nodes.ts";
import type { NodePorts } from "./state-dir.ts";

const TIMEOUT_MS = 10_000;
/** Elsewhere the default is five minutes, and a minute for each step. */
const LOCAL_FAILBACK = { holdDownSeconds: 15, stepSeconds: 5 };

const tableSchema = z.object({
  epoch: z.int(),
  regions: z.record(z.string(), z.unknown()).default({}),
  backends: z.record(z.string(), z.object({ url: z.string() })).default({}),
});
const appliedSchema = tableSchema.pick({ epoch: true });
type TableDocument = z.infer<typeof tableSchema>;

interface ControlApi {
  /** Without the version: `http://127.0.0.1:8788`. */
  readonly url: string;
  readonly token: string;
}

/**
 * Gives an empty table its first contents. A table that has some belongs to its operators: there, only the addresses
 * of nodes that had to move are put right, and nodes are added that this state directory has never run before. Gives the epoch.
 */
export async function seed(control: ControlApi, nodes: readonly NodeProcess[], lastPorts: NodePorts): Promise<number> {
  const { table, etag } = await readTable(control);
  const isEmpty = table.epoch === 0;
  const patch = isEmpty ? firstTable(nodes) : amend(table, nodes, lastPorts);
  if (Object.keys(patch.backends).length === 0) return table.epoch;
  // Once there are backends, verdicts move the epoch at any moment; what is put right then is right at any epoch.
  const onlyIf = isEmpty && etag !== null ? { "If-Match": etag } : {};
  const response = await call(control, "/table/apply", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...onlyIf },
    body: JSON.stringify(patch),
  });
  if (!response.ok) throw new Error(`the table refuses its seed: ${response.status} ${await response.text()}`);
  return appliedSchema.parse(await response.json()).epoch;
}

const firstTable = (nodes: readonly NodeProcess[]) => ({
  ...localTable(nodes),
  ...seedZone(nodes.map(({ region }) => region)),
});

/** The seed, but that a region which was failed over gets its traffic back while one watches. */
function localTable(nodes: readonly NodeProcess[]) {
  const table = seedTable(toBackends(nodes));
  return { ...table, regions: mapValues(table.regions, (region) => ({ ...region, failback: LOCAL_FAILBACK })) };
}

const toBackends = (nodes: readonly NodeProcess[]) =>
  Object.fromEntries(nodes.map(({ backend, region, url }) => [backend, { region, url }]));

/** What the table has to learn of nodes that moved or are new. A backend that it lacks was taken out, and stays out. */
function amend(table: TableDocument, nodes: readonly NodeProcess[], lastPorts: NodePorts) {
  const moved = nodes.filter(({ backend, url }) => {
    const lastUrl = `http://127.0.0.1:${lastPorts[backend]}`;
    return url !== lastUrl && table.backends[backend]?.url === lastUrl;
  });
  const added = nodes.filter(({ backend }) => !(backend in lastPorts) && !(backend in table.backends));
  const full = localTable(nodes);
  const newRegions = added.map(({ region }) => region).filter((region) => !(region in table.regions));
  return {
    regions: pick(full.regions, newRegions),
    backends: { ...Object.fromEntries(moved.map(({ backend, url }) => [backend, { url }])), ...toBackends(added) },
    latency: {
      ...mapValues(newRegions.length > 0 ? full.latency : {}, (row) => pick(row, newRegions)),
      ...pick(full.latency, newRegions),
    },
  };
}

const pick = <T>(record: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([key]) => keys.includes(key)));

const mapValues = <T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

async function readTable(control: ControlApi): Promise<{ table: TableDocument; etag: string | null }> {
  const response = await call(control, "/table", {});
  if (!response.ok) throw new Error(`the table cannot be read: ${response.status} ${await response.text()}`);
  return { table: tableSchema.parse(await response.json()), etag: response.headers.get("ETag") };
}

function call({ url, token }: ControlApi, path: string, init: RequestInit): Promise<Response> {
  const headers = { Authorization: `Bearer ${token}`, ...(init.headers as Record<string, string> | undefined) };
  return fetch(`${url}/api/v1${path}`, { ...init, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
}
