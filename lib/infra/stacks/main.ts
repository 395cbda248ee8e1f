// Everything that works: roles, network, GPU machines, image, logs, alarms. It can be taken down and put up again at any time.

import * as logs from "aws-cdk-lib/aws-logs";
import * as sns from "aws-cdk-lib/aws-sns";
import { Aws, CfnOutput, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import type { CloudSettings, StackOutputs } from "../../contracts/cloud.ts";
import { Compute } from "../batch/compute.ts";
import { TrainerJob } from "../batch/job.ts";
import { fillPolicy, type Policies } from "../iam/load.ts";
import { TrainerImage } from "../image.ts";
import {
  bucketName,
  keyAlias,
  logGroupName,
  type Place,
  type Placeholder,
  placeholders,
  resourceName,
} from "../names.ts";
import { Network } from "../network.ts";
import { Roles } from "../roles.ts";
import type { DataStack } from "./data.ts";

export interface MainStackProps extends StackProps {
  readonly settings: CloudSettings;
  readonly policies: Policies;
  readonly data: DataStack;
  /** Folder of the trainer, with its Dockerfile. */
  readonly trainer: string;
}

const logDays = 30;

export class MainStack extends Stack {
  private readonly settings: CloudSettings;
  private readonly place: Place;
  private readonly values: Readonly<Record<Placeholder, string>>;
  private readonly data: DataStack;

  constructor(scope: Construct, id: string, { settings, policies, data, trainer, ...props }: MainStackProps) {
    super(scope, id, props);
    this.settings = settings;
    this.data = data;
    this.place = { ...settings, partition: Aws.PARTITION, account: Aws.ACCOUNT_ID };
    this.values = placeholders(this.place, data.keyArns);
    const { name } = settings;
    const roles = new Roles(this, "Roles", { name, policies, values: this.values, datasets: settings.datasets });
    const image = new TrainerImage(this, "Image", {
      name,
      source: trainer,
      buildRoleArn: roles.arn("codebuild"),
      logGroup: this.logGroup("image"),
      keyArn: data.keyArns.dataKey,
    });
    const jobLogs = this.logGroup("jobs");
    const compute = this.compute(roles);
    const job = this.job(roles, image, jobLogs);
    this.tell({
      Region: settings.region,
      DataBucket: this.bucket("data"),
      RegistryBucket: this.bucket("registry"),
      SigningKey: keyAlias(name, "signing"),
      JobQueue: compute.queueName,
      JobDefinition: job.arn,
      JobLogs: jobLogs,
      ImageRepository: image.repositoryName,
      ImageTag: image.tag,
      ImageProject: image.projectName,
      AlarmTopic: this.alarms(policies),
    });
  }

  private bucket(kind: "data" | "registry"): string {
    return bucketName(this.place, kind);
  }

  private logGroup(what: string): string {
    const group = new logs.CfnLogGroup(this, `Logs-${what}`, {
      logGroupName: logGroupName(this.settings.name, what),
      retentionInDays: logDays,
      kmsKeyId: this.data.keyArns.dataKey,
    });
    group.applyRemovalPolicy(RemovalPolicy.DESTROY);
    return group.ref;
  }

  private compute(roles: Roles): Compute {
    const { name, region, zoneIds, instanceType, purchase, capacityWaitMinutes } = this.settings;
    const bucketArns = [this.values.dataBucket, this.values.registryBucket];
    const { subnetIds, securityGroupId } = new Network(this, "Network", { zoneIds, region, bucketArns });
    const instanceRole = roles.roleName("instance");
    return new Compute(this, "Compute", {
      ...{ name, instanceType, purchase, capacityWaitMinutes },
      ...{ subnetIds, securityGroupId, instanceRole },
    });
  }

  private job(roles: Roles, image: TrainerImage, logGroup: string): TrainerJob {
    const { name, region, jobHours, jobAttempts } = this.settings;
    return new TrainerJob(this, "Job", {
      ...{ name, region, jobHours, jobAttempts, logGroup },
      dataBucket: this.bucket("data"),
      registryBucket: this.bucket("registry"),
      image: `${image.repositoryUri}:${image.tag}`,
      jobRoleArn: roles.arn("job"),
    });
  }

  private alarms(policies: Policies): string {
    const file = policies.resources.get("topic");
    if (file === undefined) throw new RangeError("no policy for topic");
    const topic = new sns.CfnTopic(this, "Alarms", {
      topicName: resourceName(this.settings.name),
      kmsMasterKeyId: this.data.keyArns.dataKey,
    });
    new sns.CfnTopicPolicy(this, "AlarmsPolicy", {
      topics: [topic.ref],
      policyDocument: fillPolicy(file.policy, this.values),
    });
    return topic.ref;
  }

  /** The command line finds the stack by name and reads these. */
  private tell(outputs: StackOutputs): void {
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
