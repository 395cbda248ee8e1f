// Everything that works: roles, network, GPU machines, image, logs, alarms. It can be taken down and put up again at any time.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as logs from "aws-cdk-lib/aws-logs";
import * as sns from "aws-cdk-lib/aws-sns";
import { Aws, CfnOutput, CfnResource, Lazy, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib/core";
import type { Construct } from "constructs";
import type { CloudSettings, StackOutputs } from "../../contracts/cloud.ts";
import { idleBill } from "../../core/budget/idle-bill.ts";
import { latestSeconds } from "../../core/budget/job-time.ts";
import { settingsPrices } from "../../core/config/cloud-settings.ts";
import type { CloudPlace } from "../../workflow/cloud.ts";
import { experimentMachine } from "../../workflow/experiment.ts";
import { measureMachine } from "../../workflow/measure.ts";
import { trainMachine } from "../../workflow/train.ts";
import { Compute } from "../batch/compute.ts";
import { TrainerJob } from "../batch/job.ts";
import { CostAlarm } from "../cost-alarm.ts";
import { CvatUsers } from "../cvat-users.ts";
import { Dashboard } from "../dashboard.ts";
import { Functions } from "../functions/functions.ts";
import type { PolicyDocument } from "../iam/document.ts";
import { fillPolicy, type Policies } from "../iam/load.ts";
import { TrainerImage } from "../image.ts";
import { StepMachine } from "../machine.ts";
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
import { Uploads } from "../uploads.ts";
import { Watch } from "../watch.ts";
import type { DataStack } from "./data.ts";

export interface MainStackProps extends StackProps {
  readonly settings: CloudSettings;
  readonly policies: Policies;
  readonly data: DataStack;
  /** Folder that holds lambdas/, node_modules/ and containers/trainer/. */
  readonly root: string;
}

const logDays = 30;
/** Everything of a run but its two jobs; whatever takes longer hangs. */
const hoursAroundJobs = 24;
/** So many trainings of an experiment may each take as long as a run may; Step Functions ends an execution after a year. */
const longTrainings = 50;
const mostHours = 8_760;
/** A job that ends itself at its very last moment has this long to say so. */
const graceSeconds = 300;

/** As the trainer itself reads it. */
function trainerVersion(file: string): string {
  const version = /^version = "([^"]+)"$/m.exec(readFileSync(file, "utf8"))?.[1];
  if (version === undefined) throw new RangeError(`no version in ${file}`);
  return version;
}

export class MainStack extends Stack {
  private readonly settings: CloudSettings;
  private readonly place: Place;
  private readonly values: Readonly<Record<Placeholder, string>>;
  private readonly data: DataStack;

  constructor(scope: Construct, id: string, { settings, policies, data, root, ...props }: MainStackProps) {
    super(scope, id, props);
    this.settings = settings;
    this.data = data;
    this.place = { ...settings, partition: Aws.PARTITION, account: Aws.ACCOUNT_ID };
    this.values = placeholders(this.place, data.keyArns);
    const { name } = settings;
    const roles = new Roles(this, "Roles", { name, policies, values: this.values, datasets: settings.datasets });
    const image = new TrainerImage(this, "Image", {
      name,
      source: join(root, "containers/trainer"),
      buildRoleArn: roles.arn("codebuild"),
      logGroup: this.logGroup("image"),
      keyArn: data.keyArns.dataKey,
    });
    const jobLogs = this.logGroup("jobs");
    const compute = this.compute(roles);
    const job = this.job(roles, image, jobLogs);
    const functions = this.functions(roles, root);
    const place = this.where(functions, compute, job, image);
    const [train, ...others] = this.machines(roles, place);
    const machineArns = [train, ...others].map(({ arn }) => arn);
    this.triggers(roles, policies, { trainArn: train.arn, machineArns, queueArn: compute.queueArn }, functions);
    const { cvat, datasets, budget } = settings;
    if (cvat) new CvatUsers(this, "Cvat", { name, policies, values: this.values, datasets });
    const topic = this.alarms(policies);
    if (budget !== undefined)
      new CostAlarm(this, "CostAlarm", {
        ...{ name, ...budget, topicArn: topic },
        keyArn: data.keyArns.dataKey,
        topicPolicy: this.filled(policies, "cut-off-topic"),
        guardArn: functions.arn("guard"),
      });
    new Dashboard(this, "Dashboard", { name, region: settings.region, machineArns });
    this.tell({
      Region: settings.region,
      DataBucket: this.bucket("data"),
      RegistryBucket: this.bucket("registry"),
      SigningKey: keyAlias(name, "signing"),
      TrainMachine: train.arn,
      JobQueue: compute.queueName,
      JobDefinition: job.arn,
      JobLogs: jobLogs,
      ImageRepository: image.repositoryName,
      ImageTag: image.tag,
      ImageProject: image.projectName,
      AlarmTopic: topic,
      Prices: this.prices(),
    });
  }

