// A long body in parts: nothing of it is seen before the last call, which creates the key only where it does not exist.
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { BobbinError } from "../../contracts/errors.ts";
import { isMissing, statusOf } from "./s3-errors.ts";

/** S3 takes 10,000 parts, so up to 156 GiB; each but the last has at least 5 MiB. */
export const defaultPartBytes = 16 * 1024 * 1024;
/** Parts on their way at a time; each is held in memory. */
const inFlight = 4;

interface Target {
  readonly Bucket: string;
  readonly Key: string;
}

interface Upload extends Target {
  readonly UploadId: string | undefined;
}

/** The body cut into parts of `size` bytes, the last one shorter; at least one, which may be empty. */
export async function* partsOf(body: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    for (let rest = chunk; rest.byteLength > 0; ) {
      // A full part is given away only when more follows, so that the last one is known as such.
      if (bytes === size) {
        yield Buffer.concat(held);
        [held, bytes] = [[], 0];
      }
      const taken = rest.subarray(0, size - bytes);
      held.push(Buffer.from(taken));
      bytes += taken.byteLength;
      rest = rest.subarray(taken.byteLength);
    }
  }
  yield Buffer.concat(held);
}

/**
 * @returns the new object's etag. A body that breaks off leaves nothing.
 * @throws ObjectExists; StoreBusy where S3 saw another writer and none has won yet
 */
export async function createInParts(
  client: S3Client,
  target: Target,
  parts: AsyncIterable<Uint8Array>,
): Promise<string | undefined> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: "SHA256" }));
  const upload = { ...target, UploadId };
  try {
    const Parts = await sendParts(client, upload, parts);
    return await complete(client, upload, Parts);
  } catch (error) {
    // What is not aborted here, the bucket's lifecycle takes away after two days.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

async function complete(client: S3Client, upload: Upload, Parts: CompletedPart[]): Promise<string | undefined> {
  try {
    const command = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, IfNoneMatch: "*" });
    return (await client.send(command)).ETag;
  } catch (error) {
    const status = statusOf(error);
    // 404: the parts were put together already, and that answer was lost. 409: another writer; the parts are of no use any more.
    if (status !== 412 && status !== 409 && status !== 404) throw error;
    const key = upload.Key;
    if (status === 412 || (await exists(client, upload)))
      throw new BobbinError("ObjectExists", { key }, { cause: error });
    throw status === 409 ? new BobbinError("StoreBusy", { key, tries: 1 }, { cause: error }) : error;
  }
}

async function exists(client: S3Client, { Bucket, Key }: Target): Promise<boolean> {
  try {
    await client.send(new HeadObjectCommand({ Bucket, Key }));
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function sendParts(client: S3Client, upload: Upload, parts: AsyncIterable<Uint8Array>): Promise<CompletedPart[]> {
  const done: CompletedPart[] = [];
  const running = new Set<Promise<void>>();
  let failed: { readonly error: unknown } | null = null;
  let PartNumber = 0;
  for await (const Body of parts) {
    PartNumber += 1;
    const at = { ...upload, PartNumber };
    const sending: Promise<void> = client
      .send(new UploadPartCommand({ ...at, Body, ChecksumAlgorithm: "SHA256" }))
      .then(({ ETag, ChecksumSHA256 }) => {
        done.push({ PartNumber: at.PartNumber, ETag, ChecksumSHA256 });
      })
      .catch((error: unknown) => {
        failed ??= { error };
      })
      .finally(() => running.delete(sending));
    running.add(sending);
    if (running.size >= inFlight) await Promise.race(running);
    if (failed !== null) break;
  }
  await Promise.all(running);
  if (failed !== null) throw (failed as { readonly error: unknown }).error;
  return done.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
}
