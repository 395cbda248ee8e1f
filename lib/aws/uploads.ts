// What an upload says of itself: a folder in its `_COMMIT.json`, a zip in its metadata. Always in the version that the event named.
import { GetObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
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
