// Brings an export into the data bucket in one of the two shapes that start a run: a zip, or a folder that `_COMMIT.json` closes.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { UploadCommit } from "../contracts/dataset.ts";
import { BobbinError, isBobbinError } from "../contracts/errors.ts";
import type { UploadPlace } from "../contracts/layout.ts";
import { folderEntryName } from "../core/dataset/folder-source.ts";
import type { Body, ObjectStore } from "../core/ports.ts";
import { documentBytes } from "../core/registry/cas.ts";
import type { UploadTerms } from "../core/steps/cloud-run.ts";
import type { Account } from "./account.ts";
import { sendZip, type Unfinished } from "./send-zip.ts";

export interface Sending {
  readonly path: string;
  readonly dataset: string;
  /** Under `incoming` it starts a run. */
  readonly place: UploadPlace;
  /** Name of the upload in the bucket, without `.zip`. */
  readonly name: string;
  readonly terms: UploadTerms;
  readonly unfinished: Unfinished;
  /** Called as bytes go out; `total` is of all files. */
  readonly sent: (bytes: number, total: number) => void;
}

/**
 * An upload that was cut off goes on where it was: what lies there is not sent again, a zip's parts by digest, files by size.
 * @returns the key that was written last: under `incoming` it starts the run
 * @throws UploadExists, UploadLost, ExportMissing
 */
export async function sendUpload(sending: Sending, account: Account): Promise<string> {
  const found = await stat(sending.path).catch(() => null);
  if (found === null) throw new BobbinError("ExportMissing", { path: sending.path });
  if (found.isDirectory()) return sendFolder(sending, account.stores.data);
  const { path, terms, unfinished } = sending;
  const zip = { path, terms, unfinished, bytes: found.size, modified: found.mtime.toISOString() };
  const key = `${sending.place}/${sending.dataset}/${sending.name}.zip`;
  const sent = (bytes: number) => sending.sent(bytes, found.size);
  return sendZip({ ...zip, bucket: account.outputs.DataBucket, key, sent }, account.s3);
}

interface LocalFile {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
}

const filesAtOnce = 8;

async function sendFolder(sending: Sending, data: ObjectStore): Promise<string> {
  const folder = `${sending.place}/${sending.dataset}/${sending.name}`;
  const commitKey = `${folder}/_COMMIT.json`;
  const there = await sizesBelow(`${folder}/`, data);
  if (there.has(commitKey)) throw new BobbinError("UploadExists", { key: commitKey });
  const local = await filesBelow(sending.path);
  const total = local.reduce((sum, { bytes }) => sum + bytes, 0);
  const files: UploadCommit["files"] = [];
  let done = 0;
  for (let first = 0; first < local.length; first += filesAtOnce) {
    const sent = await Promise.all(
      local.slice(first, first + filesAtOnce).map(async (file) => {
        const sha256 = await digestOf(file.path);
        const key = `${folder}/${file.name}`;
        const bytes = there.get(key);
        if (bytes === undefined) await put({ key, bytes: file.bytes, body: body(file) }, data);
        else if (bytes !== file.bytes) throw new BobbinError("UploadExists", { key });
        done += file.bytes;
        sending.sent(done, total);
        return { name: file.name, bytes: file.bytes, sha256 };
      }),
    );
    files.push(...sent);
  }
  const commit: UploadCommit = { schema: "bobbin/upload-commit/1", ...sending.terms, files };
  const closing = documentBytes(commit);
  await put({ key: commitKey, bytes: closing.byteLength, body: closing }, data);
  return commitKey;
}

/**
 * Writes what was not there when the sending began. An answer that was lost makes the repeated request meet its own object, which is
 * as long as what was sent. @throws UploadExists
 */
async function put(
  { key, bytes, body }: { readonly key: string; readonly bytes: number; readonly body: Body },
  data: ObjectStore,
): Promise<void> {
  try {
    await data.create(key, body);
  } catch (error) {
    if (!isBobbinError(error, "ObjectExists")) throw error;
    if ((await sizesBelow(key, data)).get(key) !== bytes)
      throw new BobbinError("UploadExists", { key }, { cause: error });
  }
}

const body = ({ path, bytes }: LocalFile) => (bytes === 0 ? new Uint8Array() : createReadStream(path));

/** What lies there already. Listed, not looked at: who uploads need not read. Its bytes are checked by the commit's digests when they are. */
async function sizesBelow(prefix: string, data: ObjectStore): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for await (const { key, bytes } of data.list(prefix)) found.set(key, bytes);
  return found;
}

async function filesBelow(root: string): Promise<readonly LocalFile[]> {
  const found: LocalFile[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === "_COMMIT.json") continue;
    const path = join(entry.parentPath, entry.name);
    const name = folderEntryName(basename(root), path.slice(root.length + 1).replaceAll("\\", "/"));
    found.push({ path, name, bytes: (await stat(path)).size });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest("hex");
}
