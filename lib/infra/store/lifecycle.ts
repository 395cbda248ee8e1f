// How long what lies in the buckets stays there, as data. Prefixes are those of lib/contracts/layout.ts; a test holds them together.
// S3 filters by prefix and tag only, so what lies deeper under runs/ is told by a tag that its writer gives it.
import type * as s3 from "aws-cdk-lib/aws-s3";
import { expiryTag } from "../../contracts/cloud.ts";

export interface Lifecycle {
  readonly id: string;
  /** Absent: the whole bucket. */
  readonly prefix?: string;
  /** Only objects with this tag. */
  readonly tag?: { readonly key: string; readonly value: string };
  /** After its creation the object is removed. */
  readonly expireDays?: number;
  /** A version that is no longer the current one goes after this. */
  readonly noncurrentDays?: number;
  /** Parts of an upload that was never finished. */
  readonly abortMultipartDays?: number;
}

const tagged = (value: string) => ({ key: expiryTag.key, value });

/** Frames, data set versions and journals stay; they are what a release rests on. */
export const dataLifecycle: readonly Lifecycle[] = [
  { id: "noncurrent-and-unfinished", noncurrentDays: 7, abortMultipartDays: 2 },
  { id: "ingested-uploads", prefix: "incoming/", tag: tagged(expiryTag.ingestedUpload), expireDays: 90 },
  { id: "ingested-exports", prefix: "exports/", tag: tagged(expiryTag.ingestedUpload), expireDays: 90 },
  { id: "checkpoints", prefix: "runs/", tag: tagged(expiryTag.checkpoint), expireDays: 14 },
];

/** Nothing current is ever removed. Earlier versions of the ledger stay a year, for whoever audits it; a lock's are noise. */
export const registryLifecycle: readonly Lifecycle[] = [
  { id: "unfinished", abortMultipartDays: 2 },
  { id: "earlier-ledgers", prefix: "ledger/", noncurrentDays: 365 },
  { id: "earlier-locks", prefix: "locks/", noncurrentDays: 7 },
];

export function lifecycleRules(rules: readonly Lifecycle[]): s3.CfnBucket.RuleProperty[] {
  return rules.map(({ id, prefix, tag, expireDays, noncurrentDays, abortMultipartDays }) => ({
    id,
    status: "Enabled",
    ...(prefix === undefined ? {} : { prefix }),
    ...(tag === undefined ? {} : { tagFilters: [tag] }),
    ...(expireDays === undefined ? {} : { expirationInDays: expireDays }),
    ...(noncurrentDays === undefined ? {} : { noncurrentVersionExpiration: { noncurrentDays } }),
    ...(abortMultipartDays === undefined
      ? {}
      : { abortIncompleteMultipartUpload: { daysAfterInitiation: abortMultipartDays } }),
  }));
}
