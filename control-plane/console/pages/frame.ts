import { createHash } from "node:crypto";
import { html, type Markup } from "@palisade/neon/contract/page/markup";
import { AUDIT_PATH, DECISIONS_PATH, SIGN_OUT_PATH } from "../requests.js";
import { SCRIPT } from "./script.js";
import { STYLES } from "./styles.js";
import { formatSecond } from "./table.js";

const digest = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** One style sheet and one script, each by its digest; the script may fetch from the plane alone, and forms go nowhere else. */
const POLICY = [
  "default-src 'none'",
  `style-src ${digest(STYLES)}`,
  `script-src ${digest(SCRIPT)}`,
  "connect-src 'self'",
  "img-src data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Of every answer of the console. The referrer stays, for our own pages alone: without it browsers do not say where a form came from. */
export const HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": POLICY,
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

/** A shield; without it browsers ask the API for one. */
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%231d6638' d='M8 1l6 2v5c0 4-3 6-6 7-3-1-6-3-6-7V3z'/%3E%3C/svg%3E";

export interface Page {
  readonly title: string;
  readonly content: Markup;
}

/** Where a page is among the others. */
export type Place = "overview" | "decisions" | "audit" | "elsewhere";

/** Of one who is signed in. */
interface FrameOptions {
  readonly place: Place;
  /** Whether the pages about the audit are linked: a key of a project sees none. */
  readonly withAudit: boolean;
  /** Of the content, so that the script can ask whether it is another now. Without it the page stays as it is. */
  readonly etag?: string | undefined;
  /** RFC 3339. */
  readonly at: string;
}

/** The whole page, which asks nobody else for anything. */
export function renderFrame(page: Page, options: FrameOptions | undefined): string {
  const isLive = options?.etag !== undefined;
  const body = html`<header class="bar"><strong>Palisade console</strong>${options && renderNavigation(options)}</header>
    <main ${isLive ? html`data-tag="${options.etag}"` : undefined}>${page.content}</main>
    <footer class="muted small">
      ${
        isLive
          ? html`<p><span id="live"></span> As of <span id="time">${formatSecond(options.at)}</span> UTC.</p>
              <noscript><p>Without JavaScript a page stays as it is until it is loaded again.</p></noscript>`
          : undefined
      }
      <p>An embedded plane, which is no part of Neon. The console only reads.</p>
    </footer>`;
  const title = html`${page.title} - Palisade console`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title.text}</title><link rel="icon" href="${ICON}"><style>${STYLES}</style></head>
<body>${body.text}${isLive ? `<script>${SCRIPT}</script>` : ""}</body></html>
`;
}

function renderNavigation({ place, withAudit }: FrameOptions): Markup {
  const links: [Place, string, string][] = [
    ["overview", "/", "Projects"],
    ...(withAudit
      ? ([
          ["decisions", DECISIONS_PATH, "Decisions"],
          ["audit", AUDIT_PATH, "Audit"],
        ] as [Place, string, string][])
      : []),
  ];
  return html`<nav aria-label="Console">
      ${links.map(([own, href, text]) => html`<a href="${href}" ${own === place ? html`aria-current="page"` : undefined}>${text}</a>`)}
    </nav>
    <form method="post" action="${SIGN_OUT_PATH}"><button type="submit">Sign out</button></form>`;
}

export const renderFailure = (title: string, sentence: string): Page => ({
  title,
  content: html`<h1>${title}</h1>
    <p>${sentence}</p>
    <p><a href="/">Overview</a></p>`,
});
