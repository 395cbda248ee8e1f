// A zip as an export. Only its central directory is held in memory; entries are read where they lie.
import { createHash } from "node:crypto";
import type { ExportSource } from "../../ports.ts";
import { readCentralDirectory } from "./central-directory.ts";
import type { RangeReader } from "./range-reader.ts";
import { zipEntry } from "./zip-entry.ts";

const pieceBytes = 1024 * 1024;

async function digest(reader: RangeReader): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; at < reader.bytes; at += pieceBytes) {
    hash.update(await reader.read(at, Math.min(at + pieceBytes, reader.bytes)));
  }
  return hash.digest("hex");
}

/** @throws ArchiveInvalid */
export async function openZipSource(reader: RangeReader): Promise<ExportSource> {
  const records = await readCentralDirectory(reader);
  const entries = records.map((record) => zipEntry(reader, record));
  return {
    name: reader.name,
    kind: "zip",
    entries: () => entries,
    sha256: () => digest(reader),
    close: async () => reader.close(),
  };
}
