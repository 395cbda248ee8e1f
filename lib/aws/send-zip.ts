// Sends a zip into the data bucket, a long one in parts: what arrived before a line broke is not sent again. The object is there,
// and starts a run, only when all of it is.
import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { UnfinishedUpload } from "../contracts/cloud-run.ts";
import { BobbinError, isBobbinError } from "../contracts/errors.ts";
import type { UploadTerms } from "../core/steps/cloud-run.ts";
import { defaultPartBytes } from "./store/multipart.ts";
import { isMissing, statusOf } from "./store/s3-errors.ts";
import { metadataOf } from "./uploads.ts";

/** S3 takes so many parts of an object. */
const mostParts = 10_000;
const inFlight = 4;

/** Remembers an upload that is on its way, between two tries on one machine. */
export interface Unfinished {
  load(): Promise<UnfinishedUpload | null>;
  save(upload: UnfinishedUpload): Promise<void>;
  clear(): Promise<void>;
}

export interface ZipSending {
  readonly path: string;
  readonly bytes: number;
  /** UTC, ISO 8601: when the file was last changed. */
  readonly modified: string;
  readonly bucket: string;
  readonly key: string;
  readonly terms: UploadTerms;
  readonly unfinished: Unfinished;
  readonly sent: (bytes: number) => void;
  /** @default 16 MiB, more for a zip over 156 GiB */
  readonly partBytes?: number;
}

/**
 * @returns the key, which is that of an earlier try where one was cut off
 * @throws UploadExists; UploadLost where S3 has dropped what was sent
 */
export async function sendZip(sending: ZipSending, client: S3Client): Promise<string> {
  const partBytes = sending.partBytes ?? Math.max(defaultPartBytes, Math.ceil(sending.bytes / mostParts));
  const file = await open(sending.path);
  try {
    if (sending.bytes > partBytes) return await sendInParts(sending, partBytes, file, client);
    await checkFree(sending, client);
    const Body = await file.readFile();
    const put = { Bucket: sending.bucket, Key: sending.key, Metadata: metadataOf(sending.terms), Body };
    await orThere(sending, client, () =>
      client.send(new PutObjectCommand({ ...put, IfNoneMatch: "*", ChecksumAlgorithm: "SHA256" })),
    );
    sending.sent(sending.bytes);
    return sending.key;
  } finally {
    await file.close();
  }
}

type Target = Pick<ZipSending, "bucket" | "key" | "bytes">;

/** Before anything is sent: so whatever lies there afterwards came meanwhile. @throws UploadExists */
async function checkFree(target: Target, client: S3Client): Promise<void> {
  if ((await bytesThere(target, client)) !== null) throw new BobbinError("UploadExists", { key: target.key });
}

/** Listed, not looked at: who uploads need not read. null where nothing lies there. */
async function bytesThere({ bucket, key }: Omit<Target, "bytes">, client: S3Client): Promise<number | null> {
  // A key stands before all that it begins.
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: key, MaxKeys: 1 }));
  const [found] = Contents;
  return found?.Key === key ? (found.Size ?? 0) : null;
}

/**
 * Does what creates the object. A request that S3 carried out and whose answer was lost is refused when it is repeated: by its own
 * object (412), or because its parts are none any more (404, as also when they were dropped). What lies now under a name that was
 * free when the sending began tells which.
 */
async function orThere(target: Target, client: S3Client, create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    const wasTaken = statusOf(error) === 412;
    if (!wasTaken && !isMissing(error)) throw error;
    const { key, bytes } = target;
    const there = await bytesThere(target, client);
    if (there === bytes) return;
    if (there !== null) throw new BobbinError("UploadExists", { key }, { cause: error });
    const problem = wasTaken ? "something of that name was there and is gone" : "S3 has dropped what was sent of it";
    throw new BobbinError("UploadLost", { key, problem }, { cause: error });
  }
}

async function sendInParts(
  sending: ZipSending,
  partBytes: number,
  file: FileHandle,
  client: S3Client,
): Promise<string> {
  const before = await goingOn(sending, client);
  const upload = before?.upload ?? (await begin(sending, partBytes, client));
  try {
    if (before?.arrived !== "whole") await sendAndClose({ upload, sending, file, arrived: before?.arrived }, client);
  } catch (error) {
    // Nothing of it is left that a next try could go on with.
    if (isBobbinError(error)) await sending.unfinished.clear();
    throw error;
  }
  sending.sent(upload.bytes);
  await sending.unfinished.clear();
  return upload.key;
}

async function sendAndClose(work: Work, client: S3Client): Promise<void> {
  const { upload } = work;
  const at = { Bucket: upload.bucket, Key: upload.key, UploadId: upload.uploadId };
  await orThere(upload, client, async () => {
    const Parts = await sendParts(work, client);
    await client.send(new CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts }, IfNoneMatch: "*" }));
  });
}

