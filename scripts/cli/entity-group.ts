import type { z } from "zod";
import {
  type BackendEntry,
  backendEntrySchema,
  type EntitySection,
  type LimitEntry,
  limitEntrySchema,
  type PolicyEntry,
  policyEntrySchema,
  type RegionEntry,
  regionEntrySchema,
  type ServiceEntry,
  serviceEntrySchema,
  type WrittenLimit,
  type WrittenService,
  writtenLimitSchema,
  writtenServiceSchema,
} from "../../workers/control/schema/entity.ts";
import { columns } from "./columns.ts";

/** What each group of entities shows, by the section that it edits. */
interface Entries {
  readonly regions: RegionEntry;
  readonly backends: BackendEntry;
  readonly services: ServiceEntry;
  readonly policies: PolicyEntry;
  readonly limits: LimitEntry;
}

/** A section that has a group of its own. */
export type EntityGroup = keyof Entries & EntitySection;

type Columns<T> = Readonly<Record<string, (entry: T) => unknown>>;

const shown: { readonly [G in EntityGroup]: Columns<Entries[G]> } = {
  regions: {
    REGION: ({ id }) => id,
    NAME: ({ name }) => name,
    COUNTRY: ({ country }) => country,
    STATE: ({ state }) => state,
    WEIGHT: ({ weight }) => weight,
    DIAL: ({ dialPercent }) => `${dialPercent}%`,
    CONNECTIONS: ({ connections }) => connections,
  },
  backends: {
    BACKEND: ({ id }) => id,
    REGION: ({ region }) => region,
    URL: ({ url }) => url,
    STATE: ({ state }) => state,
    WEIGHT: ({ weight }) => weight,
    PRIORITY: ({ priority }) => priority,
    TRACK: ({ track }) => track,
  },
  services: {
    SERVICE: ({ id }) => id,
    HOSTS: ({ hosts }) => hosts.join(","),
    PATH: ({ pathPrefix }) => pathPrefix,
    BACKENDS: ({ backends }) => (backends === "all" ? "all" : backends.length),
    POLICY: ({ policy }) => policy,
    RESIDENCY: ({ residency }) => residency,
  },
  policies: {
    POLICY: ({ id }) => id,
    KIND: ({ kind }) => kind,
  },
  limits: {
    POLICY: ({ id }) => id,
    SERVICES: ({ services }) => (services === "all" ? "all" : services.join(",")),
    PATH: ({ pathPrefix }) => pathPrefix,
    METHODS: ({ methods }) => methods?.join(",") ?? "any",
    KEY: ({ key }) => key.map((part) => ("name" in part ? `${part.kind}:${part.name}` : part.kind)).join("+"),
    RATE: ({ rate, periodSeconds }) => `${rate}/${periodSeconds === 1 ? "s" : `${periodSeconds}s`}`,
    BURST: ({ burst }) => burst,
    ACTION: ({ action, shadow }) => (shadow ? `${action} (shadow)` : action),
    "BANS AFTER": ({ banAfterSeconds }) => (banAfterSeconds === null ? "-" : `${banAfterSeconds}s`),
  },
};

type Entry = Entries[EntityGroup];

/** As the API shows each of them. */
export const entrySchemas: Readonly<Record<EntityGroup, z.ZodType<Entry>>> = {
  regions: regionEntrySchema,
  backends: backendEntrySchema,
  services: serviceEntrySchema,
  policies: policyEntrySchema,
  limits: limitEntrySchema,
};

export type WrittenEntry = Entry | WrittenLimit | WrittenService;

/** As it shows what was written. */
export const writtenSchemas: Readonly<Record<EntityGroup, z.ZodType<WrittenEntry>>> = {
  ...entrySchemas,
  services: writtenServiceSchema,
  limits: writtenLimitSchema,
};

/** Groups of which a change can have warnings that are worth a question. */
export const isWarnedOf = (group: EntityGroup): boolean => group === "limits" || group === "services";

export function entityColumns<G extends EntityGroup>(group: G, entries: readonly Entries[G][]): string {
  const own = Object.entries<(entry: Entries[G]) => unknown>(shown[group]);
  const rows = entries.map((entry) => own.map(([, show]) => String(show(entry))));
  return columns(
    own.map(([heading]) => heading),
    rows,
  );
}
