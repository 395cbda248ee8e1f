// Brings an export into the data bucket in one of the two shapes that start a run: a zip, or a folder that `_COMMIT.json` closes.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import type { UploadCommit } from "../contracts/dataset.ts";
import { BobbinError } from "../contracts/errors.ts";
import { folderEntryName } from "../core/dataset/folder-source.ts";
import type { ObjectStore } from "../core/ports.ts";
import { documentBytes } from "../core/registry/cas.ts";
import type { Account } from "./account.ts";
import { modeMetadata } from "./uploads.ts";

export interface Sending {
  readonly path: string;
  readonly dataset: string;
  /** Name of the upload in the bucket, without `.zip`. */
  readonly name: string;
  readonly mode: UploadCommit["mode"];
  /** Called as bytes go out; `total` is of all files. */
  readonly sent: (bytes: number, total: number) => void;
}

/** S3 takes no larger object in one request, and only such a one carries metadata here. */
const largestWithMetadata = 5 * 1024 ** 3;

/**
 * A folder that was cut off goes on where it was: what lies there in its size is not sent again.
 * @returns the key whose writing started the run
 * @throws UploadExists, ExportMissing
 */
export async function sendUpload(sending: Sending, account: Account): Promise<string> {
  const found = await stat(sending.path).catch(() => null);
  if (found === null) throw new BobbinError("ExportMissing", { path: sending.path });
  return found.isDirectory() ? sendFolder(sending, account.stores.data) : sendZip(sending, found.size, account);
}

async function sendZip(sending: Sending, bytes: number, account: Account): Promise<string> {
  const key = `incoming/${sending.dataset}/${sending.name}.zip`;
  if ((await sizesBelow(key, account.stores.data)).has(key)) throw new BobbinError("UploadExists", { key });
  const body = counted(createReadStream(sending.path), bytes, sending);
  if (sending.mode === "merge") {
    await account.stores.data.create(key, body);
    return key;
  }
  if (bytes > largestWithMetadata) throw new RangeError("a zip over 5 GiB that replaces goes as a folder");
  const put = {
    Bucket: account.outputs.DataBucket,
    Key: key,
    IfNoneMatch: "*",
    Metadata: { [modeMetadata]: "replace" },
  };
  await account.s3.send(new PutObjectCommand({ ...put, Body: createReadStream(sending.path), ContentLength: bytes }));
  sending.sent(bytes, bytes);
  return key;
}

async function* counted(body: AsyncIterable<Uint8Array>, total: number, { sent }: Sending): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of body) {
    yield chunk;
    done += chunk.byteLength;
    sent(done, total);
  }
}

interface LocalFile {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
}

async function sendFolder(sending: Sending, data: ObjectStore): Promise<string> {
  const folder = `incoming/${sending.dataset}/${sending.name}`;
  const commitKey = `${folder}/_COMMIT.json`;
  const there = await sizesBelow(`${folder}/`, data);
  if (there.has(commitKey)) throw new BobbinError("UploadExists", { key: commitKey });
  const local = await filesBelow(sending.path);
  const total = local.reduce((sum, { bytes }) => sum + bytes, 0);
  const files: UploadCommit["files"] = [];
  let done = 0;
  for (const file of local) {
    const sha256 = await digestOf(file.path);
    const key = `${folder}/${file.name}`;
    const bytes = there.get(key);
    if (bytes === undefined) await data.create(key, body(file));
    else if (bytes !== file.bytes) throw new BobbinError("UploadExists", { key });
    files.push({ name: file.name, bytes: file.bytes, sha256 });
    done += file.bytes;
    sending.sent(done, total);
  }
  const commit: UploadCommit = { schema: "bobbin/upload-commit/1", mode: sending.mode, retrain: "now", files };
  await data.create(commitKey, documentBytes(commit));
  return commitKey;
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
