// One page in CloudWatch: what the budget stands at, drawn from the lines that the guard logs, and how runs and the guard do. The first three
// dashboards of an account are free, and so are AWS's own metrics; a query of the log costs when somebody looks, and next to nothing.
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { Stack } from "aws-cdk-lib/core";
import { Construct } from "constructs";
import { logGroupName, resourceName } from "./names.ts";

export interface DashboardProps {
  /** `name` of the settings. */
  readonly name: string;
  readonly region: string;
  /** Of all machines. */
  readonly machineArns: readonly string[];
}

const sums = ["cap", "committed", "settled", "promised", "bill", "left", "next"] as const;

export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { name, region, machineArns }: DashboardProps) {
    super(scope, id);
    const source = `SOURCE '${logGroupName(name, "guard")}' | filter message = "money"`;
    const dollars = (by: string) => sums.map((sum) => `${by}(money.${sum} / 1000000) as ${sum}`).join(", ");
    const log = (title: string, view: string, query: string) => ({
      type: "log",
      properties: { title, view, region, query: `${source} | ${query}` },
    });
    const metric = (title: string, metrics: readonly (readonly string[])[]) => ({
      type: "metric",
      properties: { title, region, metrics, stat: "Sum", period: 3600, view: "timeSeries" },
    });
    const executions = machineArns.flatMap((arn) =>
      ["Succeeded", "Failed", "Aborted", "TimedOut"].map((end) => [
        ...["AWS/States", `Executions${end}`, "StateMachineArn", arn],
      ]),
    );
    const guard = ["Invocations", "Errors"].map((what) => [
      ...["AWS/Lambda", what, "FunctionName", resourceName(name, "guard")],
    ]);
    const widgets = [
      [0, 0, 24, 5, log("The budget now, in dollars", "table", `stats ${dollars("latest")} by money.budget as budget`)],
      [0, 5, 24, 8, log("Committed, spent and billed, in dollars", "timeSeries", `stats ${dollars("max")} by bin(1h)`)],
      [0, 13, 12, 6, metric("Runs", executions)],
      [12, 13, 12, 6, metric("The guard", guard)],
    ] as const;
    new cloudwatch.CfnDashboard(this, "Page", {
      dashboardName: resourceName(name),
      dashboardBody: Stack.of(this).toJsonString({
        widgets: widgets.map(([x, y, width, height, widget]) => ({ x, y, width, height, ...widget })),
      }),
    });
  }
}
