// Opens uploads in the data bucket. A zip is read in ranges of the very version that the event named; a folder is what its
// `_COMMIT.json`, in the version that the event named, lists by digest.
import { posix } from "node:path";
import { HeadObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import { BobbinError } from "../../contracts/errors.ts";
import { parseUploadKey } from "../../contracts/layout.ts";
import type { RangeReader } from "../../core/dataset/archive/range-reader.ts";
import { openZipSource } from "../../core/dataset/archive/zip-source.ts";
import { folderEntryName, folderSource } from "../../core/dataset/folder-source.ts";
import { withoutCommit } from "../../core/dataset/upload-commit.ts";
import type { ExportEntry, ExportSource, Exports } from "../../core/ports.ts";
import { type Readable, readRange } from "../store/read.ts";
import { isMissing, statusOf } from "../store/s3-errors.ts";
import { readAhead } from "./read-ahead.ts";

/** @throws ExportMissing, ArchiveInvalid, UploadIncomplete on opening */
export function s3Exports(client: S3Client, bucket: string): Exports {
  return {
    open({ location, versionId }) {
      const parsed = parseUploadKey(location);
      if (parsed === null || versionId === null) {
        throw new RangeError(`${location} in version ${versionId} is no upload that Admit let in`);
      }
      const upload = { Bucket: bucket, Key: location, VersionId: versionId };
      return parsed.kind === "zip" ? openZip(client, upload) : openFolder(client, upload);
    },
  };
}

type Pinned = Required<Readable>;

async function openZip(client: S3Client, upload: Pinned): Promise<ExportSource> {
  const bytes = await sizeOf(client, upload);
  const reader: RangeReader = {
    name: posix.basename(upload.Key),
    bytes,
    read: readAhead((start, end) => gather(readRange(client, upload, start, end), end - start), bytes),
    close: () => undefined,
  };
  return openZipSource(reader);
}

/** @throws ExportMissing where the version was erased meanwhile */
async function sizeOf(client: S3Client, upload: Pinned): Promise<number> {
  try {
    return (await client.send(new HeadObjectCommand(upload))).ContentLength ?? 0;
  } catch (error) {
    // A version id that S3 never gave is a bad request, a deleted one is missing.
    if (!isMissing(error) && statusOf(error) !== 400) throw error;
    throw new BobbinError("ExportMissing", { path: upload.Key }, { cause: error });
  }
}

/** Files besides `_COMMIT.json` need no version: what is read must have the committed digest. */
async function openFolder(client: S3Client, commit: Pinned): Promise<ExportSource> {
  const { Bucket, VersionId } = commit;
  const folder = posix.dirname(commit.Key);
  const name = posix.basename(folder);
  const bytes = await sizeOf(client, commit);
  const entries: ExportEntry[] = [entryOf(client, commit, posix.basename(commit.Key), bytes)];
  for await (const { key, size } of filesBelow(client, Bucket, `${folder}/`)) {
    if (key === commit.Key) continue;
    const file = folderEntryName(name, key.slice(folder.length + 1));
    entries.push(entryOf(client, { Bucket, Key: key }, file, size));
  }
  const { source, commit: found } = await withoutCommit(folderSource(name, entries));
  if (found === null) throw new RangeError(`${commit.Key} in version ${VersionId} was not looked at`);
  return source;
}

function entryOf(client: S3Client, object: Readable, name: string, bytes: number): ExportEntry {
  return {
    name,
    bytes,
    read: () => gather(readRange(client, object, 0, Number.POSITIVE_INFINITY), bytes),
    stream: () => readRange(client, object, 0, Number.POSITIVE_INFINITY),
  };
}

async function* filesBelow(client: S3Client, Bucket: string, Prefix: string) {
  for (let token: string | undefined; ; ) {
    const page = { Bucket, Prefix, ...(token === undefined ? {} : { ContinuationToken: token }) };
    const answer = await client.send(new ListObjectsV2Command(page));
    for (const { Key = "", Size = 0 } of answer.Contents ?? []) {
      // The console makes an empty object for a folder.
      if (!Key.endsWith("/")) yield { key: Key, size: Size };
    }
    if (answer.NextContinuationToken === undefined) return;
    token = answer.NextContinuationToken;
  }
}

/** The first `bytes` bytes: a file that grew after it was listed is judged by those. */
async function gather(stream: AsyncIterable<Uint8Array>, bytes: number): Promise<Uint8Array> {
  const whole = Buffer.allocUnsafe(bytes);
  let at = 0;
  for await (const chunk of stream) {
    const taken = chunk.subarray(0, bytes - at);
    whole.set(taken, at);
    at += taken.byteLength;
    if (taken.byteLength < chunk.byteLength) break;
  }
  return whole.subarray(0, at);
}
