// What the steps really ask of the two buckets and of the key, recorded while they run: the calls that policies/ must allow.
import { isBobbinError } from "../../../lib/contracts/errors.ts";
import type { Body, ObjectStore, Signer, Stores } from "../../../lib/core/ports.ts";
import { type Action, arns } from "./bobbin.ts";

export class Recorder {
  readonly actions: Action[] = [];

  stores({ data, registry }: Stores): Stores {
    return { data: this.store(data, arns.dataBucket), registry: this.store(registry, arns.registryBucket) };
  }

  signer(signer: Signer): Signer {
    const properly = { "kms:MessageType": "RAW", "kms:SigningAlgorithm": "ECDSA_SHA_256" };
    return {
      fingerprint: () => this.say("kms:GetPublicKey", arns.signingKey, {}, () => signer.fingerprint()),
      publicKey: () => this.say("kms:GetPublicKey", arns.signingKey, {}, () => signer.publicKey()),
      sign: (bytes) => this.say("kms:Sign", arns.signingKey, properly, () => signer.sign(bytes)),
    };
  }

  /** What S3 is asked for each method; it encrypts and decrypts with the data key on the way. */
  private store(store: ObjectStore, bucket: string): ObjectStore {
    const read = <T>(key: string, work: () => T) => {
      this.useKey("Decrypt");
      return this.say("s3:GetObject", `${bucket}/${key}`, {}, work);
    };
    const write = <T>(key: string, context: Record<string, string>, work: () => T) => {
      this.useKey("GenerateDataKey");
      return this.say("s3:PutObject", `${bucket}/${key}`, context, work);
    };
    return {
      // Whether a key is missing or forbidden, S3 tells only to who may list.
      get: (key) =>
        read(key, () => store.get(key)).catch((error: unknown) => {
          const thrown = () => Promise.reject(error);
          return isBobbinError(error, "ObjectMissing") ? this.say("s3:ListBucket", bucket, {}, thrown) : thrown();
        }),
      stream: (key, start, end) => read(key, () => store.stream(key, start, end)),
      head: (key) => this.say("s3:ListBucket", bucket, {}, () => read(key, () => store.head(key))),
      create: (key, body: Body) => write(key, { "s3:if-none-match": "*" }, () => store.create(key, body)),
      replace: (key, body, etag) => write(key, { "s3:if-match": etag }, () => store.replace(key, body, etag)),
      list: (prefix) => this.say("s3:ListBucket", bucket, { "s3:prefix": prefix }, () => store.list(prefix)),
    };
  }

  private useKey(name: string): void {
    const context = { "kms:ViaService": "s3.us-east-1.amazonaws.com" };
    this.say(`kms:${name}`, arns.dataKey, context, () => undefined);
  }

  private say<T>(action: string, resource: string, context: Record<string, string>, work: () => T): T {
    this.actions.push({ action, resource, context });
    return work();
  }
}
