// A folder that `_COMMIT.json` closes: what is in it must be what was committed, byte for byte.
import { createHash } from "node:crypto";
import { type UploadCommit, uploadCommit } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { firstProblem } from "../config/problem.ts";
import type { ExportEntry, ExportSource } from "../ports.ts";

const commitName = "_COMMIT.json";

function refuse(path: string, file: string, found: string, wanted: string): never {
  throw new BobbinError("UploadIncomplete", { path, file, found, wanted });
}

async function readCommit(source: ExportSource, entry: ExportEntry): Promise<UploadCommit> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(await entry.read()).toString("utf8"));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return refuse(source.name, commitName, "no JSON", "a document bobbin/upload-commit/1");
  }
  const parsed = uploadCommit.safeParse(value);
  if (parsed.success) return parsed.data;
  const { field, found, wanted } = firstProblem(parsed.error, value);
  return refuse(source.name, commitName, `${field} is ${found}`, wanted);
}

/** An entry whose bytes are checked as they are read: an image is read once in a run, so it costs no second pass. */
function checked(path: string, entry: ExportEntry, sha256: string): ExportEntry {
  const check = (found: string) => {
    if (found !== sha256) refuse(path, entry.name, `SHA-256 ${found}`, sha256);
  };
  return {
    name: entry.name,
    bytes: entry.bytes,
    async read(scratch) {
      const bytes = await entry.read(scratch);
      check(createHash("sha256").update(bytes).digest("hex"));
      return bytes;
    },
    async *stream() {
      const hash = createHash("sha256");
      for await (const chunk of entry.stream()) {
        hash.update(chunk);
        yield chunk;
      }
      check(hash.digest("hex"));
    },
  };
}

/**
 * The export without its `_COMMIT.json`, and what that said; the export itself where there is none.
 * @throws UploadIncomplete where a committed file is missing, has another size, or one lies there that was not committed;
 *   on reading a file, where its digest is another
 */
export async function withoutCommit(
  source: ExportSource,
): Promise<{ readonly source: ExportSource; readonly commit: UploadCommit | null }> {
  const entry = source.entries().find(({ name }) => name === commitName);
  if (entry === undefined) return { source, commit: null };
  const commit = await readCommit(source, entry);
  const wanted = new Map(commit.files.map((file) => [file.name.normalize("NFC"), file]));
  const entries = source
    .entries()
    .filter(({ name }) => name !== commitName)
    .map((each) => {
      const file = wanted.get(each.name);
      if (file === undefined)
        return refuse(source.name, each.name, "a file that was not committed", "committed files only");
      if (file.bytes !== each.bytes) refuse(source.name, each.name, `${each.bytes} bytes`, `${file.bytes} bytes`);
      wanted.delete(each.name);
      return checked(source.name, each, file.sha256);
    });
  const [missing] = wanted.keys();
  if (missing !== undefined) refuse(source.name, missing, "nothing", "a committed file");
  return { source: { ...source, entries: () => entries }, commit };
}
