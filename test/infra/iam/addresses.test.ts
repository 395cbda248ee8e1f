// A VPN in front of the buckets: people come through the door or not at all, machines are not shut out.
import { describe, expect, it } from "@jest/globals";
import { doorStatements, programRoles } from "../../../lib/infra/iam/addresses.ts";
import { fillPolicy, loadPolicies } from "../../../lib/infra/iam/load.ts";
import { arns, decideFor, documentOf, policiesFolder } from "../../support/iam/bobbin.ts";
import { decide } from "../../support/iam/evaluate.ts";
import { recordedCalls } from "../../support/iam/recording.ts";

const account = "111111111111";
const doors = { sourceAddresses: ["100.64.0.0/10"], vpcEndpoints: ["vpce-0a1b2c3d"] };
const programs = programRoles(loadPolicies(policiesFolder));
const statements = doorStatements("dataBucket", doors, programs);
const shut = (name: string, more: typeof statements) =>
  fillPolicy({ Version: "2012-10-17", Statement: [...documentOf(name).Statement, ...more] }, arns);
const resource = shut("data-bucket", statements);
const registry = shut("registry-bucket", doorStatements("registryBucket", doors, programs));
function read(role: string, context: Record<string, string>) {
  const call = {
    principal: { account, arn: `${arns.roles}-${role}` },
    action: "s3:GetObject",
    resource: `${arns.dataBucket}/runs/01JD0000000000000000000000/request.json`,
    context: { "aws:ViaAWSService": "false", ...context },
  };
  return decide(call, { identity: [documentOf(role)], resource, owner: account });
}

describe("behind a VPN", () => {
  it("people read from its addresses and through its endpoint only", () => {
    expect(read("operator", { "aws:SourceIp": "100.100.1.2" })).toBe("allowed");
    expect(read("operator", { "aws:SourceVpce": "vpce-0a1b2c3d" })).toBe("allowed");
    expect(read("operator", { "aws:SourceIp": "203.0.113.5" })).toBe("denied");
    expect(read("operator", { "aws:SourceVpce": "vpce-0ffffffff" })).toBe("denied");
  });

  it("functions and jobs go on from AWS's own addresses", () => {
    expect(read("publish", { "aws:SourceIp": "3.80.0.1" })).toBe("allowed");
    expect(read("job", { "aws:SourceIp": "3.80.0.1" })).toBe("allowed");
  });

  it.each(programs)("%s goes on asking all that it was ever heard to ask of a bucket", (role) => {
    const refused = (recordedCalls()[role] ?? []).filter(({ action, resource: asked, context }) => {
      const bucket = [
        [arns.dataBucket, resource],
        [arns.registryBucket, registry],
      ] as const;
      const [, policy] = bucket.find(([arn]) => asked === arn || asked.startsWith(`${arn}/`)) ?? [];
      const from = { ...context, "aws:SourceIp": "3.80.0.1", "aws:ViaAWSService": "false" };
      return (
        policy !== undefined && decideFor({ role }, { action, resource: asked, context: from }, policy) !== "allowed"
      );
    });
    expect(refused).toEqual([]);
    expect(recordedCalls()[role]?.length ?? 0).toBeGreaterThan(0);
  });

  it("the bucket itself can still be set up from anywhere", () => {
    expect(statements.flatMap(({ Action }) => Action)).not.toContain("s3:*");
    expect(statements.flatMap(({ Action }) => Action)).not.toContain("s3:PutBucketPolicy");
  });

  it("is not there unless the settings name a door", () => {
    expect(doorStatements("dataBucket", { sourceAddresses: [], vpcEndpoints: [] }, programs)).toEqual([]);
  });
});
