// The GPU machines and the queue in front of them: one environment, one instance type, four vCPU, nothing while idle.

import * as batch from "aws-cdk-lib/aws-batch";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import { Fn } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import { type CloudSettings, roleName } from "../../contracts/cloud.ts";
import { resourceName } from "../names.ts";
import { bootScript, userData } from "./user-data.ts";

export interface ComputeProps {
  readonly name: string;
  readonly instanceType: CloudSettings["instanceType"];
  readonly purchase: CloudSettings["purchase"];
  readonly capacityWaitMinutes: number;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  /** Name of the role that the machines take on. */
  readonly instanceRole: string;
}

/** vCPU at one time: one machine of each type we allow. CDK's default of 256 would be 64 GPUs, $51 an hour. */
export const maxVcpus = 4;
/** An image of 8 to 12 GB does not fit the default of 30. */
const rootDiskGib = 80;

/** States a job waits in that no waiting mends. Each may only be cancelled. */
const stuckReasons = [
  "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
  "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
  "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
];

export class Compute extends Construct {
  readonly queueArn: string;
  readonly queueName: string;

  constructor(scope: Construct, id: string, props: ComputeProps) {
    super(scope, id);
    const environment = this.environment(props, this.launchTemplate(props.name), this.instanceProfile(props));
    const queue = new batch.CfnJobQueue(this, "Queue", {
      jobQueueName: resourceName(props.name),
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: environment.attrComputeEnvironmentArn }],
      jobStateTimeLimitActions: stuckReasons.map((reason) => ({
        action: "CANCEL",
        state: "RUNNABLE",
        reason,
        maxTimeSeconds: props.capacityWaitMinutes * 60,
      })),
    });
    this.queueArn = queue.attrJobQueueArn;
    this.queueName = resourceName(props.name);
  }

  private launchTemplate(name: string): ec2.CfnLaunchTemplate {
    return new ec2.CfnLaunchTemplate(this, "Template", {
      launchTemplateData: {
        userData: Fn.base64(userData(bootScript)),
        metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1, httpEndpoint: "enabled" },
        blockDeviceMappings: [
          {
            deviceName: "/dev/xvda",
            ebs: { volumeSize: rootDiskGib, volumeType: "gp3", encrypted: true, deleteOnTermination: true },
          },
        ],
        tagSpecifications: ["instance", "volume"].map((resourceType) => ({
          resourceType,
          tags: [{ key: "bobbin", value: name }],
        })),
      },
    });
  }

  private instanceProfile({ name, instanceRole }: ComputeProps): iam.CfnInstanceProfile {
    return new iam.CfnInstanceProfile(this, "Profile", {
      instanceProfileName: roleName(name, "instance"),
      roles: [instanceRole],
    });
  }

  /** Unnamed, so that it can be replaced. On demand it keeps to one instance type, so both strategies choose among zones only. */
  private environment(
    { purchase, instanceType, subnetIds, securityGroupId }: ComputeProps,
    template: ec2.CfnLaunchTemplate,
    profile: iam.CfnInstanceProfile,
  ): batch.CfnComputeEnvironment {
    const market =
      purchase === "spot"
        ? { type: "SPOT", allocationStrategy: "SPOT_PRICE_CAPACITY_OPTIMIZED", bidPercentage: 100 }
        : { type: "EC2", allocationStrategy: "BEST_FIT_PROGRESSIVE" };
    return new batch.CfnComputeEnvironment(this, "Machines", {
      type: "MANAGED",
      state: "ENABLED",
      computeResources: {
        ...market,
        minvCpus: 0,
        maxvCpus: maxVcpus,
        instanceTypes: [instanceType],
        ec2Configuration: [{ imageType: "ECS_AL2023_NVIDIA" }],
        launchTemplate: { launchTemplateId: template.ref, version: template.attrLatestVersionNumber },
        instanceRole: profile.attrArn,
        subnets: [...subnetIds],
        securityGroupIds: [securityGroupId],
      },
    });
  }
}
