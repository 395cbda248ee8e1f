// What a file inside an export may be called. One rule for zips and folders, so that both give the same frames.

/** Longest name of an entry, in UTF-16 units. */
const longestName = 1024;

/** Names as programs make them: judged at once, for there is one for every frame. */
const plain = /^[\w-][\w .-]*(?:\/[\w-][\w .-]*)*$/;

/** Why a name is refused, as (found, wanted); null where it is fine. Directories are judged without their last slash. */
export function nameProblem(name: string): { readonly found: string; readonly wanted: string } | null {
  if (name.length <= longestName && plain.test(name)) return null;
  if (name === "") return { found: "an empty name", wanted: "a name" };
  if (name.length > longestName)
    return { found: `a name of ${name.length} characters`, wanted: `at most ${longestName}` };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (/[\u0000-\u001f\u007f]/.test(name))
    return { found: "a control character in the name", wanted: "printable names" };
  if (name.includes("\ufffd")) return { found: "a name that is no valid UTF-8", wanted: "names in UTF-8" };
  if (name.includes("\\")) return { found: "a backslash in the name", wanted: "`/` between folders" };
  if (name.startsWith("/") || /^[a-z]:/i.test(name))
    return { found: "an absolute path", wanted: "a path inside the export" };
  const segments = name.split("/");
  if (segments.includes(".."))
    return { found: "a path that leads out of the export", wanted: "a path inside the export" };
  if (segments.includes("") || segments.includes("."))
    return { found: "an empty or `.` segment", wanted: "a plain path" };
  return null;
}

/** The name as it is compared and kept: Unicode NFC, so that a Mac and a Linux export mean the same frame. */
export function normalName(name: string): string {
  return name.normalize("NFC");
}
