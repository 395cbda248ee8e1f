// Which keys a store can hold: those that every file system Bobbin runs on can hold too (Linux, macOS, Windows), so that a store
// can be copied from S3 into a folder. Keys are made by lib/contracts/layout.ts; one refused here is a fault, not something a person wrote.
import { BobbinError } from "../../contracts/errors.ts";

/** Names that Windows gives to devices, with any extension. */
const device = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
const forbidden = /[\u0000-\u001f\u007f<>:"|?*\\]/;
/** Bytes that most file systems allow for one name, less what a version folder or a temporary file adds. */
const segmentBytes = 200;
/** As S3 allows for a whole key. */
const keyBytes = 1024;

function problemOfSegment(segment: string): string | null {
  if (segment === "") return "an empty part between slashes";
  if (segment.startsWith(".")) return "a part that starts with a dot";
  if (forbidden.test(segment)) return "a character that some file system refuses";
  if (/[. ]$/.test(segment)) return "a part that ends in a dot or a space";
  if (device.test(segment)) return "a name that Windows keeps for a device";
  if (Buffer.byteLength(segment) > segmentBytes) return `a part of more than ${segmentBytes} bytes`;
  return null;
}

function problemOf(key: string): string | null {
  if (!key.isWellFormed()) return "half a surrogate pair";
  if (key !== key.normalize("NFC")) return "letters that are not in composed form (NFC)";
  if (Buffer.byteLength(key) > keyBytes) return `more than ${keyBytes} bytes`;
  for (const segment of key.split("/")) {
    const problem = problemOfSegment(segment);
    if (problem !== null) return problem;
  }
  return null;
}

/** Keys that passed, because the same few are asked for again and again. Emptied when it grows. */
const passed = new Set<string>();

/** @throws KeyInvalid */
export function checkKey(key: string): void {
  if (passed.has(key)) return;
  const problem = problemOf(key);
  if (problem !== null) throw new BobbinError("KeyInvalid", { key, problem });
  if (passed.size >= 4096) passed.clear();
  passed.add(key);
}
