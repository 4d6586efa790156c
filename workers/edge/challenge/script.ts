/**
 * What the page of a challenge runs, as it is sent: its hash is in the page's content security policy. It has a SHA-256
 * of its own, for texts of one block (FIPS 180-4): `crypto.subtle` is missing on pages over plain HTTP, and asked for one
 * hash at a time it is seven times slower. It goes on in slices, so that the page can be read and closed meanwhile.
 */
export const SCRIPT = `"use strict";
{
  const { token, bits, path } = document.querySelector("main").dataset;
  const status = document.querySelector("[role=status]");
  const again = document.querySelector("button");
  const stop = (text) => {
    status.textContent = text;
    again.hidden = false;
    document.querySelector("progress")?.remove();
  };
  again.onclick = () => location.reload();

  // A browser that does not keep the cookie would come back for ever.
  const recent = () => {
    const key = "novacron-challenges";
    try {
      const kept = (sessionStorage.getItem(key) ?? "").split(" ").filter((at) => Date.now() - at < 60000);
      sessionStorage.setItem(key, [...kept, Date.now()].join(" "));
      return kept.length;
    } catch {
      return 0;
    }
  };

  const submit = async (solution) => {
    const body = JSON.stringify({ token, solution });
    const headers = { "Content-Type": "application/json" };
    try {
      const response = await fetch(path, { method: "POST", headers, body });
      if (response.ok) {
        status.textContent = "Done. The page is loading.";
        return recent() < 3 ? location.reload() : stop("The check was passed, but this browser did not keep the cookie that says so. Please allow cookies for this site.");
      }
      const problem = await response.json();
      stop(problem.detail ?? problem.title);
    } catch {
      stop("The answer could not be sent. Please check your connection.");
    }
  };

  const primes = [];
  for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  const word = (root) => ((root % 1) * 2 ** 32) | 0;
  const start = primes.slice(0, 8).map((prime) => word(Math.sqrt(prime)));
  const rounds = primes.map((prime) => word(Math.cbrt(prime)));
  const w = new Int32Array(64);
  const turn = (x, by) => (x >>> by) | (x << (32 - by));
  // The first 32 bits of the SHA-256 of a text of at most 55 characters in ASCII.
  const hash = (text) => {
    w.fill(0, 0, 16);
    for (let i = 0; i < text.length; i++) w[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
    w[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
    w[15] = 8 * text.length;
    let [a, b, c, d, e, f, g, h] = start;
    for (let i = 0; i < 64; i++) {
      if (i > 15) {
        const x = w[i - 15];
        const y = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
      }
      const t = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + rounds[i] + w[i]) | 0;
      const u = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
    }
    return a + start[0];
  };

  const SLICE_MS = 25;
  const solve = async () => {
    const signature = token.slice(token.lastIndexOf(".") + 1) + ".";
    for (let n = 0; ; ) {
      for (const end = performance.now() + SLICE_MS; performance.now() < end; )
        for (let i = 0; i < 500; i++, n++) if (Math.clz32(hash(signature + n)) >= bits) return submit(String(n));
      await new Promise((resolve) => setTimeout(resolve));
    }
  };

  if (!navigator.cookieEnabled) stop("Please allow cookies for this site: one remembers that the check was passed.");
  else if (bits) solve();
  else globalThis.novacronSolved = submit;
}
`;
