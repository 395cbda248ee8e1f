// The alarm behind the ledger: AWS's own bill for the whole account, hours late, against the sum it may cost in all. It tells people on the way,
// and the guard when the whole sum is billed. The ledger is the cap; this is for what the ledger cannot know. Credits and refunds are left
// out of the sum: with them a new account shows $0 for ever.
import * as budgets from "aws-cdk-lib/aws-budgets";
import * as lambda from "aws-cdk-lib/aws-lambda";
import * as sns from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { costBudget } from "../contracts/cloud.ts";
import { alarmPeriod } from "../core/budget/alarm-period.ts";
import type { PolicyDocument } from "./iam/document.ts";
import { resourceName } from "./names.ts";

export interface CostAlarmProps {
  /** `name` of the settings. */
  readonly name: string;
  /** US dollars. */
  readonly capUsd: number;
  /** Dates. */
  readonly starts: string;
  readonly ends: string;
  /** Addresses that AWS writes to by itself, beside the topic's subscribers. */
  readonly emails: readonly string[];
  /** Tells people. */
  readonly topicArn: string;
  readonly keyArn: string;
  /** Of the topic that tells the guard. */
  readonly topicPolicy: PolicyDocument;
  readonly guardArn: string;
}

type Type = "ACTUAL" | "FORECASTED";
/** AWS takes five alarms a budget, each with one topic and ten addresses. A forecast needs some weeks of bills. */
const alarms: readonly (readonly [type: Type, percent: number])[] = [
  ["ACTUAL", 50],
  ["ACTUAL", 80],
  ["ACTUAL", 100],
  ["FORECASTED", 100],
];

export class CostAlarm extends Construct {
  constructor(scope: Construct, id: string, props: CostAlarmProps) {
    super(scope, id);
    const { name, capUsd, starts, ends, emails, topicArn } = props;
    const { start, end } = alarmPeriod(starts, ends);
    const cutOff = this.cutOffTopic(props);
    new budgets.CfnBudget(this, "Budget", {
      budget: {
        budgetName: costBudget(name),
        budgetType: "COST",
        // One sum for the whole phase: any other unit begins anew each month or year.
        timeUnit: "CUSTOM",
        timePeriod: { start: String(start), end: String(end) },
        budgetLimit: { amount: capUsd, unit: "USD" },
        costTypes: { includeCredit: false, includeRefund: false },
      },
      notificationsWithSubscribers: alarms.map(([notificationType, threshold]) => ({
        notification: {
          notificationType,
          comparisonOperator: "GREATER_THAN",
          threshold,
          thresholdType: "PERCENTAGE",
        },
        subscribers: [
          // The guard tells people what it has done, so the last alarm reaches them too.
          { subscriptionType: "SNS", address: isLast(notificationType, threshold) ? cutOff.ref : topicArn },
          ...emails.map((address) => ({ subscriptionType: "EMAIL", address })),
        ],
      })),
    });
  }

  private cutOffTopic({ name, keyArn, topicPolicy, guardArn }: CostAlarmProps): sns.CfnTopic {
    const topic = new sns.CfnTopic(this, "CutOff", {
      topicName: resourceName(name, "cut-off"),
      kmsMasterKeyId: keyArn,
      // In the topic itself: it goes with it, and nobody needs the right to take it away.
      subscription: [{ protocol: "lambda", endpoint: guardArn }],
    });
    new sns.CfnTopicPolicy(this, "CutOffPolicy", { topics: [topic.ref], policyDocument: topicPolicy });
    new lambda.CfnPermission(this, "CutOffMayCall", {
      action: "lambda:InvokeFunction",
      functionName: guardArn,
      principal: "sns.amazonaws.com",
      sourceArn: topic.ref,
    });
    return topic;
  }
}

const isLast = (type: Type, percent: number) => type === "ACTUAL" && percent === 100;
