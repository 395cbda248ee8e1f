// Calls Settle for runs that nobody settled for: at once when an execution of the machine ended badly, and every fifteen minutes.
import * as events from "aws-cdk-lib/aws-events";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as scheduler from "aws-cdk-lib/aws-scheduler";
import { Construct } from "constructs";
import { resourceName } from "./names.ts";

export interface WatchProps {
  /** `name` of the settings. */
  readonly name: string;
  readonly machineArn: string;
  readonly settleArn: string;
  /** Role of the schedule. */
  readonly roleArn: string;
}

export class Watch extends Construct {
  constructor(scope: Construct, id: string, { name, machineArn, settleArn, roleArn }: WatchProps) {
    super(scope, id);
    const rule = new events.CfnRule(this, "Ended", {
      name: resourceName(name, "ended"),
      description: "An execution that ended badly is settled for",
      eventPattern: {
        source: ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        detail: { status: ["ABORTED", "TIMED_OUT", "FAILED"], stateMachineArn: [machineArn] },
      },
      targets: [{ id: "settle", arn: settleArn }],
    });
    new lambda.CfnPermission(this, "MayCall", {
      action: "lambda:InvokeFunction",
      functionName: settleArn,
      principal: "events.amazonaws.com",
      sourceArn: rule.attrArn,
    });
    new scheduler.CfnSchedule(this, "Schedule", {
      name: resourceName(name, "settle"),
      description: "Runs that died without a word are settled for",
      scheduleExpression: "rate(15 minutes)",
      flexibleTimeWindow: { mode: "OFF" },
      target: { arn: settleArn, roleArn, input: "{}", retryPolicy: { maximumRetryAttempts: 2 } },
    });
  }
}
