// A walk over two buckets of S3; a lost answer is lost on the line, and the SDK asks again.
import type { S3Client } from "@aws-sdk/client-s3";
import { s3Store } from "../../../lib/aws/store/s3-store.ts";
import { freshBucket, trouble } from "../aws.ts";
import { programOf, settingOf } from "../model/programs.ts";
import type { Ground } from "./walker.ts";
import { LocalWork, look } from "./work.ts";

export async function onS3(client: S3Client): Promise<Ground> {
  const [data, registry] = [await freshBucket(client), await freshBucket(client)];
  const stores = { data: s3Store(client, data), registry: s3Store(client, registry) };
  const lose = (...given: Parameters<typeof look>) => {
    trouble(client, "PutObjectCommand", "lost");
    return look(...given);
  };
  return {
    ...{ stores, atOnce: true, deaths: 2 },
    begin: (call, skew, next, cap) => LocalWork.begin(programOf(call, skew, next, settingOf(cap)), { stores, lose }),
  };
}
