// The calls that each role makes. What Bobbin's own programs ask was recorded from their requests (recording.ts). By hand stand here
// only those whom nobody can listen to: AWS's own services under our roles, and people at the console.
import { dataKeys, registryKeys } from "../../../lib/contracts/layout.ts";
import { type Action, arns } from "./bobbin.ts";
import type { Context } from "./match.ts";
import { recordedCalls } from "./recording.ts";

const run = "01JD0000000000000000000000";
const digest = "ab".repeat(32);
const via = (service: string) => ({ "kms:ViaService": `${service}.us-east-1.amazonaws.com` });
const key = (action: string, service = "s3"): Action => ({
  action: `kms:${action}`,
  resource: arns.dataKey,
  context: via(service),
});
const call = (action: string, resource: string, context?: Context): Action =>
  context === undefined ? { action, resource } : { action, resource, context };

/** What S3 is asked. */
function store(bucket: string) {
  const at = (action: string, name: string, context?: Context) => call(`s3:${action}`, `${bucket}/${name}`, context);
  return {
    get: (name: string) => [at("GetObject", name), key("Decrypt")],
    of: (action: string, name: string) => [at(action, name)],
    self: (action: string) => [call(`s3:${action}`, bucket)],
  };
}
const data = store(arns.dataBucket);
const registry = store(arns.registryBucket);
const upload = "incoming/cats/may.zip";
const exported = "exports/cats/may.zip";

const recorded = recordedCalls();
const withoutLog = ["job", "operator", "uploader"];
/** Lambda writes the log of a function in its name. */
const logOf = (role: string) =>
  ["CreateLogStream", "PutLogEvents"].map((one) => call(`logs:${one}`, `${arns.logs}/${role}:log-stream:a`));
const programs = Object.fromEntries(
  Object.entries(recorded).map(([role, calls]) => [
    role,
    withoutLog.includes(role) ? calls : [...calls, ...logOf(role)],
  ]),
);

const cluster = `${arns.clusters}/AWSBatch-env-1`;
const each = (actions: readonly string[], resource: string) => actions.map((action) => call(action, resource));
const rule = (name: string) => `${arns.rules}/${name}`;
const builds = rule("StepFunctionsGetEventForCodeBuildStartBuildRule");

const machinery: Readonly<Record<string, readonly Action[]>> = {
  instance: [
    ...each(
      [
        "ecs:DeregisterContainerInstance",
        "ecs:RegisterContainerInstance",
        "ecs:SubmitAttachmentStateChanges",
        "ecs:SubmitContainerStateChange",
        "ecs:SubmitTaskStateChange",
      ],
      cluster,
    ),
    ...each(
      ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"],
      `${arns.containerInstances}/a/b`,
    ),
    call("ecs:DiscoverPollEndpoint", "*"),
    call("ecr:GetAuthorizationToken", "*"),
    ...each(
      ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      arns.imageRepository,
    ),
    ...each(["logs:CreateLogStream", "logs:PutLogEvents"], `${arns.logs}/jobs:log-stream:a`),
  ],
  machine: [
    call("lambda:InvokeFunction", `${arns.functions}-admit`),
    call("batch:SubmitJob", arns.queue),
    call("batch:SubmitJob", arns.jobDefinition),
    call("batch:SubmitJob", `${arns.jobDefinition}:3`),
    ...each(["batch:SubmitJob", "batch:TagResource", "batch:TerminateJob"], `${arns.batch}job/1`),
    call("batch:DescribeJobs", "*"),
    ...each(
      ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
      rule("StepFunctionsGetEventsForBatchJobsRule"),
    ),
    ...each(["events:DescribeRule", "events:PutRule", "events:PutTargets"], builds),
    ...each(["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"], arns.imageProject),
    call("ecr:DescribeImages", arns.imageRepository),
    ...each(
      [
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
      ],
      "*",
    ),
  ],
  events: [call("states:StartExecution", `${arns.machines}-train`)],
  scheduler: [call("lambda:InvokeFunction", `${arns.functions}-guard`)],
  codebuild: [
    ...each(["logs:CreateLogStream", "logs:PutLogEvents"], `${arns.logs}/image:log-stream:a`),
    ...each(["s3:GetObject", "s3:GetObjectVersion"], `${arns.assetBucket}/${digest}.zip`),
    call("ecr:GetAuthorizationToken", "*"),
    ...each(
      [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
      ],
      arns.imageRepository,
    ),
  ],
};

const versions: readonly string[] = ["GetObject", "GetObjectVersion"];
const people = {
  /** Beside the command line: at the console, and with `aws` as the guide says. */
  operator: [
    ...data.get(dataKeys.datasetFile("cats", "d1", "issues.jsonl")),
    ...registry.get(registryKeys.ledger("phase-1")),
    call("states:DescribeStateMachine", `${arns.machines}-train`),
    call("states:GetExecutionHistory", `${arns.executions}-train:${run}`),
    call("batch:TerminateJob", `${arns.batch}job/1`),
    ...each(["batch:DescribeComputeEnvironments", "batch:DescribeJobQueues", "batch:DescribeJobs"], "*"),
    ...each(["logs:FilterLogEvents", "logs:GetLogEvents"], `${arns.logs}/jobs:log-stream:a`),
    call("kms:GetPublicKey", arns.signingKey),
    call("ecr:DescribeImages", arns.imageRepository),
  ],
  auditor: [
    ...["ListBucket", "ListBucketVersions"].flatMap((one) => [...data.self(one), ...registry.self(one)]),
    ...[
      dataKeys.request(run),
      dataKeys.step(run, "Admit"),
      dataKeys.failure(run, 1),
      dataKeys.evaluation(run),
      dataKeys.datasetFile("cats", "d1", "manifest.json"),
      dataKeys.config("cats"),
      dataKeys.admission(digest),
    ].flatMap((name) => versions.flatMap((one) => data.of(one, name))),
    ...versions.flatMap((one) => registry.of(one, registryKeys.ledger("phase-1"))),
    ...["GetBucketPolicy", "GetBucketVersioning", "GetEncryptionConfiguration", "GetLifecycleConfiguration"].flatMap(
      (one) => [...data.self(one), ...registry.self(one)],
    ),
    ...each(["states:DescribeStateMachine", "states:ListExecutions"], `${arns.machines}-train`),
    ...each(["states:DescribeExecution", "states:GetExecutionHistory"], `${arns.executions}-train:${run}`),
    ...each(["kms:GetKeyPolicy", "kms:GetPublicKey"], arns.signingKey),
    key("Decrypt"),
  ],
  eraser: [
    ...["ListBucket", "ListBucketVersions"].flatMap((one) => data.self(one)),
    ...[
      dataKeys.frame(digest, "jpg"),
      dataKeys.datasetFile("cats", "d1", "manifest.jsonl"),
      dataKeys.gallery(run),
      ...[upload, exported],
    ].flatMap((name) => [...versions, "DeleteObject", "DeleteObjectVersion"].flatMap((one) => data.of(one, name))),
    key("Decrypt"),
  ],
};

/** By role; every role that somebody takes on is in it. */
export const callsOf: Readonly<Record<string, readonly Action[]>> = {
  ...programs,
  ...machinery,
  ...people,
  operator: [...(recorded.operator ?? []), ...people.operator],
};
/** The tags that a role carries. */
export const tagsOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  uploader: { "bobbin-dataset": "cats" },
};
