import type { z } from "zod";
import {
  type AddressRule,
  addressRuleSchema,
  type BotRule,
  botRuleSchema,
  MAX_ADDRESS_RULES,
  MAX_BOT_RULES,
} from "./address-rule.ts";
import { type Backend, backendIdSchema, backendSchema, MAX_BACKENDS } from "./backend.ts";
import { canonicalCidrSchema } from "./cidr.ts";
import type { Defences } from "./defence.ts";
import type { Failovers } from "./failover.ts";
import { type LatencyRow, latencyRowSchema, latencySourceSchema, MAX_LATENCY_ROWS } from "./latency-row.ts";
import type { Learned } from "./learned-row.ts";
import { MAX_POLICIES, type Policy, policyIdSchema, policySchema } from "./policy.ts";
import { MAX_RATE_LIMITS, type RateLimit, rateLimitIdSchema, rateLimitSchema } from "./rate-limit.ts";
import { MAX_RECORD_SETS, type RecordSet, recordSetIdSchema, recordSetSchema } from "./record-set.ts";
import { MAX_REGIONS, type Region, regionIdSchema, regionSchema } from "./region.ts";
import { jurisdictionIdSchema, type ResidencyRule, residencyRuleSchema } from "./residency-rule.ts";
import { MAX_SERVICES, type Service, serviceIdSchema, serviceSchema } from "./service.ts";
import type { Verdict } from "./verdict.ts";
import { MAX_ZONES, type Zone, zoneIdSchema, zoneSchema } from "./zone.ts";

/** The configured part of the routing table: sections of entities by id. */
export interface Table {
  readonly regions: ReadonlyMap<string, Region>;
  readonly backends: ReadonlyMap<string, Backend>;
  readonly services: ReadonlyMap<string, Service>;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly limits: ReadonlyMap<string, RateLimit>;
  readonly residency: ReadonlyMap<string, ResidencyRule>;
  readonly latency: ReadonlyMap<string, LatencyRow>;
  readonly blacklist: ReadonlyMap<string, AddressRule>;
  readonly allowlist: ReadonlyMap<string, AddressRule>;
  readonly bots: ReadonlyMap<string, BotRule>;
  readonly zones: ReadonlyMap<string, Zone>;
  readonly records: ReadonlyMap<string, RecordSet>;
}
export type Section = keyof Table;
export type Entity<S extends Section> = Table[S] extends ReadonlyMap<string, infer T> ? T : never;

/** The lists of addresses. They may be long, and routing needs no more of them than who is on them and until when. */
export const addressSections = ["blacklist", "allowlist", "bots"] as const;
export type AddressSection = (typeof addressSections)[number];
export const isAddressSection = (part: string): part is AddressSection =>
  (addressSections as readonly string[]).includes(part);

/** What the DNS alone needs. Edges that serve HTTP never see it. */
export const dnsSections = ["zones", "records"] as const;
type DnsSection = (typeof dnsSections)[number];
export const isDnsSection = (part: string): part is DnsSection => (dnsSections as readonly string[]).includes(part);

/** What decisions look into: the table without its lists of addresses. */
export type Routes = Omit<Table, AddressSection>;

/** What is observed rather than configured: verdicts by backend id. It has no history and is never rolled back. */
export type Health = ReadonlyMap<string, Verdict>;

/** The table as it is published: whole, under one epoch. */
export interface PublishedTable {
  readonly epoch: number;
  readonly table: Table;
  readonly health: Health;
  readonly learned: Learned;
  readonly failovers: Failovers;
  readonly defences: Defences;
}

interface SectionRule {
  readonly id: z.ZodType<string>;
  readonly entity: z.ZodType<unknown>;
  readonly maxEntries: number;
}

/** The shape of each section, in the order in which they refer to one another. */
export const sections: { readonly [S in Section]: SectionRule & { readonly entity: z.ZodType<Entity<S>> } } = {
  regions: { id: regionIdSchema, entity: regionSchema, maxEntries: MAX_REGIONS },
  backends: { id: backendIdSchema, entity: backendSchema, maxEntries: MAX_BACKENDS },
  policies: { id: policyIdSchema, entity: policySchema, maxEntries: MAX_POLICIES },
  services: { id: serviceIdSchema, entity: serviceSchema, maxEntries: MAX_SERVICES },
  limits: { id: rateLimitIdSchema, entity: rateLimitSchema, maxEntries: MAX_RATE_LIMITS },
  residency: { id: jurisdictionIdSchema, entity: residencyRuleSchema, maxEntries: 1000 },
  latency: { id: latencySourceSchema, entity: latencyRowSchema, maxEntries: MAX_LATENCY_ROWS },
  blacklist: { id: canonicalCidrSchema, entity: addressRuleSchema, maxEntries: MAX_ADDRESS_RULES },
  allowlist: { id: canonicalCidrSchema, entity: addressRuleSchema, maxEntries: MAX_ADDRESS_RULES },
  bots: { id: canonicalCidrSchema, entity: botRuleSchema, maxEntries: MAX_BOT_RULES },
  zones: { id: zoneIdSchema, entity: zoneSchema, maxEntries: MAX_ZONES },
  records: { id: recordSetIdSchema, entity: recordSetSchema, maxEntries: MAX_RECORD_SETS },
};
export const sectionNames = Object.keys(sections) as Section[];
/** The log may name a section that only a newer version has. */
export const isSection = (name: string): name is Section => Object.hasOwn(sections, name);

export const emptyTable: Table = {
  regions: new Map(),
  backends: new Map(),
  services: new Map(),
  policies: new Map(),
  limits: new Map(),
  residency: new Map(),
  latency: new Map(),
  blacklist: new Map(),
  allowlist: new Map(),
  bots: new Map(),
  zones: new Map(),
  records: new Map(),
};

/** For decisions of which addresses are no part: lists may be long, and to compile them costs. */
export const withoutAddresses = (table: Routes): Table => ({
  ...table,
  blacklist: emptyTable.blacklist,
  allowlist: emptyTable.allowlist,
  bots: emptyTable.bots,
});
