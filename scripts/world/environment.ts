import { resolve } from "node:path";
import { z } from "zod";
import { issueWords } from "../../src/base/issue-words.ts";
import { err, ok, type Result } from "../../src/base/result.ts";

/** Backend ids end in one letter. */
export const MAX_NODES_PER_REGION = 26;
/** Isolates of the edge; each needs some 30 MB. */
const MAX_EDGES = 16;

export interface Environment {
  /** 0 takes any port that is free. */
  readonly ports: { readonly edge: number; readonly control: number; readonly doh: number; readonly dns: number };
  /** Absolute. */
  readonly stateDir: string;
  /** Isolates; the ports of all but the first are any that are free. */
  readonly edges: number;
  readonly nodesPerRegion: number;
  readonly regions: readonly string[];
}

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, "expected a whole number")
    .transform(Number)
    .pipe(z.number().min(min, `expected ${min} to ${max}`).max(max, `expected ${min} to ${max}`));

/** Reads the variables of the local world. The errors name the variable, one a line. */
export function readEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  knownRegions: readonly string[],
): Result<Environment, readonly string[]> {
  const port = integer(0, 65_535);
  const region = z.enum(knownRegions as [string, ...string[]], {
    error: (issue) => `no region is called "${String(issue.input)}"; there are ${knownRegions.join(", ")}`,
  });
  const schema = z.object({
    NOVACRON_EDGE_PORT: port.default(8787),
    NOVACRON_CONTROL_PORT: port.default(8788),
    NOVACRON_DOH_PORT: port.default(8789),
    NOVACRON_DNS_PORT: port.default(8053),
    NOVACRON_STATE_DIR: z.string().default(".novacron"),
    NOVACRON_EDGES: integer(1, MAX_EDGES).default(1),
    NOVACRON_NODES: integer(1, MAX_NODES_PER_REGION).default(1),
    NOVACRON_REGIONS: z
      .string()
      .transform((text) => [...new Set(text.split(",").map((id) => id.trim()))])
      .pipe(z.array(region))
      .default([...knownRegions]),
  });
  // A variable that is set to nothing counts as unset, as `NAME= npm start` means it.
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim()));
  const parsed = schema.safeParse(set, { error: issueWords });
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${String(issue.path[0])}: ${issue.message}`);
    return err([...new Set(problems)]);
  }
  const values = parsed.data;
  const shared = sharedPorts(values);
  if (shared.length > 0) return err(shared);
  return ok({
    ports: {
      edge: values.NOVACRON_EDGE_PORT,
      control: values.NOVACRON_CONTROL_PORT,
      doh: values.NOVACRON_DOH_PORT,
      dns: values.NOVACRON_DNS_PORT,
    },
    stateDir: resolve(values.NOVACRON_STATE_DIR),
    edges: values.NOVACRON_EDGES,
    nodesPerRegion: values.NOVACRON_NODES,
    regions: values.NOVACRON_REGIONS,
  });
}

function sharedPorts(values: Readonly<Record<string, unknown>>): string[] {
  const ports = Object.entries(values).filter(([name, port]) => name.endsWith("_PORT") && port !== 0);
  return ports.flatMap(([name, port], index) => {
    const first = ports.slice(0, index).find(([, other]) => other === port);
    return first ? [`${name}: port ${port} is ${first[0]} already`] : [];
  });
}
