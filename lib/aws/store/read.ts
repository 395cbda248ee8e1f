// Reads an object of S3 by ranges, in one request where all goes well; a connection that breaks goes on where it broke.
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { BobbinError } from "../../contracts/errors.ts";
import { orMissing, statusOf } from "./s3-errors.ts";

/** Breaks in a row without a byte in between. */
const patience = 4;

export interface Readable {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string;
}

/** What one request gives: a body of the SDK, and the etag it belongs to. */
async function open(client: S3Client, object: Readable, start: number, end: number, etag: string | undefined) {
  const whole = start === 0 && end === Number.POSITIVE_INFINITY;
  const last = end === Number.POSITIVE_INFINITY ? "" : end - 1;
  try {
    const answer = await client.send(
      new GetObjectCommand({
        ...object,
        ...(whole ? {} : { Range: `bytes=${start}-${last}` }),
        ...(etag === undefined ? {} : { IfMatch: etag }),
      }),
    );
    if (!whole && answer.ContentRange?.startsWith(`bytes ${start}-`) !== true) {
      throw new RangeError(`asked for ${object.Key} from byte ${start}, got ${answer.ContentRange ?? "all of it"}`);
    }
    return { body: answer.Body as AsyncIterable<Uint8Array>, etag: answer.ETag };
  } catch (error) {
    // Nothing lies at or behind `start`.
    if (statusOf(error) === 416) return null;
    if (statusOf(error) === 412) throw new BobbinError("ObjectChanged", { key: object.Key }, { cause: error });
    return orMissing(object.Key, error);
  }
}

/** Bytes [start, end). @throws ObjectMissing; ObjectChanged where it was replaced while it was read */
export async function* readRange(
  client: S3Client,
  object: Readable,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let etag: string | undefined;
  let at = start;
  for (let breaks = 0; ; ) {
    const opened = await open(client, object, at, end, etag);
    if (opened === null) return;
    etag = opened.etag;
    try {
      for await (const chunk of opened.body) {
        at += chunk.byteLength;
        breaks = 0;
        yield chunk;
      }
      return;
    } catch (error) {
      if (!isBreak(error) || breaks === patience) throw error;
      breaks += 1;
    }
  }
}

/** The line broke while the body came: the SDK repeats requests, not bodies. */
function isBreak(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return ["ECONNRESET", "EPIPE", "ETIMEDOUT", "ERR_STREAM_PREMATURE_CLOSE"].includes(String(code));
}
