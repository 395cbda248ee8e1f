// An upload starts a run: the rule for the two shapes of uploads, and a queue for events that found no way in.
import * as events from "aws-cdk-lib/aws-events";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { Validations } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import { uploadRule } from "../contracts/cloud.ts";
import type { PolicyDocument } from "./iam/document.ts";
import { resourceName } from "./names.ts";

export interface UploadsProps {
  /** `name` of the settings. */
  readonly name: string;
  readonly bucketName: string;
  readonly machineArn: string;
  /** Role that may start the machine. */
  readonly roleArn: string;
  readonly keyArn: string;
  readonly deadLetterPolicy: PolicyDocument;
}

/** A wildcard spans slashes, so deeper keys match too: Admit looks at the depth again. */
export const uploadKeyPatterns = ["incoming/*/*.zip", "incoming/*/*/_COMMIT.json"];

const daysKept = 14;
const hoursTried = 24;

export class Uploads extends Construct {
  constructor(scope: Construct, id: string, props: UploadsProps) {
    super(scope, id);
    const letters = new sqs.CfnQueue(this, "DeadLetters", {
      queueName: resourceName(props.name, "dead-letters"),
      kmsMasterKeyId: props.keyArn,
      messageRetentionPeriod: daysKept * 86_400,
    });
    Validations.of(letters).acknowledge({
      id: "AwsSolutions-SQS3",
      reason: "This is the dead-letter queue; what lies in it is looked at by a person.",
    });
    new sqs.CfnQueuePolicy(this, "Policy", { queues: [letters.ref], policyDocument: props.deadLetterPolicy });
    new events.CfnRule(this, "Rule", {
      name: uploadRule(props.name),
      description: "A zip, or the commit of a folder, starts a run",
      eventPattern: {
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: {
          bucket: { name: [props.bucketName] },
          object: { key: uploadKeyPatterns.map((wildcard) => ({ wildcard })) },
        },
      },
      targets: [
        {
          id: "train",
          arn: props.machineArn,
          roleArn: props.roleArn,
          // The history shows what a state was given: no more than it needs.
          inputTransformer: {
            inputPathsMap: {
              time: "$.time",
              region: "$.region",
              key: "$.detail.object.key",
              version: "$.detail.object.version-id",
            },
            inputTemplate:
              '{"time": <time>, "region": <region>, "upload": {"location": <key>, "versionId": <version>}}',
          },
          deadLetterConfig: { arn: letters.attrArn },
          retryPolicy: { maximumEventAgeInSeconds: hoursTried * 3600, maximumRetryAttempts: 185 },
        },
      ],
    });
  }
}
