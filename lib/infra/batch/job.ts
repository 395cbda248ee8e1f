// The one job definition: the trainer on a GPU, tried again only where Spot took the machine away.
import * as batch from "aws-cdk-lib/aws-batch";
import { Construct } from "constructs";
import type { AccountVariables } from "../../contracts/cloud-job.ts";
import { attemptSeconds } from "../../core/budget/job-time.ts";
import { resourceName } from "../names.ts";
import { maxVcpus } from "./compute.ts";
import { scratchFolder, trainerUid } from "./user-data.ts";

export interface TrainerJobProps {
  readonly name: string;
  readonly region: string;
  /** Repository and tag. */
  readonly image: string;
  readonly jobRoleArn: string;
  readonly logGroup: string;
  readonly dataBucket: string;
  readonly registryBucket: string;
  /** One try may take this long. */
  readonly jobHours: number;
  readonly jobAttempts: number;
}

/** Of 16 GiB; the agent and the kernel need the rest, and a job that asks for more finds no machine for ever. */
const memoryMib = 14_000;
const sharedMemoryMib = 4_096;

export class TrainerJob extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: TrainerJobProps) {
    super(scope, id);
    const definition = new batch.CfnJobDefinition(this, "Definition", {
      jobDefinitionName: resourceName(props.name),
      type: "container",
      platformCapabilities: ["EC2"],
      propagateTags: true,
      // The machine sets it by the recipe; so a job that is submitted by hand has an end too.
      timeout: { attemptDurationSeconds: attemptSeconds(props.jobHours * 3600) },
      // SubmitJob must leave attempts out, or this list is not looked at. Without the last line everything is tried again.
      retryStrategy: {
        attempts: props.jobAttempts,
        evaluateOnExit: [
          { action: "RETRY", onStatusReason: "Host EC2*" },
          { action: "EXIT", onReason: "*" },
        ],
      },
      containerProperties: this.container(props),
    });
    this.arn = definition.ref;
  }

  private container(props: TrainerJobProps): batch.CfnJobDefinition.ContainerPropertiesProperty {
    const environment: AccountVariables = {
      BOBBIN_DATA_BUCKET: props.dataBucket,
      BOBBIN_REGISTRY_BUCKET: props.registryBucket,
      BOBBIN_SCRATCH: scratchFolder,
      AWS_REGION: props.region,
    };
    return {
      image: props.image,
      jobRoleArn: props.jobRoleArn,
      user: `${trainerUid}:${trainerUid}`,
      privileged: false,
      environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
      resourceRequirements: [
        { type: "GPU", value: "1" },
        { type: "VCPU", value: String(maxVcpus) },
        { type: "MEMORY", value: String(memoryMib) },
      ],
      linuxParameters: { initProcessEnabled: true, sharedMemorySize: sharedMemoryMib },
      volumes: [{ name: "scratch", host: { sourcePath: scratchFolder } }],
      mountPoints: [{ sourceVolume: "scratch", containerPath: scratchFolder, readOnly: false }],
      logConfiguration: {
        logDriver: "awslogs",
        options: {
          "awslogs-group": props.logGroup,
          "awslogs-region": props.region,
          "awslogs-stream-prefix": "trainer",
        },
      },
    };
  }
}
