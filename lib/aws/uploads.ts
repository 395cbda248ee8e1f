// What an upload says of itself: a folder in its `_COMMIT.json`, a zip in its metadata. Always in the version that the event named.
// And the mark by which it expires once it was taken in.
import { posix } from "node:path";
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectTaggingCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import { expiryTag } from "../contracts/cloud.ts";
import type { Upload } from "../contracts/cloud-run.ts";
import { mode, type UploadCommit, uploadCommit } from "../contracts/dataset.ts";
import { BobbinError } from "../contracts/errors.ts";
import { parseUploadKey } from "../contracts/layout.ts";
import { isMissing, statusOf } from "./store/s3-errors.ts";

/** Key of an object's metadata that says `merge` or `replace`. */
export const modeMetadata = "bobbin-mode";

/**
 * How an upload is to be taken. A commit that is no document of ours counts as a merge: Ingest refuses it with the place.
 * @throws ExportMissing where the version was erased meanwhile
 */
export function describeUpload(
  client: S3Client,
  bucket: string,
): (upload: Upload) => Promise<Pick<UploadCommit, "mode">> {
  return async ({ location, versionId }) => {
    const object = { Bucket: bucket, Key: location, VersionId: versionId };
    try {
      if (parseUploadKey(location)?.kind === "folder") return { mode: await modeOfCommit(client, object) };
      const { Metadata = {} } = await client.send(new HeadObjectCommand(object));
      return { mode: mode.catch("merge").parse(Metadata[modeMetadata]) };
    } catch (error) {
      if (!isMissing(error) && statusOf(error) !== 400) throw error;
      throw new BobbinError("ExportMissing", { path: location }, { cause: error });
    }
  };
}

async function modeOfCommit(client: S3Client, object: { Bucket: string; Key: string; VersionId: string }) {
  const text = await (await client.send(new GetObjectCommand(object))).Body?.transformToString();
  try {
    const commit = uploadCommit.safeParse(JSON.parse(text ?? ""));
    return commit.success ? commit.data.mode : "merge";
  } catch {
    return "merge";
  }
}

/** Marks of a folder on their way at a time. */
const marksAtOnce = 16;

/** Every object of an upload gets the tag by which the bucket's lifecycle removes it: its frames are stored by then. */
export function markTaken(client: S3Client, bucket: string): (upload: Upload) => Promise<void> {
  const TagSet = [{ Key: expiryTag.key, Value: expiryTag.ingestedUpload }];
  const mark = (object: { Key: string; VersionId?: string }) =>
    client.send(new PutObjectTaggingCommand({ Bucket: bucket, ...object, Tagging: { TagSet } }));
  return async ({ location, versionId }) => {
    await mark({ Key: location, VersionId: versionId });
    if (parseUploadKey(location)?.kind !== "folder") return;
    const below = { Bucket: bucket, Prefix: `${posix.dirname(location)}/` };
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, below)) {
      const files = Contents.flatMap(({ Key }) => (Key === undefined || Key === location ? [] : [{ Key }]));
      for (let at = 0; at < files.length; at += marksAtOnce) {
        await Promise.all(files.slice(at, at + marksAtOnce).map(mark));
      }
    }
  };
}
