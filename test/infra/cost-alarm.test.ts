// The alarm behind the ledger: what AWS counts, for how long, and that its word gets through the topic's encryption.
import { describe, expect, it } from "@jest/globals";
import { arns, documentOf } from "../support/iam/bobbin.ts";
import { decide } from "../support/iam/evaluate.ts";
import { only, plain, resources, synthesise } from "../support/synth.ts";

const budget = { capUsd: 200, starts: "2026-12-01", ends: "2027-11-30", emails: ["somebody@example.org"] };
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

  type Told = {
    Notification: { NotificationType: string; Threshold: number };
    Subscribers: { SubscriptionType: string; Address: string }[];
  };
  const told: Told[] = plain(NotificationsWithSubscribers);
  const topics = resources(main, "AWS::SNS::Topic").map(({ id, Properties }) => ({ id, ...Properties }));
  const people = topics.find(({ TopicName }) => TopicName === "bobbin-thaal");
  const cutOff = topics.find(({ TopicName }) => TopicName === "bobbin-thaal-cut-off");
  const wrote = { SubscriptionType: "EMAIL", Address: "somebody@example.org" };

  it("tells people on the way, also by e-mail, and what it foresees", () => {
    expect(told.map(({ Notification: { NotificationType, Threshold } }) => [NotificationType, Threshold])).toEqual([
      ["ACTUAL", 50],
      ["ACTUAL", 80],
      ["ACTUAL", 100],
      ["FORECASTED", 100],
    ]);
    for (const { Notification, Subscribers } of told) {
      const last = Notification.NotificationType === "ACTUAL" && Notification.Threshold === 100;
      const topic = { SubscriptionType: "SNS", Address: `<${(last ? cutOff : people)?.id}>` };
      expect(Subscribers).toEqual([topic, wrote]);
    }
  });

  it("tells the guard, and nobody else, when the whole sum is billed", () => {
    const [guard] = resources(main, "AWS::Lambda::Function").filter(
      ({ Properties }) => Properties.FunctionName === "bobbin-thaal-guard",
    );
    expect(plain(cutOff?.Subscription)).toEqual([{ Protocol: "lambda", Endpoint: `<${guard?.id}.Arn>` }]);
    expect(cutOff?.KmsMasterKeyId).toBeDefined();
    expect(plain(guard?.Properties.Environment.Variables.BOBBIN_CUT_OFF_TOPIC)).toBe(arns.cutOffTopic);
    expect(resources(main, "AWS::Lambda::Permission").map(({ Properties }) => plain(Properties))).toContainEqual({
      ...{ Action: "lambda:InvokeFunction", Principal: "sns.amazonaws.com" },
      ...{ FunctionName: `<${guard?.id}.Arn>`, SourceArn: `<${cutOff?.id}>` },
    });
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

  it("may tell both topics, and encrypt what it tells", () => {
    expect(ask("sns:Publish", arns.topic, "topic")).toBe("allowed");
    expect(ask("sns:Publish", arns.cutOffTopic, "cut-off-topic")).toBe("allowed");
    for (const action of ["kms:GenerateDataKey", "kms:Decrypt"])
      expect(ask(action, arns.dataKey, "data-key")).toBe("allowed");
  });

  it("may do neither for another account", () => {
    expect(ask("sns:Publish", arns.topic, "topic", "222222222222")).not.toBe("allowed");
    expect(ask("sns:Publish", arns.cutOffTopic, "cut-off-topic", "222222222222")).not.toBe("allowed");
    expect(ask("kms:GenerateDataKey", arns.dataKey, "data-key", "222222222222")).not.toBe("allowed");
  });
});
