/** Unix milliseconds as the API writes times (RFC 3339, UTC). */
export const toTime = (ms: number): string => new Date(ms).toISOString();
