// Calls the guard: at each end of an execution that ended badly, when a job begins or ends, and every fifteen minutes. None of these starts
// a run, so a cut-off leaves them alone: without them nobody would settle for what it ended.
import * as events from "aws-cdk-lib/aws-events";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as scheduler from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";
import { resourceName } from "./names.ts";

export interface WatchProps {
  /** `name` of the settings. */
  readonly name: string;
  /** Of all machines. */
  readonly machineArns: readonly string[];
  readonly queueArn: string;
  readonly guardArn: string;
  /** Role of the schedule. */
  readonly roleArn: string;
}

export class Watch extends Construct {
  constructor(scope: Construct, id: string, { name, machineArns, queueArn, guardArn, roleArn }: WatchProps) {
    super(scope, id);
    const call = (what: string, description: string, eventPattern: object) => {
      const rule = new events.CfnRule(this, what, {
        ...{ name: resourceName(name, what.toLowerCase()), description, eventPattern },
        targets: [{ id: "guard", arn: guardArn }],
      });
      new lambda.CfnPermission(this, `${what}MayCall`, {
        action: "lambda:InvokeFunction",
        functionName: guardArn,
        principal: "events.amazonaws.com",
        sourceArn: rule.attrArn,
      });
    };
    call("Ended", "An execution that ended badly is settled for", {
      source: ["aws.states"],
      "detail-type": ["Step Functions Execution Status Change"],
      detail: { status: ["ABORTED", "TIMED_OUT", "FAILED"], stateMachineArn: machineArns },
    });
    call("Jobs", "A job that begins has a run, and one that has ended is proven", {
      source: ["aws.batch"],
      "detail-type": ["Batch Job State Change"],
      detail: { status: ["RUNNING", "SUCCEEDED", "FAILED"], jobQueue: [queueArn] },
    });
    new scheduler.CfnSchedule(this, "Schedule", {
      name: resourceName(name, "guard"),
      description: "The guard looks at everything",
      scheduleExpression: "rate(15 minutes)",
      flexibleTimeWindow: { mode: "OFF" },
      target: { arn: guardArn, roleArn, input: "{}", retryPolicy: { maximumRetryAttempts: 2 } },
    });
  }
}
