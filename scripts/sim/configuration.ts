import { sectionNames, type Table } from "../../src/table/table.ts";

/** The configured part of a table as plain data, by section and id: a copy that nothing else holds. */
export type Configuration = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export function copyOf(table: Table): Configuration {
  return structuredClone(
    Object.fromEntries(sectionNames.map((section) => [section, Object.fromEntries(table[section])])),
  );
}

/** The part of a service, a region and a backend that those who judge read for themselves. */
export interface ServiceReading {
  readonly residency: "none" | "preferred" | "required";
  readonly unknownPlace: "refuse" | "allow";
  readonly retryBudgetPercent: number;
  readonly ejectionSeconds: number;
  readonly panicThresholdPercent: number;
  readonly whenNoneHealthy: "fail-closed" | "fail-open";
}

interface Standing {
  readonly state: string;
  readonly weight: number;
}

export interface BackendReading extends Standing {
  readonly region: string;
  readonly priority: number;
}

export interface RegionReading extends Standing {
  readonly dialPercent: number;
}

export const serviceOf = (configuration: Configuration, id: string): ServiceReading | null =>
  (configuration.services?.[id] as ServiceReading | undefined) ?? null;

export const backendsOf = (configuration: Configuration): readonly [id: string, BackendReading][] =>
  Object.entries(configuration.backends ?? {}) as [string, BackendReading][];

export const regionOf = (configuration: Configuration, id: string): RegionReading | null =>
  (configuration.regions?.[id] as RegionReading | undefined) ?? null;

export const regionsOfRule = (configuration: Configuration, jurisdiction: string): readonly string[] =>
  (configuration.residency?.[jurisdiction] as { readonly regions: readonly string[] } | undefined)?.regions ?? [];
