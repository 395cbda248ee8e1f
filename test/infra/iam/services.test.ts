// AWS's own services at what is encrypted or queued here: no construct writes these grants, and without them a log stays empty and a
// letter is lost, each without a word. Budgets at the topic is in cost-alarm.test.ts.
import { describe, expect, it } from "@jest/globals";
import { arns, documentOf } from "../../support/iam/bobbin.ts";
import { decide } from "../../support/iam/evaluate.ts";
import type { Context } from "../../support/iam/match.ts";

const account = "111111111111";

function ask(service: string, action: string, [resource, policy]: readonly [string, string], context: Context) {
  return decide(
    {
      principal: { account: "999999999999", arn: service, service },
      ...{ action, resource },
      context: { "aws:SecureTransport": "true", ...context },
    },
    { owner: account, identity: [], resource: documentOf(policy), resourceMustAllow: true },
  );
}
const dataKey = [arns.dataKey, "data-key"] as const;
const letters = [arns.deadLetters, "dead-letters"] as const;

describe("CloudWatch Logs", () => {
  const log = (arn: string) => ({ "kms:EncryptionContext:aws:logs:arn": arn });
  const actions = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:DescribeKey"];

  it.each(["jobs", "image", "admit", "machine-train"])("encrypts the log %s with the data key", (name) => {
    for (const action of actions)
      expect(ask("logs.us-east-1.amazonaws.com", action, dataKey, log(`${arns.logs}/${name}`))).toBe("allowed");
  });

  it("encrypts nobody else's with it, and signs with none", () => {
    for (const arn of [
      arns.logs.replace(account, "222222222222"),
      arns.logs.replace("thaal", "thaal2"),
      arns.logs.replace("us-east-1", "eu-central-1"),
    ])
      expect(ask("logs.us-east-1.amazonaws.com", "kms:GenerateDataKey", dataKey, log(`${arn}/jobs`))).not.toBe(
        "allowed",
      );
    const signing = [arns.signingKey, "signing-key"] as const;
    expect(ask("logs.us-east-1.amazonaws.com", "kms:Sign", signing, {})).not.toBe("allowed");
  });
});

describe("EventBridge", () => {
  const events = "events.amazonaws.com";

  it("leaves a letter of the upload rule, encrypted, and of no other rule", () => {
    const from = (rule: string) => ({ "aws:SourceArn": `${arns.rules}/${rule}`, "aws:SourceAccount": account });
    expect(ask(events, "sqs:SendMessage", letters, from("bobbin-thaal-uploads"))).toBe("allowed");
    expect(ask(events, "sqs:SendMessage", letters, from("somebody-elses"))).not.toBe("allowed");
    expect(ask(events, "sqs:ReceiveMessage", letters, from("bobbin-thaal-uploads"))).not.toBe("allowed");
    for (const action of ["kms:GenerateDataKey", "kms:Decrypt"])
      expect(ask(events, action, dataKey, from("bobbin-thaal-uploads"))).toBe("allowed");
  });

  it("uses the key for no other account", () => {
    expect(ask(events, "kms:Decrypt", dataKey, { "aws:SourceAccount": "222222222222" })).not.toBe("allowed");
  });
});
