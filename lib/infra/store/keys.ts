// The two keys. Both outlive the stack: without the data key the retained buckets could not be read, without the other one nothing
// more could be signed under the fingerprint that devices know.

import * as kms from "aws-cdk-lib/aws-kms";
import { RemovalPolicy } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import type { PolicyDocument } from "../iam/document.ts";
import { keyAlias } from "../names.ts";

export interface KeysProps {
  /** `name` of the settings. */
  readonly name: string;
  readonly dataKeyPolicy: PolicyDocument;
  readonly signingKeyPolicy: PolicyDocument;
}

export class Keys extends Construct {
  readonly data: kms.CfnKey;
  readonly signing: kms.CfnKey;

  constructor(scope: Construct, id: string, props: KeysProps) {
    super(scope, id);
    this.data = new kms.CfnKey(this, "Data", {
      description: `Bobbin ${props.name}: buckets, logs, topic and dead letters`,
      enableKeyRotation: true,
      keyPolicy: props.dataKeyPolicy,
      pendingWindowInDays: 30,
    });
    this.signing = new kms.CfnKey(this, "Signing", {
      description: `Bobbin ${props.name}: signs releases`,
      keySpec: "ECC_NIST_P256",
      keyUsage: "SIGN_VERIFY",
      keyPolicy: props.signingKeyPolicy,
      pendingWindowInDays: 30,
    });
    for (const [kind, key] of [["data", this.data] as const, ["signing", this.signing] as const]) {
      key.applyRemovalPolicy(RemovalPolicy.RETAIN);
      new kms.CfnAlias(this, `${kind}Alias`, { aliasName: keyAlias(props.name, kind), targetKeyId: key.ref });
    }
  }
}
