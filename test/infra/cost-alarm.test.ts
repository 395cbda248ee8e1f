// The alarm behind the ledger: what AWS counts, for how long, and that its word gets through the topic's encryption.
import { describe, expect, it } from "@jest/globals";
import { arns, documentOf } from "../support/iam/bobbin.ts";
import { decide } from "../support/iam/evaluate.ts";
import { only, plain, resources, synthesise } from "../support/synth.ts";

const budget = { capUsd: 200, starts: "2026-12-01", ends: "2027-11-30" };
const { main } = synthesise({ budget });
const { Budget, NotificationsWithSubscribers } = only(main, "AWS::Budgets::Budget").Properties;

describe("the alarm of what the account costs", () => {
  it("is one sum for the whole phase, watched a year longer", () => {
    expect(Budget).toMatchObject({
      BudgetName: "bobbin-thaal",
      BudgetType: "COST",
      BudgetLimit: { Amount: 200, Unit: "USD" },
      TimeUnit: "CUSTOM",
      TimePeriod: {
        Start: String(Date.UTC(2026, 11, 1) / 1000),
        End: String(Date.UTC(2028, 10, 30) / 1000),
      },
    });
  });

  it("counts the whole account, and as if there were no credits", () => {
    expect(Budget.CostTypes).toEqual({ IncludeCredit: false, IncludeRefund: false });
    const said = ["BudgetLimit", "BudgetName", "BudgetType", "CostTypes", "TimePeriod", "TimeUnit"];
    expect(Object.keys(Budget).sort()).toEqual(said);
  });

  it("tells the topic before, at and past the sum, of what was really billed", () => {
    const topic = only(main, "AWS::SNS::Topic").id;
    type Told = { Notification: { NotificationType: string; Threshold: number }; Subscribers: object[] };
    const told: Told[] = plain(NotificationsWithSubscribers);
    expect(told.map(({ Notification }) => Notification.Threshold)).toEqual([25, 50, 80, 100, 120]);
    for (const { Notification, Subscribers } of told) {
      expect(Notification.NotificationType).toBe("ACTUAL");
      expect(Subscribers).toEqual([{ SubscriptionType: "SNS", Address: `<${topic}>` }]);
    }
  });

  it("is not there where nobody has said a sum", () => {
    expect(resources(synthesise().main, "AWS::Budgets::Budget")).toEqual([]);
  });
});

describe("AWS Budgets", () => {
  const ask = (action: string, resource: string, policy: string, source = "111111111111") =>
    decide(
      {
        principal: { account: "111111111111", arn: "budgets.amazonaws.com", service: "budgets.amazonaws.com" },
        ...{ action, resource },
        context: { "aws:SourceAccount": source, "aws:SecureTransport": "true" },
      },
      { owner: "111111111111", identity: [], resource: documentOf(policy), resourceMustAllow: true },
    );

  it("may tell the topic, and encrypt what it tells", () => {
    expect(ask("sns:Publish", arns.topic, "topic")).toBe("allowed");
    for (const action of ["kms:GenerateDataKey", "kms:Decrypt"])
      expect(ask(action, arns.dataKey, "data-key")).toBe("allowed");
  });

  it("may do neither for another account", () => {
    expect(ask("sns:Publish", arns.topic, "topic", "222222222222")).not.toBe("allowed");
    expect(ask("kms:GenerateDataKey", arns.dataKey, "data-key", "222222222222")).not.toBe("allowed");
  });
});
