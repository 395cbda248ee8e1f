// A long body in parts: nothing of it is seen before the last call, which creates the key only where it does not exist.
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { conditional } from "./conditional.ts";

/** S3 takes 10,000 parts, so up to 156 GiB. */
export const partBytes = 16 * 1024 * 1024;
/** Parts on their way at a time; each is held in memory. */
const inFlight = 4;

export interface Target {
  readonly Bucket: string;
  readonly Key: string;
}

/** The body cut into parts of `size` bytes, the last one shorter; at least one, which may be empty. */
export async function* partsOf(body: AsyncIterable<Uint8Array>, size = partBytes): AsyncGenerator<Uint8Array> {
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

/** @returns the new object's etag. A body that breaks off leaves nothing. */
export async function createInParts(
  client: S3Client,
  target: Target,
  parts: AsyncIterable<Uint8Array>,
): Promise<string | undefined> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: "SHA256" }));
  const upload = { ...target, UploadId };
  try {
    const Parts = await sendParts(client, upload, parts);
    const command = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, IfNoneMatch: "*" });
    return (await conditional(target.Key, () => client.send(command))).ETag;
  } catch (error) {
    // What is not aborted here, the bucket's lifecycle takes away after two days.
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

async function sendParts(
  client: S3Client,
  upload: Target & { readonly UploadId: string | undefined },
  parts: AsyncIterable<Uint8Array>,
): Promise<CompletedPart[]> {
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
