// Text into HTML: every value put into `html` is escaped, so a name that looks like markup stays a name.

/** Markup that is safe as it stands. Only `html` and `trusted` make it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Fragment = string | number | Html | null | undefined | false | readonly Fragment[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Safe as text and inside a quoted attribute. Control characters, which HTML cannot carry, become U+FFFD. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/(?![\t\n\r])\p{Cc}/gu, "\ufffd")
    .replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

function written(fragment: Fragment): string {
  if (fragment === null || fragment === undefined || fragment === false) return "";
  if (fragment instanceof Html) return fragment.text;
  if (typeof fragment === "string") return escaped(fragment);
  if (typeof fragment === "number") return String(fragment);
  return fragment.map(written).join("");
}

/** Markup with escaped values: html`<td>${name}</td>`. Nothing, null and false leave no trace; lists are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly Fragment[]): Html {
  return new Html(strings.map((text, index) => text + written(values[index])).join(""));
}

/** Markup made by a program that escapes by itself: Vega's SVG, our own style sheet. Never anything that carries a name. */
export function trusted(markup: string): Html {
  return new Html(markup);
}
