// People reach the buckets only from a VPN's addresses or through a VPC endpoint, where the settings name one.
// Functions and jobs are left out: they call from AWS's own addresses, and hold what their roles say.
import type { Statement } from "./document.ts";
import type { Policies } from "./load.ts";

export interface Doors {
  /** CIDR blocks. */
  readonly sourceAddresses: readonly string[];
  readonly vpcEndpoints: readonly string[];
}

/** What our programs run in; no address of theirs is known before. */
const programServices: readonly string[] = ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"];

/** Roles of functions and jobs, as policies/ tells them: one that is added there is not shut out here. */
export function programRoles({ roles }: Policies): readonly string[] {
  const files = [...roles].filter(
    ([, { trust }]) => trust.kind === "service" && programServices.includes(trust.service),
  );
  return files.map(([name]) => name);
}

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

/**
 * One statement for a bucket's policy, with placeholders; none where every door is open.
 * @param programs roles that come through no door
 */
export function doorStatements(
  bucket: "dataBucket" | "registryBucket",
  doors: Doors,
  programs: readonly string[],
): readonly Statement[] {
  const { sourceAddresses, vpcEndpoints } = doors;
  if (sourceAddresses.length + vpcEndpoints.length === 0) return [];
  const Condition: Statement["Condition"] = {
    Bool: { "aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false" },
    ArnNotEquals: { "aws:PrincipalArn": programs.map((role) => `{roles}-${role}`) },
    ...(sourceAddresses.length === 0 ? {} : { NotIpAddress: { "aws:SourceIp": [...sourceAddresses] } }),
    ...(vpcEndpoints.length === 0 ? {} : { StringNotEquals: { "aws:SourceVpce": [...vpcEndpoints] } }),
  };
  const Resource = [`{${bucket}}`, `{${bucket}}/*`];
  return [{ Sid: "OnlyThroughDoors", Effect: "Deny", Principal: "*", Action: objectCalls, Resource, Condition }];
}
