// An ObjectStore on a bucket of S3. Every write says under which condition it holds; the bucket's own policy refuses any other.
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from "@aws-sdk/client-s3";
import { BobbinError } from "../../contracts/errors.ts";
import type { Body, ObjectHead, ObjectStore, StoredObject } from "../../core/ports.ts";
import { checkKey } from "../../core/registry/store-keys.ts";
import { conditional } from "./conditional.ts";
import { createInParts, defaultPartBytes, partsOf } from "./multipart.ts";
import { readRange } from "./read.ts";
import { isMissing, orMissing, statusOf } from "./s3-errors.ts";

/**
 * @param client made for the bucket's region
 * @param partBytes bodies that come in pieces and are longer go in parts of this size, four of them in memory at a time
 */
export function s3Store(client: S3Client, bucket: string, partBytes = defaultPartBytes): ObjectStore {
  return new S3Store(client, bucket, partBytes);
}

class S3Store implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #partBytes: number;

  constructor(client: S3Client, bucket: string, partBytes: number) {
    this.#client = client;
    this.#partBytes = partBytes;
    this.#bucket = bucket;
  }

  async get(key: string): Promise<StoredObject> {
    const at = this.#at(key);
    try {
      const { Body: body, ETag } = await this.#client.send(new GetObjectCommand(at));
      if (body === undefined) throw new RangeError(`S3 answered without a body for ${key}`);
      return { bytes: await body.transformToByteArray(), etag: etagOf(key, ETag) };
    } catch (error) {
      return orMissing(key, error);
    }
  }

  async *stream(key: string, start = 0, end = Number.POSITIVE_INFINITY): AsyncIterable<Uint8Array> {
    const at = this.#at(key);
    if (end > start) yield* readRange(this.#client, at, start, end);
    else if ((await this.head(key)) === null) throw new BobbinError("ObjectMissing", { key });
  }

  async head(key: string): Promise<ObjectHead | null> {
    try {
      const { ContentLength = 0, ETag } = await this.#client.send(new HeadObjectCommand(this.#at(key)));
      return { bytes: ContentLength, etag: etagOf(key, ETag) };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async create(key: string, body: Body): Promise<string> {
    const at = this.#at(key);
    try {
      if (body instanceof Uint8Array) return await this.#put(key, { Body: body, IfNoneMatch: "*" });
      const parts = partsOf(body, this.#partBytes);
      const first = await parts.next();
      if (first.done === true) throw new RangeError(`no body for ${key}`);
      const second = await parts.next();
      if (second.done === true) return await this.#put(key, { Body: first.value, IfNoneMatch: "*" });
      return etagOf(key, await createInParts(this.#client, at, chain([first.value, second.value], parts)));
    } catch (error) {
      if (statusOf(error) === 412) throw new BobbinError("ObjectExists", { key }, { cause: error });
      throw error;
    }
  }

  async replace(key: string, body: Uint8Array, etag: string): Promise<string> {
    try {
      if (etag !== "") return await this.#put(key, { Body: body, IfMatch: etag });
    } catch (error) {
      if (statusOf(error) === 412) throw new BobbinError("ObjectChanged", { key }, { cause: error });
      return orMissing(key, error);
    }
    // A request cannot carry an empty etag.
    throw new BobbinError((await this.head(key)) === null ? "ObjectMissing" : "ObjectChanged", { key });
  }

  /** S3 lists in the order of UTF-8 bytes, which is that of code points. */
  async *list(prefix: string): AsyncIterable<{ readonly key: string; readonly bytes: number }> {
    for (let token: string | undefined; ; ) {
      const page: { Bucket: string; Prefix: string; ContinuationToken?: string } = {
        Bucket: this.#bucket,
        Prefix: prefix,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      };
      const { Contents = [], NextContinuationToken } = await this.#client.send(new ListObjectsV2Command(page));
      for (const { Key, Size = 0 } of Contents) if (Key !== undefined) yield { key: Key, bytes: Size };
      if (NextContinuationToken === undefined) return;
      token = NextContinuationToken;
    }
  }

  #at(key: string) {
    checkKey(key);
    return { Bucket: this.#bucket, Key: key };
  }

  async #put(key: string, more: Pick<PutObjectCommandInput, "Body" | "IfMatch" | "IfNoneMatch">): Promise<string> {
    const input = { ...this.#at(key), ...more, ChecksumAlgorithm: "SHA256" as const };
    const { ETag } = await conditional(key, () => this.#client.send(new PutObjectCommand(input)));
    return etagOf(key, ETag);
  }
}

function etagOf(key: string, etag: string | undefined): string {
  if (etag === undefined) throw new RangeError(`S3 gave no etag for ${key}`);
  return etag;
}

async function* chain(first: readonly Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first;
  yield* rest;
}
