/** The value of a cookie, the first where a name comes twice; `null` where it is not there. */
export function cookieValue(header: string, name: string): string | null {
  for (const pair of header.split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name) return value ?? null;
  }
  return null;
}
