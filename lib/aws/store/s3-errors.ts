// What S3 says no with, in the store's own names. Only answers of S3 are translated; everything else is thrown on as it is.
import { S3ServiceException } from "@aws-sdk/client-s3";
import { BobbinError } from "../../contracts/errors.ts";

/** The status of S3's refusal; null where it was another fault. */
export function statusOf(error: unknown): number | null {
  return error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? null) : null;
}

/** A bucket that is not there is not a missing key. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404 && error instanceof Error && error.name !== "NoSuchBucket";
}

/** @throws ObjectMissing, or the error itself */
export function orMissing(key: string, error: unknown): never {
  if (isMissing(error)) throw new BobbinError("ObjectMissing", { key }, { cause: error });
  throw error;
}
