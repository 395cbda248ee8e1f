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
/**
 * Keys as Bobbin makes them nearly always, judged at once: ASCII words with dots between them. A first word of three or four
 * letters might be a device of Windows, so that key is looked at piece by piece.
 */
const plain = /^(?:[\w-]{1,2}|[\w-]{5,})(?:\.[\w-]+)*(?:\/(?:[\w-]{1,2}|[\w-]{5,})(?:\.[\w-]+)*)*$/;

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

/** @throws KeyInvalid */
export function checkKey(key: string): void {
  if (key.length <= segmentBytes && plain.test(key)) return;
  const problem = problemOf(key);
  if (problem !== null) throw new BobbinError("KeyInvalid", { key, problem });
}