  /** All under one role: what they may do is the same. */
  private machines(roles: Roles, place: CloudPlace): readonly [StepMachine, ...StepMachine[]] {
    const { name } = this.settings;
    const common = { name, place, roleArn: roles.arn("machine"), keyArn: this.data.keyArns.dataKey };
    const timeoutHours = this.runHours();
    return [
      new StepMachine(this, "Train", { ...common, machine: trainMachine, timeoutHours }),
      new StepMachine(this, "Measure", { ...common, machine: measureMachine, timeoutHours }),
      new StepMachine(this, "Experiment", {
        ...{ ...common, machine: experimentMachine },
        timeoutHours: Math.min(timeoutHours * longTrainings, mostHours),
      }),
    ];
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
    const { name, region, zoneIds, network, instanceType, purchase, capacityWaitMinutes } = this.settings;
    const bucketArns = [this.values.dataBucket, this.values.registryBucket];
    const { subnetIds, securityGroupId } = new Network(this, "Network", { zoneIds, region, network, bucketArns });
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

  private functions(roles: Roles, root: string): Functions {
    const { name, allowedRegions } = this.settings;
    return new Functions(this, "Functions", {
      ...{ name, root },
      variables: {
        BOBBIN_DATA_BUCKET: this.bucket("data"),
        BOBBIN_REGISTRY_BUCKET: this.bucket("registry"),
        BOBBIN_SIGNING_KEY: keyAlias(name, "signing"),
        BOBBIN_MACHINES: this.values.machines,
        BOBBIN_ALLOWED_REGIONS: allowedRegions.join(","),
        BOBBIN_TRAINER_VERSION: trainerVersion(join(root, "containers/trainer/pyproject.toml")),
        BOBBIN_JOB_QUEUE: resourceName(name),
        BOBBIN_JOB_SECONDS: String(this.settings.jobHours * 3600),
        BOBBIN_ALARM_TOPIC: this.values.topic,
        BOBBIN_PRICES: this.prices(),
      },
      guard: {
        BOBBIN_STACK: name,
        BOBBIN_CUT_OFF_TOPIC: this.settings.budget === undefined ? "" : this.values.cutOffTopic,
        BOBBIN_RUN_SECONDS: String(this.runHours() * 3600),
      },
      roleArn: (role) => roles.arn(role),
      keyArn: this.data.keyArns.dataKey,
    });
  }

  /** The longest that a job may take with all its tries, waiting for a machine included. */
  private jobSeconds(): number {
    const { jobHours, jobAttempts, capacityWaitMinutes } = this.settings;
    return latestSeconds(jobHours * 3600, { tries: jobAttempts, waitSeconds: capacityWaitMinutes * 60 }) + graceSeconds;
  }

  /** An execution takes no longer than this. */
  private runHours(): number {
    return Math.ceil((2 * this.jobSeconds()) / 3600) + hoursAroundJobs;
  }

  /** Known when every resource of the app is: what they cost while nothing runs is a part of it. */
  private prices(): string {
    const resources = () => this.node.root.node.findAll().filter((one) => CfnResource.isCfnResource(one));
    return Lazy.string({
      produce: () =>
        JSON.stringify(settingsPrices(this.settings, idleBill(resources().map((one) => one.cfnResourceType)))),
    });
  }

  private where(functions: Functions, compute: Compute, job: TrainerJob, image: TrainerImage): CloudPlace {
    return {
      functionArn: (name) => functions.arn(name),
      jobQueue: compute.queueArn,
      jobDefinition: job.arn,
      imageProject: image.projectName,
      imageRepository: image.repositoryName,
      imageTag: image.tag,
      jobSeconds: this.jobSeconds(),
    };
  }

  /** What starts runs, and what settles for those that died. */
  private triggers(
    roles: Roles,
    policies: Policies,
    at: { readonly trainArn: string; readonly machineArns: readonly string[]; readonly queueArn: string },
    functions: Functions,
  ): void {
    const { name } = this.settings;
    new Uploads(this, "Uploads", {
      name,
      bucketName: this.bucket("data"),
      machineArn: at.trainArn,
      roleArn: roles.arn("events"),
      keyArn: this.data.keyArns.dataKey,
      deadLetterPolicy: this.filled(policies, "dead-letters"),
    });
    new Watch(this, "Watch", {
      ...{ name, machineArns: at.machineArns, queueArn: at.queueArn },
      guardArn: functions.arn("guard"),
      roleArn: roles.arn("scheduler"),
    });
  }

  private filled(policies: Policies, name: string): PolicyDocument {
    const file = policies.resources.get(name);
    if (file === undefined) throw new RangeError(`no policy for ${name}`);
    return fillPolicy(file.policy, this.values);
  }

  private alarms(policies: Policies): string {
    const topic = new sns.CfnTopic(this, "Alarms", {
      topicName: resourceName(this.settings.name),
      kmsMasterKeyId: this.data.keyArns.dataKey,
    });
    new sns.CfnTopicPolicy(this, "AlarmsPolicy", {
      topics: [topic.ref],
      policyDocument: this.filled(policies, "topic"),
    });
    return topic.ref;
  }

  /** The command line finds the stack by name and reads these. */
  private tell(outputs: StackOutputs): void {
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(this, name, { value });
  }
}
