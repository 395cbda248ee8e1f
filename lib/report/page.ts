// The frame of every page: one file, one policy. No script runs, nothing is fetched, no style but ours counts.
import { createHash } from "node:crypto";
import { type Fragment, type Html, html, trusted } from "./html.ts";
import { styleSheet } from "./style.ts";

const styleDigest = createHash("sha256").update(styleSheet).digest("base64");
const policy = `default-src 'none'; img-src data:; style-src 'sha256-${styleDigest}'; base-uri 'none'; form-action 'none'`;

/** A whole document. */
export function page(title: string, body: Fragment): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(styleSheet)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.text;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Fragment;
}

export function contents(sections: readonly Section[]): Html {
  return html`<nav aria-label="Contents"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`;
}

export function sectionsOf(sections: readonly Section[]): Html {
  return html`${sections.map(
    ({ id, title, body }) => html`<section id="${id}"><h2>${title}</h2>${body}</section>
`,
  )}`;
}
