// Attributes of a label as the manifest keeps them: texts by name.

/** null where nothing is left: what is null was not set. */
export function textAttributes(values: Readonly<Record<string, unknown>>): Record<string, string> | null {
  const entries = Object.entries(values)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]): [string, string] => [name, typeof value === "string" ? value : JSON.stringify(value)]);
  return entries.length === 0 ? null : Object.fromEntries(entries);
}
