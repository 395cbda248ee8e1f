// Deployed once, by an administrator: the boundary that every role carries, and what `cdk bootstrap` may hand to CloudFormation.
// It needs no bootstrap itself, and the deployer it makes cannot change it.

import * as iam from "aws-cdk-lib/aws-iam";
import { Aws, BootstraplessSynthesizer, Stack, type StackProps } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import { type CloudSettings, roleName } from "../../contracts/cloud.ts";
import { fillPolicy, type Policies } from "../iam/load.ts";
import { acknowledgeWildcards } from "../nag.ts";
import { placeholders } from "../names.ts";

export interface AccessStackProps extends StackProps {
  readonly settings: CloudSettings;
  readonly policies: Policies;
}

export class AccessStack extends Stack {
  constructor(scope: Construct, id: string, { settings, policies, ...props }: AccessStackProps) {
    super(scope, id, { ...props, synthesizer: new BootstraplessSynthesizer() });
    const { name, region } = settings;
    const values = placeholders({ name, region, partition: Aws.PARTITION, account: Aws.ACCOUNT_ID });
    for (const [role, file] of policies.roles) {
      if (file.trust.kind !== "none") continue;
      const policyDocument = fillPolicy(file.policy, values);
      const policy = new iam.CfnManagedPolicy(this, role, {
        managedPolicyName: roleName(name, role),
        description: file.who,
        policyDocument,
      });
      acknowledgeWildcards(policy, policyDocument, { ...file.reasons, ...file.wildcards });
    }
  }
}
