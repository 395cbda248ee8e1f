// The system's own word for what went wrong, e.g. ENOENT.

/** Empty where the error has none. Errors of Node may come from another realm, so their class tells nothing. */
export function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "";
  return typeof error.code === "string" ? error.code : "";
}
