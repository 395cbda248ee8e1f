// Opens what a person hands in: a zip or a folder on this machine.
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { UploadCommit } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { RangeReader } from "../../core/dataset/archive/range-reader.ts";
import { openZipSource } from "../../core/dataset/archive/zip-source.ts";
import { withoutCommit } from "../../core/dataset/upload-commit.ts";
import type { ExportSource } from "../../core/ports.ts";
import { fileRanges } from "./file-ranges.ts";
import { openFolderSource } from "./folder.ts";

async function openZip(reader: RangeReader): Promise<ExportSource> {
  try {
    return await openZipSource(reader);
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** What `_COMMIT.json` of a folder asks for; null where there is none. @throws UploadIncomplete */
export async function commitOf(path: string): Promise<UploadCommit | null> {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat?.isDirectory() === true ? (await withoutCommit(openFolderSource(resolve(path)))).commit : null;
}

/** @throws ExportMissing, ArchiveInvalid, UploadIncomplete */
export async function openExport(path: string): Promise<ExportSource> {
  const full = resolve(path);
  const stat = statSync(full, { throwIfNoEntry: false });
  if (stat === undefined) throw new BobbinError("ExportMissing", { path });
  if (stat.isDirectory()) return (await withoutCommit(openFolderSource(full))).source;
  if (stat.isFile()) return openZip(fileRanges(full));
  throw new BobbinError("ArchiveInvalid", {
    file: path,
    entry: "-",
    found: "a special file",
    wanted: "a zip or a folder",
  });
}
