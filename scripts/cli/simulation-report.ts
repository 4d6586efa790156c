import type { PlaceReply, SimulationReply } from "../../workers/control/schema/simulation.ts";
import { columns, printable } from "./columns.ts";
import { formatDuration } from "./duration.ts";

/** Lines of places that are shown; `--json` has more. */
const MAX_PLACES = 10;

type Region = SimulationReply["regions"][number];
type Traffic = NonNullable<Region["before"]>;
type Outcome = SimulationReply["outcome"]["after"];
type Latency = SimulationReply["latency"]["after"];

/** A simulation as people read it. `assumed` says how the table that is tried out differs; empty where it does not. */
export function simulationReport(reply: SimulationReply, assumed: string): string {
  return [
    heading(reply, assumed),
    columns(...regionColumns(reply)),
    summary(reply),
    ...section(lostPlaces(reply), reply.lost.count, "not served"),
    ...section(changedPlaces(reply), reply.changed.count, "served elsewhere"),
  ].join("\n\n");
}

function heading(reply: SimulationReply, assumed: string): string {
  const { epoch, rows, omittedRows, requestsPerSecond, coveredSeconds } = reply;
  const rate = requestsPerSecond === null ? "" : `, ${figure(requestsPerSecond)} requests/s`;
  const counted = coveredSeconds === null ? "" : ` as counted over ${formatDuration(coveredSeconds)}`;
  const omitted = omittedRows === 0 ? "" : `, ${omittedRows} smaller ones left out`;
  const differing = assumed === "" ? "" : ` with ${assumed}`;
  return `at epoch ${epoch}${differing}; ${rows} places${omitted}${rate}${counted}`;
}

function regionColumns({ regions, requestsPerSecond }: SimulationReply): [readonly string[], string[][]] {
  const hasRate = requestsPerSecond !== null;
  const headings = ["REGION", "BEFORE", "AFTER", "CHANGE", "CAPACITY", ...(hasRate ? ["REQUESTS/S", "USE"] : [])];
  const rows = regions.map(({ id, before, after }) => [
    id,
    before ? percent(before.share) : "-",
    after ? percent(after.share) : "-",
    points((after?.share ?? 0) - (before?.share ?? 0)),
    arrow(before, after, ({ connections }) => String(connections)),
    ...(hasRate
      ? [
          arrow(before, after, ({ share }) => figure(share * requestsPerSecond)),
          arrow(before, after, ({ use }) => (use === null ? "-" : percent(use))),
        ]
      : []),
  ]);
  return [headings, rows];
}

/** `before → after`, or once where it is the same. */
function arrow(before: Traffic | null, after: Traffic | null, show: (traffic: Traffic) => string): string {
  const [old, next] = [before, after].map((traffic) => (traffic ? show(traffic) : "-"));
  return old === next ? `${old}` : `${old} → ${next}`;
}

function summary({ outcome, moved, latency }: SimulationReply): string {
  const rows = [
    ["served", percent(outcome.before.served), percent(outcome.after.served)],
    ...lossRows(outcome),
    ["latency mean", ms(latency.before?.meanMs), ms(latency.after?.meanMs)],
    ["latency p50", ms(latency.before?.p50Ms), ms(latency.after?.p50Ms)],
    ["latency p95", ms(latency.before?.p95Ms), ms(latency.after?.p95Ms)],
  ];
  return [
    columns(["", "BEFORE", "AFTER"], rows),
    "",
    `moved  ${percent(moved)} of the traffic to other regions`,
    `added  ${added(latency.added)}`,
    ...(moved > 0 ? [`       ${added(latency.addedWhereMoved)} where traffic moves`] : []),
  ].join("\n");
}

/** What is lost, a row for each way in which any is. */
function lossRows({ before, after }: SimulationReply["outcome"]): string[][] {
  const ways: readonly (readonly [string, keyof Outcome])[] = [
    ["no permitted region", "refused"],
    ["no healthy backend", "noneHealthy"],
    ["sent to the unhealthy", "unhealthy"],
    ["no service", "noService"],
  ];
  return ways
    .filter(([, way]) => before[way] > 0 || after[way] > 0)
    .map(([name, way]) => [name, percent(before[way]), percent(after[way])]);
}

function lostPlaces({ lost }: SimulationReply): string {
  const rows = lost.items
    .slice(0, MAX_PLACES)
    .map((item) => [
      placeName(item.place),
      item.service ?? item.host ?? "",
      percent(item.share),
      item.reason,
      item.jurisdiction ?? "-",
      item.servedBefore ? "served" : "not served",
    ]);
  return columns(["NOT SERVED", "SERVICE", "TRAFFIC", "REASON", "JURISDICTION", "BEFORE"], rows);
}

function changedPlaces({ changed }: SimulationReply): string {
  const rows = changed.items
    .slice(0, MAX_PLACES)
    .map((item) => [
      placeName(item.place),
      item.service ?? item.host ?? "",
      percent(item.share),
      mix(item.before),
      mix(item.after),
      signedMs(item.addedMs),
    ]);
  return columns(["SERVED ELSEWHERE", "SERVICE", "TRAFFIC", "BEFORE", "AFTER", "ADDED"], rows);
}

function section(table: string, count: number, what: string): string[] {
  if (count === 0) return [];
  return [count > MAX_PLACES ? `${table}\nand ${count - MAX_PLACES} more places are ${what}` : table];
}

const mix = (shares: SimulationReply["changed"]["items"][number]["before"]) =>
  shares
    .slice(0, 2)
    .map(({ region, share }) => (share > 0.9995 ? region : `${region} ${Math.round(share * 100)}%`))
    .join(", ") + (shares.length > 2 ? ", …" : "");

/** What is known of a place, the narrowest first: `FRA DE`, `US-CA`, `51.5,-0.1`. */
function placeName({ colo, country, subdivision, continent, latitude, longitude, asn }: PlaceReply): string {
  const land = country !== undefined && subdivision !== undefined ? `${country}-${subdivision}` : country;
  const point = latitude === undefined ? undefined : `${latitude},${longitude}`;
  const parts = [colo, land ?? continent, point, asn === undefined ? undefined : `AS${asn}`];
  return printable(parts.filter((part) => part !== undefined).join(" ") || "unknown");
}

const percent = (part: number) => `${(part * 100).toFixed(1)}%`;

function points(difference: number): string {
  const rounded = (difference * 100).toFixed(1);
  return /^-?0\.0$/.test(rounded) ? "0.0" : difference > 0 ? `+${rounded}` : rounded;
}

const ms = (value: number | undefined) => (value === undefined ? "-" : `${value.toFixed(1)} ms`);
const signedMs = (value: number) => `${points(value / 100)} ms`;

const added = (spread: Latency) =>
  spread === null
    ? "nothing to compare"
    : `mean ${signedMs(spread.meanMs)}, p50 ${signedMs(spread.p50Ms)}, p95 ${signedMs(spread.p95Ms)}`;

const figure = (value: number) => (value < 10 ? value.toFixed(1) : String(Math.round(value)));
