// Where a bucket stands, as S3 itself says: also to a client of another region, which it sends away with the right one.
import { HeadBucketCommand, type S3Client, S3ServiceException } from "@aws-sdk/client-s3";
import { statusOf } from "./s3-errors.ts";

const header = "x-amz-bucket-region";

/** @param buckets what a bucket is called in words, and its name */
export function bucketRegions(
  client: S3Client,
  buckets: Readonly<Record<string, string>>,
): () => Promise<Readonly<Record<string, string>>> {
  const asked = async ([what, bucket]: readonly [string, string]) => [what, await regionOf(client, bucket)] as const;
  return async () => Object.fromEntries(await Promise.all(Object.entries(buckets).map(asked)));
}

async function regionOf(client: S3Client, Bucket: string): Promise<string> {
  try {
    const { BucketRegion } = await client.send(new HeadBucketCommand({ Bucket }));
    if (BucketRegion === undefined) throw new RangeError(`S3 did not say where ${Bucket} stands`);
    return BucketRegion;
  } catch (error) {
    const said =
      statusOf(error) === 301 && error instanceof S3ServiceException ? error.$response?.headers[header] : null;
    if (typeof said !== "string") throw error;
    return said;
  }
}
