// A machine of lib/workflow as a Step Functions state machine: the same states as on a laptop, with a time limit on the whole,
// and a log that names states and never carries data. It has no key of its own: on an unnamed machine a customer key makes a
// condition that never matches.

import * as logs from "aws-cdk-lib/aws-logs";
import * as sfn from "aws-cdk-lib/aws-stepfunctions";
import { Stack, Validations } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import { type CloudPlace, cloudAsl } from "../workflow/cloud.ts";
import type { Machine } from "../workflow/machine.ts";
import { logGroupName, resourceName } from "./names.ts";

export interface StepMachineProps {
  /** `name` of the settings. */
  readonly name: string;
  readonly machine: Machine;
  /** What each step is here: a function, or a job. */
  readonly place: CloudPlace;
  readonly roleArn: string;
  /** An execution takes no longer than this; Catch does not see that end, so the schedule settles it. */
  readonly timeoutHours: number;
  readonly keyArn: string;
}

const logDays = 30;

export class StepMachine extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: StepMachineProps) {
    super(scope, id);
    const { name, machine, place, roleArn, timeoutHours, keyArn } = props;
    const group = new logs.CfnLogGroup(this, "Log", {
      logGroupName: logGroupName(name, `machine-${machine.name}`),
      retentionInDays: logDays,
      kmsKeyId: keyArn,
    });
    const definition = { ...cloudAsl(machine, place), TimeoutSeconds: timeoutHours * 3600 };
    const made = new sfn.CfnStateMachine(this, "Machine", {
      stateMachineName: resourceName(name, machine.name),
      stateMachineType: "STANDARD",
      definitionString: Stack.of(this).toJsonString(definition),
      roleArn,
      loggingConfiguration: {
        level: "ALL",
        includeExecutionData: false,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: group.attrArn } }],
      },
    });
    Validations.of(made).acknowledge({
      id: "AwsSolutions-SF2",
      reason: "X-Ray would show what the history shows already: one step after the other, each with its times.",
    });
    this.arn = made.attrArn;
  }
}
