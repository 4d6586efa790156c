import type { Task } from "../../../src/shield/challenge/task.ts";
import { SCRIPT } from "./script.ts";

/** Where solutions go, on the host of the page. */
export const CHALLENGE_PATH = "/.well-known/novacron/challenge";

const TURNSTILE = "https://challenges.cloudflare.com";

const STYLE = `:root{color-scheme:light dark}
body{font:1rem/1.5 system-ui,sans-serif;margin:0;display:grid;min-height:100vh;place-items:center}
main{max-width:34rem;padding:2rem}
h1{font-size:1.5rem;margin:0 0 1rem}
progress{width:100%}
button{font:inherit;padding:.5rem 1rem}
small{overflow-wrap:anywhere}`;

/** What a page is made for. */
export interface PageSubject {
  readonly host: string;
  readonly task: Task;
  /** Signed. */
  readonly token: string;
  readonly requestId: string;
}

/** The page that a browser solves by itself. It loads nothing, but for Turnstile's script where that is asked for. */
export function challengePage({ host, task, token, requestId }: PageSubject): string {
  const isPuzzle = task.kind === "proof-of-work";
  const bits = isPuzzle ? ` data-bits="${task.bits}"` : "";
  const doing = isPuzzle
    ? `<p role="status">Your browser is solving a small puzzle. This takes a few seconds, and you need do nothing.</p>
<progress aria-label="Solving the puzzle"></progress>`
    : `<p role="status">Please complete the check below.</p>
<div class="cf-turnstile" data-sitekey="${escapeHtml(task.siteKey)}" data-callback="novacronSolved"></div>`;
  // The callback is there before Turnstile asks for it: its script waits until the page is parsed.
  const widget = isPuzzle ? "" : `<script src="${TURNSTILE}/turnstile/v0/api.js" async defer></script>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>One moment – ${escapeHtml(host)}</title>
<style>${STYLE}</style>
</head>
<body>
<main data-token="${escapeHtml(token)}" data-path="${CHALLENGE_PATH}"${bits}>
<h1>Checking your browser</h1>
<p><b>${escapeHtml(host)}</b> is getting more requests than usual, and some of them may be an attack. Before your page is loaded, this check makes sure that you are not part of it.</p>
${doing}
<noscript><p>The check needs JavaScript, which is turned off in this browser. Please turn it on for this site and load the page again, or ask those who run the site for help, with the request id below.</p></noscript>
<p><button type="button" hidden>Try again</button></p>
<p><small>Request id: ${escapeHtml(requestId)}</small></p>
</main>
<script>${SCRIPT}</script>
${widget}</body>
</html>
`;
}

/** What the page may do, and nothing else. The hashes are those of its own script and style. */
export async function pagePolicy(task: Task): Promise<string> {
  hashes ??= { script: await hashOf(SCRIPT), style: await hashOf(STYLE) };
  const turnstile = task.kind === "turnstile";
  return [
    "default-src 'none'",
    `script-src '${hashes.script}'${turnstile ? ` ${TURNSTILE}` : ""}`,
    `style-src '${hashes.style}'`,
    ...(turnstile ? [`frame-src ${TURNSTILE}`] : []),
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

let hashes: { readonly script: string; readonly style: string } | null = null;

/** As CSP Level 3 (section 2.3.1) writes a hash. */
async function hashOf(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(hash)))}`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
