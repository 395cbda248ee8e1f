// One bucket as both are: encrypted with the data key, versioned, shut to the public, kept when the stack goes.

import * as s3 from "aws-cdk-lib/aws-s3";
import { RemovalPolicy, Validations } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import type { PolicyDocument } from "../iam/document.ts";
import { type Lifecycle, lifecycleRules } from "./lifecycle.ts";

export interface BucketProps {
  readonly bucketName: string;
  readonly keyArn: string;
  /** The bucket's policy, for the bucket's ARN. */
  readonly policy: (bucketArn: string) => PolicyDocument;
  readonly lifecycle: readonly Lifecycle[];
  /** Tells EventBridge of every object. @default false */
  readonly tellsEventBridge?: boolean;
}

export class Bucket extends Construct {
  constructor(scope: Construct, id: string, props: BucketProps) {
    super(scope, id);
    const bucket = new s3.CfnBucket(this, "Bucket", {
      bucketName: props.bucketName,
      bucketEncryption: {
        serverSideEncryptionConfiguration: [
          {
            bucketKeyEnabled: true,
            serverSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: props.keyArn },
          },
        ],
      },
      publicAccessBlockConfiguration: {
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      ownershipControls: { rules: [{ objectOwnership: "BucketOwnerEnforced" }] },
      versioningConfiguration: { status: "Enabled" },
      lifecycleConfiguration: { rules: lifecycleRules(props.lifecycle) },
      // Through the L1: the flag of the L2 brings a Lambda of its own.
      ...(props.tellsEventBridge === true
        ? { notificationConfiguration: { eventBridgeConfiguration: { eventBridgeEnabled: true } } }
        : {}),
    });
    bucket.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const policy = new s3.CfnBucketPolicy(this, "Policy", {
      bucket: bucket.ref,
      policyDocument: props.policy(bucket.attrArn),
    });
    policy.applyRemovalPolicy(RemovalPolicy.RETAIN);
    Validations.of(bucket).acknowledge({
      id: "AwsSolutions-S1",
      reason:
        "Server access logs would be a third bucket that grows for ever and names who looked at which frame; CloudTrail data events are the user's own choice.",
    });
  }
}
