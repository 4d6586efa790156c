import type { IncidentReply } from "../../workers/control/schema/incident.ts";
import { columns } from "./columns.ts";

/** Incidents as a table for people. */
export function incidentColumns(incidents: readonly IncidentReply[]): string {
  const rows = incidents.map(({ id, region, openedAt, closedAt, cause, actions }) => [
    id,
    region,
    openedAt,
    closedAt ?? "open",
    cause.kind,
    cause.detail,
    actions.at(-1)?.what ?? "",
  ]);
  return columns(["INCIDENT", "REGION", "OPENED", "CLOSED", "CAUSE", "DETAIL", "LAST"], rows);
}