async function begin(
  { bucket, key, bytes, modified, terms, unfinished }: ZipSending,
  partBytes: number,
  client: S3Client,
) {
  await checkFree({ bucket, key, bytes }, client);
  const made = await client.send(
    new CreateMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      Metadata: metadataOf(terms),
      ChecksumAlgorithm: "SHA256",
    }),
  );
  const upload: UnfinishedUpload = {
    schema: "bobbin/unfinished-upload/1",
    ...{ bucket, key, bytes, modified, partBytes, ...terms },
    uploadId: made.UploadId ?? "",
  };
  await unfinished.save(upload);
  return upload;
}

type Arrived = ReadonlyMap<number, CompletedPart>;

interface Before {
  readonly upload: UnfinishedUpload;
  /** `whole`: it was put together, and only that answer was lost. */
  readonly arrived: Arrived | "whole";
}

/** The try that was cut off, with what arrived of it; null where there is none, or another file, or S3 has dropped it since. */
async function goingOn(
  { unfinished, bucket, bytes, modified, terms }: ZipSending,
  client: S3Client,
): Promise<Before | null> {
  const upload = await unfinished.load();
  const wanted = { bucket, bytes, modified, annotator: undefined, override: undefined, ...terms };
  if (
    upload === null ||
    Object.entries(wanted).some(([name, value]) => upload[name as keyof typeof wanted] !== value)
  ) {
    return null;
  }
  const arrived = new Map<number, CompletedPart>();
  const at = { Bucket: upload.bucket, Key: upload.key, UploadId: upload.uploadId };
  try {
    for (let marker: string | undefined; ; ) {
      const page = { ...at, ...(marker === undefined ? {} : { PartNumberMarker: marker }) };
      const { Parts = [], IsTruncated, NextPartNumberMarker } = await client.send(new ListPartsCommand(page));
      for (const { PartNumber = 0, ETag, ChecksumSHA256 } of Parts) {
        arrived.set(PartNumber, { PartNumber, ETag, ChecksumSHA256 });
      }
      if (IsTruncated !== true) return { upload, arrived };
      marker = NextPartNumberMarker;
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
    return (await bytesThere(upload, client)) === bytes ? { upload, arrived: "whole" } : null;
  }
}

interface Work {
  readonly upload: UnfinishedUpload;
  readonly sending: ZipSending;
  readonly file: FileHandle;
  readonly arrived: Arrived | undefined;
}

/** Every part is read and its digest compared, so a part that arrived is taken at its bytes' word and not at its number's. */
async function sendParts({ upload, sending, file, arrived }: Work, client: S3Client): Promise<CompletedPart[]> {
  const count = Math.ceil(upload.bytes / upload.partBytes);
  const parts: CompletedPart[] = [];
  let done = 0;
  for (let first = 1; first <= count; first += inFlight) {
    const numbers = Array.from({ length: Math.min(inFlight, count - first + 1) }, (_, index) => first + index);
    const ended = await Promise.allSettled(
      numbers.map(async (PartNumber) => {
        const Body = await partOf(file, upload, PartNumber);
        const part = await sendPart(upload, { PartNumber, Body }, arrived?.get(PartNumber), client);
        done += Body.byteLength;
        sending.sent(done);
        return part;
      }),
    );
    for (const one of ended) {
      if (one.status === "rejected") throw one.reason;
      parts.push(one.value);
    }
  }
  return parts;
}

async function sendPart(
  { bucket, key, uploadId }: UnfinishedUpload,
  { PartNumber, Body }: { readonly PartNumber: number; readonly Body: Uint8Array },
  there: CompletedPart | undefined,
  client: S3Client,
): Promise<CompletedPart> {
  const digest = createHash("sha256").update(Body).digest("base64");
  if (there?.ChecksumSHA256 === digest) return there;
  const at = { Bucket: bucket, Key: key, UploadId: uploadId, PartNumber };
  const { ETag } = await client.send(new UploadPartCommand({ ...at, Body, ChecksumSHA256: digest }));
  return { PartNumber, ETag, ChecksumSHA256: digest };
}

async function partOf(file: FileHandle, { bytes, partBytes }: UnfinishedUpload, number: number): Promise<Uint8Array> {
  const start = (number - 1) * partBytes;
  const part = Buffer.allocUnsafe(Math.min(partBytes, bytes - start));
  for (let at = 0; at < part.byteLength; ) {
    const { bytesRead } = await file.read(part, at, part.byteLength - at, start + at);
    if (bytesRead === 0) throw new RangeError("the zip became shorter while it was sent");
    at += bytesRead;
  }
  return part;
}
