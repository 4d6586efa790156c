/** Below `/api/v1`. People may write the zone with the dot of the root. */
export const dnssecPath = (zone: string): string =>
  `/dns/zones/${encodeURIComponent(zone.toLowerCase().replace(/(.)\.$/, "$1"))}/dnssec`;
