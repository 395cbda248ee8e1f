// How IAM compares text: * and ? in patterns, and its own variables `${key}` or `${key, 'default'}`.

/** Values of a request's context keys; names are compared without regard to case. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

export function contextValue(context: Context, key: string): string | readonly string[] | undefined {
  const wanted = key.toLowerCase();
  return Object.entries(context).find(([name]) => name.toLowerCase() === wanted)?.[1];
}

/** The same few patterns are asked for thousands of times. */
const compiled = new Map<string, RegExp>();
function expression(source: string): RegExp {
  const known = compiled.get(source) ?? new RegExp(`^${source}$`);
  compiled.set(source, known);
  return known;
}

const escaped = (text: string) => text.replace(/[.+^${}()|[\]\\]/g, "\\$&");

/** `*` is any run of characters, slashes too; `?` is one. */
export function isLike(text: string, pattern: string): boolean {
  const source = escaped(pattern).replaceAll("*", "[^]*").replaceAll("?", "[^]");
  return expression(source).test(text);
}

/** ARNs are compared part by part: a * does not reach over the first five colons. */
export function isArnLike(arn: string, pattern: string): boolean {
  const [found, wanted] = [arnParts(arn), arnParts(pattern)];
  return found !== null && wanted !== null && found.every((part, index) => isLike(part, wanted[index] ?? ""));
}

function arnParts(text: string): readonly string[] | null {
  const parts = text.split(":");
  return parts.length < 6 ? null : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

/**
 * A pattern with its variables filled in; null where one has no value, which makes the statement match nothing.
 * What a variable holds is text, not a pattern.
 */
export function fillVariables(pattern: string, context: Context): string | null {
  let missing = false;
  const filled = pattern.replace(/\$\{([^},]+)(?:,\s*'([^']*)')?\}/g, (_, key: string, otherwise?: string) => {
    if (["*", "?", "$"].includes(key)) return `\ue000${key}`;
    const value = contextValue(context, key) ?? otherwise;
    if (typeof value === "string") return value.replaceAll(/[*?]/g, (mark) => `\ue000${mark}`);
    missing = true;
    return "";
  });
  return missing ? null : filled;
}

/** `isLike` for what `fillVariables` returned, where a mark after U+E000 stands for itself. */
export function isLikeFilled(text: string, filled: string): boolean {
  const source = escaped(filled)
    .replace(/(?<!\ue000)\*/g, "[^]*")
    .replace(/(?<!\ue000)\?/g, "[^]")
    .replace(/\ue000([*?$])/g, "\\$1");
  return expression(source).test(text);
}
