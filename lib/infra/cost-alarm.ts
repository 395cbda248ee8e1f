// The alarm behind the ledger: AWS's own bill for the whole account, hours late, against the sum it may cost in all. It stops nothing;
// the ledger is the cap. Credits and refunds are left out of the sum: with them a new account shows $0 for ever.
import * as budgets from "aws-cdk-lib/aws-budgets";
import { Construct } from "constructs";
import { alarmPeriod } from "../core/budget/alarm-period.ts";
import { resourceName } from "./names.ts";

export interface CostAlarmProps {
  /** `name` of the settings. */
  readonly name: string;
  /** US dollars. */
  readonly capUsd: number;
  /** Dates. */
  readonly starts: string;
  readonly ends: string;
  readonly topicArn: string;
}

/** Of what was really billed. AWS takes five a budget, and forecasts need weeks of history that a phase does not have. */
const percents = [25, 50, 80, 100, 120];

export class CostAlarm extends Construct {
  constructor(scope: Construct, id: string, { name, capUsd, starts, ends, topicArn }: CostAlarmProps) {
    super(scope, id);
    const { start, end } = alarmPeriod(starts, ends);
    new budgets.CfnBudget(this, "Budget", {
      budget: {
        budgetName: resourceName(name),
        budgetType: "COST",
        // One sum for the whole phase: any other unit begins anew each month or year.
        timeUnit: "CUSTOM",
        timePeriod: { start: String(start), end: String(end) },
        budgetLimit: { amount: capUsd, unit: "USD" },
        costTypes: { includeCredit: false, includeRefund: false },
      },
      notificationsWithSubscribers: percents.map((threshold) => ({
        notification: {
          notificationType: "ACTUAL",
          comparisonOperator: "GREATER_THAN",
          threshold,
          thresholdType: "PERCENTAGE",
        },
        subscribers: [{ subscriptionType: "SNS", address: topicArn }],
      })),
    });
  }
}
