// People reach the buckets only from a VPN's addresses or through a VPC endpoint, where the settings name one.
// Functions and jobs are left out: they call from AWS's own addresses, and hold what their roles say.
import type { Statement } from "./document.ts";

export interface Doors {
  /** CIDR blocks. */
  readonly sourceAddresses: readonly string[];
  readonly vpcEndpoints: readonly string[];
}

/** Roles that AWS services take on, for which no address is known. */
export const serviceRoles = ["admit", "ingest", "split", "reserve", "compare", "publish", "settle", "job"] as const;

/** Calls on objects; how a bucket is set up stays in reach, or a typing error would lock everybody out for ever. */
const objectCalls = [
  "s3:DeleteObject",
  "s3:DeleteObjectVersion",
  "s3:GetObject",
  "s3:GetObjectVersion",
  "s3:ListBucket",
  "s3:ListBucketVersions",
  "s3:PutObject",
];

/** One statement for a bucket's policy, with placeholders; none where every door is open. */
export function doorStatements(bucket: "dataBucket" | "registryBucket", doors: Doors): readonly Statement[] {
  const { sourceAddresses, vpcEndpoints } = doors;
  if (sourceAddresses.length + vpcEndpoints.length === 0) return [];
  const Condition: Statement["Condition"] = {
    Bool: { "aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false" },
    ArnNotEquals: { "aws:PrincipalArn": serviceRoles.map((role) => `{roles}-${role}`) },
    ...(sourceAddresses.length === 0 ? {} : { NotIpAddress: { "aws:SourceIp": [...sourceAddresses] } }),
    ...(vpcEndpoints.length === 0 ? {} : { StringNotEquals: { "aws:SourceVpce": [...vpcEndpoints] } }),
  };
  const Resource = [`{${bucket}}`, `{${bucket}}/*`];
  return [{ Sid: "OnlyThroughDoors", Effect: "Deny", Principal: "*", Action: objectCalls, Resource, Condition }];
}
