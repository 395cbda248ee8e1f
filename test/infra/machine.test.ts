// The machine and the rule that starts it, each in a stack of its own until the functions of the steps are there.
import { describe, expect, it } from "@jest/globals";
import { App, Stack } from "aws-cdk-lib/core";
import { AwsSolutionsChecks } from "cdk-nag";
import * as fc from "fast-check";
import { parseUploadKey } from "../../lib/contracts/layout.ts";
import { StepMachine } from "../../lib/infra/machine.ts";
import { Uploads, uploadKeyPatterns } from "../../lib/infra/uploads.ts";
import { trainMachine } from "../../lib/workflow/train.ts";
import { arns, documentOf } from "../support/iam/bobbin.ts";
import { isLike } from "../support/iam/match.ts";
import { holds } from "../support/property.ts";
import { only, resources } from "../support/synth.ts";

process.env.CDK_VALIDATION = "false";
const app = new App();
const stack = new Stack(app, "Machines", { env: { region: "us-east-1" } });
const roleArn = `${arns.roles}-machine`;
const machine = new StepMachine(stack, "Train", {
  name: "thaal",
  machine: trainMachine,
  place: {
    functionArn: (step) => `${arns.functions}-${step}`,
    jobQueue: arns.queue,
    jobDefinition: arns.jobDefinition,
    imageProject: "bobbin-thaal-image",
    imageRepository: "bobbin-thaal",
    imageTag: "tag",
    jobSeconds: 50_000,
  },
  roleArn,
  timeoutHours: 48,
  keyArn: arns.dataKey,
});
new Uploads(stack, "Uploads", {
  name: "thaal",
  bucketName: "bobbin-thaal-data-111111111111-us-east-1",
  machineArn: machine.arn,
  roleArn: `${arns.roles}-events`,
  keyArn: arns.dataKey,
  deadLetterPolicy: documentOf("dead-letters"),
});
const findings = new AwsSolutionsChecks(app).validateScope(app).violations;
const { template } = app.synth().getStackByName("Machines");
const made = only(template, "AWS::StepFunctions::StateMachine").Properties;
const definition = JSON.parse(made.DefinitionString);

describe("the machine", () => {
  it("has the states of lib/workflow, and around jobs and image what the cloud needs", () => {
    const more = ["FindImage", "StageTrain", "CollectTrain", "StagePredict", "CollectPredict"];
    expect(Object.keys(definition.States).toSorted()).toEqual(
      [...Object.keys(trainMachine.states), ...more].toSorted(),
    );
    expect(definition.StartAt).toBe("Admit");
    expect(made.StateMachineName).toBe("bobbin-thaal-train");
  });

  it("ends by itself, and so does each of its tasks", () => {
    expect(definition.TimeoutSeconds).toBe(48 * 3600);
    const tasks = Object.values<Record<string, unknown>>(definition.States).filter(({ Type }) => Type === "Task");
    expect(tasks.length).toBeGreaterThan(8);
    for (const task of tasks) expect(task.TimeoutSeconds).toBeGreaterThan(0);
  });

  it("is logged without its data, into a log that ends", () => {
    expect(made.LoggingConfiguration).toMatchObject({ Level: "ALL", IncludeExecutionData: false });
    expect(only(template, "AWS::Logs::LogGroup").Properties.RetentionInDays).toBe(30);
  });

  it("keeps the key that AWS owns, and runs under the role of policies/machine.json", () => {
    expect(made.EncryptionConfiguration).toBeUndefined();
    expect(made.RoleArn).toBe(roleArn);
  });
});

describe("the rule", () => {
  const rule = only(template, "AWS::Events::Rule").Properties;
  const matches = (key: string) => uploadKeyPatterns.some((pattern) => isLike(key, pattern));

  it("is of one bucket, new objects, and the two shapes of uploads", () => {
    expect(rule.EventPattern).toEqual({
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: {
        bucket: { name: ["bobbin-thaal-data-111111111111-us-east-1"] },
        object: { key: [{ wildcard: "incoming/*/*.zip" }, { wildcard: "incoming/*/*/_COMMIT.json" }] },
      },
    });
  });

  it("starts nothing for the files of a folder, nor for what a run writes", () => {
    for (const key of ["incoming/cats/may/001.jpg", "frames/aa/x.zip", "incoming/may.zip", "runs/x/incoming/a/b.zip"]) {
      expect(matches(key)).toBe(false);
    }
  });

  it("hears of every key that Admit takes; of deeper ones too, which Admit refuses", () => {
    const name = fc.string({ unit: fc.constantFrom("a", "b", ".", "-", " ", "ü"), minLength: 1, maxLength: 8 });
    const key = fc.tuple(fc.constantFrom("cats", "a1"), name, fc.constantFrom(".zip", "/_COMMIT.json"));
    holds(
      fc.property(key, ([dataset, upload, end]) => {
        const text = `incoming/${dataset}/${upload}${end}`;
        if (parseUploadKey(text) !== null) expect(matches(text)).toBe(true);
      }),
    );
    expect([matches("incoming/cats/deep/er.zip"), parseUploadKey("incoming/cats/deep/er.zip")]).toEqual([true, null]);
  });

  it("starts the machine under its own role, tries for a day, and keeps what failed", () => {
    const [target, ...more] = rule.Targets;
    expect(more).toEqual([]);
    expect(target.RoleArn).toBe(`${arns.roles}-events`);
    expect(target.Arn).toEqual({ "Fn::GetAtt": [only(template, "AWS::StepFunctions::StateMachine").id, "Arn"] });
    expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 });
    const queue = only(template, "AWS::SQS::Queue");
    expect(target.DeadLetterConfig.Arn).toEqual({ "Fn::GetAtt": [queue.id, "Arn"] });
    expect(queue.Properties.KmsMasterKeyId).toBe(arns.dataKey);
  });
});

describe("cdk-nag", () => {
  it("finds nothing in them, and no helper function is there", () => {
    expect(findings).toEqual([]);
    expect(resources(template).filter(({ Type }) => /Custom|Lambda/.test(Type))).toEqual([]);
  });
});
