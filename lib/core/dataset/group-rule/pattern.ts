// Group patterns: regular expressions that people write, run over every name, so none that could run for ever.
import { BobbinError } from "../../../contracts/errors.ts";

const longestPattern = 300;
/** Open-ended runs of a wide class (`.`, `\w`, `[^…]`): each multiplies the ways to split a name by its length. */
const mostWideRuns = 4;

const token =
  /\\(?:[pP]\{[^}]*\}|k<[^>]*>|.)|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<[A-Za-z_]\w*>))?|\)|\||(?:[*+?]|\{\d+(?:,\d*)?\})\??|[\s\S]/gsu;

const isQuantifier = (text: string) => /^(?:[*+?]|\{\d)/.test(text);
const repeats = (text: string) =>
  /^[*+]/.test(text) || (/^\{(\d+),?(\d*)\}/.test(text) && !/^\{[01](?:,1)?\}/.test(text));
const isFixed = (text: string) => /^\{\d+\}/.test(text);
const isOpenEnded = (text: string) => /^[*+]|^\{\d+,\}/.test(text);
const isWide = (text: string) => text === "." || text.startsWith("[^") || /^\\[wWSDP]/.test(text);

/** A group on its way: `risky` once it holds a repetition or an alternative, for to repeat that again is exponential. */
interface Group {
  risky: boolean;
}

/** Walks the tokens of a pattern and says what could make it run for ever. */
class Walk {
  #open: Group[] = [{ risky: false }];
  /** The token before, and the group where it closed one. */
  #last: { readonly text: string; readonly group: Group | null } = { text: "", group: null };
  #wide = 0;

  take(text: string): string | null {
    const group = this.#open.at(-1) ?? { risky: false };
    const closed = text === ")" ? group : null;
    const problem = isQuantifier(text)
      ? this.#quantify(text, group)
      : /^\\(?:[1-9]|k<)/.test(text)
        ? "a reference back to a group"
        : null;
    if (text.startsWith("(")) this.#open.push({ risky: false });
    if (closed !== null) this.#close(closed);
    if (text === "|") group.risky = true;
    this.#last = { text, group: closed };
    return problem;
  }

  #quantify(text: string, group: Group): string | null {
    if (isOpenEnded(text) && isWide(this.#last.text)) this.#wide += 1;
    if (this.#wide > mostWideRuns) return `more than ${mostWideRuns} open-ended runs of wide classes`;
    if (!repeats(text)) return null;
    // A fixed count has one way to match: `\\d{2}` may be repeated.
    if (!isFixed(text)) group.risky = true;
    return this.#last.group?.risky === true ? "a repeated group that holds a repetition or an alternative" : null;
  }

  #close(group: Group): void {
    this.#open.pop();
    const outer = this.#open.at(-1);
    if (outer !== undefined && group.risky) outer.risky = true;
  }
}

/** null where the pattern is harmless. */
function dangerOf(pattern: string): string | null {
  const walk = new Walk();
  for (const [text] of pattern.matchAll(token)) {
    const problem = walk.take(text);
    if (problem !== null) return problem;
  }
  return null;
}

/** Python writes `(?P<day>…)`; both mean the same. */
const toJavaScript = (pattern: string) => pattern.replaceAll("(?P<", "(?<");

function compile(pattern: string): RegExp | string {
  if (pattern.length > longestPattern) return `a pattern of ${pattern.length} characters`;
  const text = toJavaScript(pattern);
  try {
    const compiled = new RegExp(text, "u");
    if (!/\(\?<[A-Za-z_$]/.test(text)) return "a pattern without a named group";
    return dangerOf(text) ?? compiled;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const wanted = `a regular expression of at most ${longestPattern} characters with named groups, such as ^(?<video>.+)_\\d+, no repetition inside a repetition, at most ${mostWideRuns} of \`.+\``;

const compiled = new Map<string, RegExp>();

/** @throws ConfigInvalid */
export function groupPattern(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const result = compile(pattern);
  if (typeof result === "string") {
    throw new BobbinError("ConfigInvalid", {
      file: "bobbin.json",
      field: "groupRule.pattern",
      found: `${pattern.slice(0, 80)} (${result})`,
      wanted,
    });
  }
  compiled.set(pattern, result);
  return result;
}
