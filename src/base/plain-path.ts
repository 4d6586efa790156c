/**
 * A path as most servers take it, so that a rule for it is not passed by spelling it otherwise: escapes of unreserved
 * characters resolved (RFC 3986, section 6.2.2.2), parameters of segments (`;v=1`) left out, slashes in a row made one.
 */
export function plainPath(path: string): string {
  if (!/[%;]|\/\//.test(path)) return path;
  return path
    .replace(/%([0-9a-f]{2})/gi, (written, digits: string) => {
      const character = String.fromCharCode(Number.parseInt(digits, 16));
      return /[0-9A-Za-z\-._~]/.test(character) ? character : written;
    })
    .replace(/;[^/]*/g, "")
    .replace(/\/{2,}/g, "/");
}
