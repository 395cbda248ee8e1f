// What an upload says of itself, and the mark it gets when it was taken in. A folder speaks in its `_COMMIT.json`, a zip in its
// metadata; always in the version that the event named.
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectTaggingCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";
import * as z from "zod";
import { expiryTag } from "../contracts/cloud.ts";
import { annotator, mode, override, retrain, uploadCommit } from "../contracts/dataset.ts";
import { BobbinError } from "../contracts/errors.ts";
import { parseUploadKey } from "../contracts/layout.ts";
import type { Upload } from "../contracts/run.ts";
import { firstProblem } from "../core/config/problem.ts";
import { optionalTerms, type UploadSize, type UploadTerms } from "../core/steps/cloud-run.ts";
import { isMissing, statusOf } from "./store/s3-errors.ts";

/** Keys of an object's metadata. */
export const termsMetadata = {
  mode: "bobbin-mode",
  retrain: "bobbin-retrain",
  annotator: "bobbin-annotator",
  override: "bobbin-override",
} as const;

/** As `bobbin upload` writes it; whoever wrote it by hand may have left a % as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const metadata = z.object({
  [termsMetadata.mode]: mode.default("merge"),
  [termsMetadata.retrain]: retrain.default("now"),
  [termsMetadata.annotator]: z.string().transform(decoded).pipe(annotator).optional(),
  [termsMetadata.override]: z.string().transform(decoded).pipe(override).optional(),
});

/** An upload's terms as its object's metadata. */
export const metadataOf = ({ mode, retrain, annotator, override }: UploadTerms) => ({
  [termsMetadata.mode]: mode,
  [termsMetadata.retrain]: retrain,
  ...(annotator === undefined ? {} : { [termsMetadata.annotator]: encodeURIComponent(annotator) }),
  ...(override === undefined ? {} : { [termsMetadata.override]: encodeURIComponent(override) }),
});

/** Without a document of ours, which Ingest refuses with the place. */
const unsaid: UploadTerms = { mode: "merge", retrain: "now" };

type Pinned = Readonly<Record<"Bucket" | "Key" | "VersionId", string>>;

/**
 * How an upload is to be taken.
 * @throws ExportMissing where the version was erased meanwhile
 * @throws UploadTermsInvalid where a zip's metadata say something else than they may: replacing by mistake would lose labels
 */
export function uploadTerms(client: S3Client, bucket: string): (upload: Upload) => Promise<UploadTerms & UploadSize> {
  return async ({ location, versionId }) => {
    const object = { Bucket: bucket, Key: location, VersionId: versionId };
    try {
      const isFolder = parseUploadKey(location)?.kind === "folder";
      return await (isFolder ? termsOfCommit(client, object) : termsOfZip(client, object));
    } catch (error) {
      if (!isMissing(error) && statusOf(error) !== 400) throw error;
      throw new BobbinError("ExportMissing", { path: location }, { cause: error });
    }
  };
}

/** The version that lies there. @throws ExportMissing */
export function pinUpload(client: S3Client, bucket: string): (location: string) => Promise<Upload> {
  return async (location) => {
    try {
      const { VersionId } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: location }));
      if (VersionId !== undefined) return { location, versionId: VersionId };
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    throw new BobbinError("ExportMissing", { path: location });
  };
}

async function termsOfZip(client: S3Client, object: Pinned): Promise<UploadTerms & UploadSize> {
  const { Metadata = {}, ContentLength: bytes = 0 } = await client.send(new HeadObjectCommand(object));
  const parsed = metadata.safeParse(Metadata);
  if (!parsed.success) {
    throw new BobbinError("UploadTermsInvalid", { key: object.Key, ...firstProblem(parsed.error, Metadata) });
  }
  const { mode, retrain, annotator, override } = termsMetadata;
  const said = optionalTerms({ annotator: parsed.data[annotator], override: parsed.data[override] });
  return { mode: parsed.data[mode], retrain: parsed.data[retrain], ...said, bytes };
}

async function termsOfCommit(client: S3Client, object: Pinned): Promise<UploadTerms & UploadSize> {
  const text = await (await client.send(new GetObjectCommand(object))).Body?.transformToString();
  try {
    const commit = uploadCommit.safeParse(JSON.parse(text ?? ""));
    if (!commit.success) return unsaid;
    const { schema: _, files, ...terms } = commit.data;
    return { ...terms, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
  } catch {
    return unsaid;
  }
}

const taggedAtOnce = 16;

/** Gives every object of an upload the tag by which the bucket removes it some months later. Done twice, it is the same. */
export function markTaken(
  client: S3Client,
  bucket: string,
): (source: { readonly location: string; readonly versionId: string | null }) => Promise<void> {
  const tag = (object: { readonly Key: string; readonly VersionId?: string }) => {
    const TagSet = [{ Key: expiryTag.key, Value: expiryTag.ingestedUpload }];
    return client.send(new PutObjectTaggingCommand({ Bucket: bucket, ...object, Tagging: { TagSet } }));
  };
  return async ({ location, versionId }) => {
    if (parseUploadKey(location)?.kind === "folder") {
      const folder = location.slice(0, location.lastIndexOf("/") + 1);
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: folder })) {
        const files = Contents.flatMap(({ Key }) => (Key === undefined || Key === location ? [] : [Key]));
        for (let at = 0; at < files.length; at += taggedAtOnce) {
          await Promise.all(files.slice(at, at + taggedAtOnce).map((Key) => tag({ Key })));
        }
      }
    }
    await tag({ Key: location, ...(versionId === null ? {} : { VersionId: versionId }) });
  };
}
