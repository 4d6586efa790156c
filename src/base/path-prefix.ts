/** A prefix ends at a segment's end: `/api` holds `/api` and `/api/x`, not `/apix`. */
export function hasPathPrefix(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return prefix.endsWith("/") || path.length === prefix.length || path[prefix.length] === "/";
}
