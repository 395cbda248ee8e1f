// CloudFormation's role: its two policies suffice for every type in the templates, and its boundary holds whatever else it is given.
import { describe, expect, it } from "@jest/globals";
import { dataKeys, registryKeys } from "../../../lib/contracts/layout.ts";
import { many, type Statement } from "../../../lib/infra/iam/document.ts";
import { type Action, arns, documentOf } from "../../support/iam/bobbin.ts";
import { type Decision, decide } from "../../support/iam/evaluate.ts";
import { resources, synthesise } from "../../support/synth.ts";

const account = "111111111111";
const principal = { account, arn: `arn:aws:iam::${account}:role/cdk-hnb659fds-cfn-exec-role` };
const boundary = documentOf("deployer-boundary");
const own = ["deployer", "deployer-compute"].map(documentOf);
const administrator = {
  Version: "2012-10-17" as const,
  Statement: [{ Sid: "All", Effect: "Allow" as const, Action: "*", Resource: "*" }],
};
const asked = ({ action, resource, context = {} }: Action, identity = own, bounded = true): Decision =>
  decide(
    { principal, action, resource, context: { "aws:RequestedRegion": "us-east-1", ...context } },
    { owner: account, identity, ...(bounded ? { boundary } : {}) },
  );

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:${account}:${rest}`;
const bounded = { "iam:PermissionsBoundary": arns.boundary };
const tagged = { "aws:RequestTag/bobbin": "thaal", "aws:ResourceTag/bobbin": "thaal" };
/** What CloudFormation asks first, and last, for a resource of each type in the templates. */
const callsOf: Readonly<Record<string, readonly Action[]>> = {
  "AWS::Batch::ComputeEnvironment": both("batch", "ComputeEnvironment", arn("batch", "compute-environment/x")),
  "AWS::Batch::JobDefinition": [
    { action: "batch:RegisterJobDefinition", resource: arns.jobDefinition },
    { action: "batch:DeregisterJobDefinition", resource: `${arns.jobDefinition}:1` },
  ],
  "AWS::Batch::JobQueue": both("batch", "JobQueue", arns.queue),
  "AWS::Budgets::Budget": [
    { action: "budgets:ModifyBudget", resource: arns.budget },
    { action: "budgets:ViewBudget", resource: arns.budget },
  ],
  "AWS::CloudWatch::Dashboard": [
    { action: "cloudwatch:PutDashboard", resource: arns.dashboard },
    { action: "cloudwatch:DeleteDashboards", resource: arns.dashboard },
  ],
  "AWS::CodeBuild::Project": both("codebuild", "Project", arns.imageProject),
  "AWS::EC2::EIP": [
    { action: "ec2:AllocateAddress", resource: "*" },
    { action: "ec2:ReleaseAddress", resource: "*" },
  ],
  "AWS::EC2::InternetGateway": both("ec2", "InternetGateway", "*"),
  "AWS::EC2::LaunchTemplate": both("ec2", "LaunchTemplate", "*"),
  "AWS::EC2::NatGateway": both("ec2", "NatGateway", "*"),
  "AWS::EC2::Route": both("ec2", "Route", "*"),
  "AWS::EC2::RouteTable": both("ec2", "RouteTable", "*"),
  "AWS::EC2::SecurityGroup": both("ec2", "SecurityGroup", "*"),
  "AWS::EC2::Subnet": both("ec2", "Subnet", "*"),
  "AWS::EC2::SubnetRouteTableAssociation": [
    { action: "ec2:AssociateRouteTable", resource: "*" },
    { action: "ec2:DisassociateRouteTable", resource: "*" },
  ],
  "AWS::EC2::VPC": both("ec2", "Vpc", "*"),
  "AWS::EC2::VPCEndpoint": [
    { action: "ec2:CreateVpcEndpoint", resource: "*" },
    { action: "ec2:DeleteVpcEndpoints", resource: "*" },
  ],
  "AWS::EC2::VPCGatewayAttachment": [
    { action: "ec2:AttachInternetGateway", resource: "*" },
    { action: "ec2:DetachInternetGateway", resource: "*" },
  ],
  "AWS::ECR::Repository": both("ecr", "Repository", arns.imageRepository),
  "AWS::Events::Rule": [
    { action: "events:PutRule", resource: `${arns.rules}/bobbin-thaal-uploads` },
    { action: "events:DeleteRule", resource: `${arns.rules}/bobbin-thaal-uploads` },
  ],
  "AWS::IAM::InstanceProfile": both("iam", "InstanceProfile", `${arns.instanceProfiles}-instance`),
  "AWS::IAM::Role": [
    { action: "iam:CreateRole", resource: `${arns.roles}-publish`, context: bounded },
    { action: "iam:PutRolePolicy", resource: `${arns.roles}-publish`, context: bounded },
    { action: "iam:DeleteRole", resource: `${arns.roles}-publish` },
  ],
  "AWS::IAM::User": [
    { action: "iam:CreateUser", resource: `${arns.users}-cvat-cats`, context: bounded },
    { action: "iam:PutUserPolicy", resource: `${arns.users}-cvat-cats`, context: bounded },
    { action: "iam:DeleteUser", resource: `${arns.users}-cvat-cats` },
  ],
  // Aliases and keys stay when a stack goes.
  "AWS::KMS::Alias": [
    { action: "kms:CreateAlias", resource: `${arns.aliases}-data` },
    { action: "kms:CreateAlias", resource: arns.dataKey, context: tagged },
  ],
  "AWS::KMS::Key": [
    { action: "kms:CreateKey", resource: "*", context: tagged },
    { action: "kms:PutKeyPolicy", resource: arns.dataKey, context: tagged },
  ],
  "AWS::Lambda::Function": both("lambda", "Function", `${arns.functions}-admit`),
  "AWS::Lambda::Permission": [
    { action: "lambda:AddPermission", resource: `${arns.functions}-guard` },
    { action: "lambda:RemovePermission", resource: `${arns.functions}-guard` },
  ],
  "AWS::Logs::LogGroup": both("logs", "LogGroup", `${arns.logs}/jobs`),
  "AWS::S3::Bucket": [{ action: "s3:CreateBucket", resource: arns.dataBucket }],
  "AWS::S3::BucketPolicy": [{ action: "s3:PutBucketPolicy", resource: arns.dataBucket }],
  "AWS::Scheduler::Schedule": both("scheduler", "Schedule", `${arns.schedules}-guard`),
  "AWS::SNS::Topic": [
    ...[arns.topic, arns.cutOffTopic].flatMap((topic) => both("sns", "Topic", topic)),
    { action: "sns:Subscribe", resource: arns.cutOffTopic },
  ],
  "AWS::SNS::TopicPolicy": [{ action: "sns:SetTopicAttributes", resource: arns.topic }],
  "AWS::SQS::Queue": both("sqs", "Queue", arns.deadLetters),
  "AWS::SQS::QueuePolicy": [{ action: "sqs:SetQueueAttributes", resource: arns.deadLetters }],
  "AWS::StepFunctions::StateMachine": both("states", "StateMachine", `${arns.machines}-train`),
};
function both(service: string, what: string, resource: string): Action[] {
  return ["Create", "Delete"].map((verb) => ({ action: `${service}:${verb}${what}`, resource }));
}

describe("every type in the templates", () => {
  const { data, main } = synthesise({
    cvat: true,
    network: "private",
    budget: { capUsd: 200, starts: "2026-12-01", ends: "2027-11-30" },
  });
  const types = new Set([data, main].flatMap((template) => resources(template)).map(({ Type }) => Type));
  it.each([...types].sort())("%s can be made and taken down", (type) => {
    const calls = callsOf[type] ?? [];
    expect(calls).not.toEqual([]);
    expect(calls.filter((call) => asked(call) !== "allowed")).toEqual([]);
  });
});

describe("the boundary of the deploy", () => {
  it("takes nothing away from the two policies", () => {
    const allows = own.flatMap(({ Statement }) => Statement).filter(({ Effect }) => Effect === "Allow");
    const calls = allows.flatMap((statement) =>
      many(statement.Action).flatMap((action) =>
        many(statement.Resource).map((resource) => ({ action, resource, context: contextOf(statement) })),
      ),
    );
    expect(calls.length).toBeGreaterThan(100);
    expect(calls.filter((call) => asked(call) !== asked(call, own, false))).toEqual([]);
  });

  const attacks: readonly (readonly [string, Action])[] = [
    [
      "reads a frame",
      { action: "s3:GetObject", resource: `${arns.dataBucket}/${dataKeys.frame("ab".repeat(32), "jpg")}` },
    ],
    [
      "writes the ledger",
      { action: "s3:PutObject", resource: `${arns.registryBucket}/${registryKeys.ledger("phase-1")}` },
    ],
    ["signs", { action: "kms:Sign", resource: arns.signingKey }],
    ["loses a key", { action: "kms:ScheduleKeyDeletion", resource: arns.dataKey }],
    ["loses a bucket", { action: "s3:DeleteBucket", resource: arns.dataBucket }],
    ["opens a bucket's door", { action: "s3:DeleteBucketPolicy", resource: arns.registryBucket }],
    ["makes a role without the boundary", { action: "iam:CreateRole", resource: `${arns.roles}-x` }],
    [
      "makes a role of another name",
      { action: "iam:CreateRole", resource: `arn:aws:iam::${account}:role/x`, context: bounded },
    ],
    ["takes a boundary off", { action: "iam:DeleteRolePermissionsBoundary", resource: `${arns.roles}-publish` }],
    ["rewrites the boundary", { action: "iam:CreatePolicyVersion", resource: arns.boundary }],
    [
      "makes access keys",
      { action: "iam:CreateAccessKey", resource: `arn:aws:iam::${account}:user/bobbin-thaal-cvat-cats` },
    ],
    ["speaks to another service", { action: "organizations:LeaveOrganization", resource: "*" }],
  ];
  it.each(attacks)("holds where an administrator's rights are given: nobody %s", (_, attack) => {
    expect(asked(attack, [administrator], false)).toBe("allowed");
    expect(asked(attack, [administrator])).not.toBe("allowed");
  });

  const refusals = boundary.Statement.filter(({ Effect }) => Effect === "Deny").map(({ Sid }) => Sid);
  it.each(refusals)("needs its refusal %s", (Sid) => {
    const weaker = { ...boundary, Statement: boundary.Statement.filter((statement) => statement.Sid !== Sid) };
    const passes = ({ action, resource, context = {} }: Action) =>
      decide(
        { principal, action, resource, context },
        { owner: account, identity: [administrator], boundary: weaker },
      ) === "allowed";
    expect(attacks.some(([, attack]) => passes(attack))).toBe(true);
  });
});

/** A call that meets every condition of the statement. */
function contextOf({ Condition = {} }: Statement): Record<string, string> {
  const tests = Object.values(Condition).flatMap((keys) => Object.entries(keys ?? {}));
  return Object.fromEntries(tests.map(([key, values]) => [key, many(values)[0] ?? ""]));
}
