// The calls that each role makes, as far as the ports of lib/core and the AWS services in between say. Keys come from layout.ts.
// What steps and adapters really ask is recorded (recorded.ts at the ports, sdk-calls.ts at the SDK) and must stand in this list.
import { dataKeys, registryKeys } from "../../../lib/contracts/layout.ts";
import { type Action, arns } from "./bobbin.ts";
import type { Context } from "./match.ts";

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

/** What S3 is asked by each method of the port ObjectStore. */
function store(bucket: string) {
  const at = (action: string, name: string, context?: Context) => call(`s3:${action}`, `${bucket}/${name}`, context);
  return {
    get: (name: string) => [at("GetObject", name), key("Decrypt")],
    getVersion: (name: string) => [at("GetObjectVersion", name), key("Decrypt")],
    create: (name: string) => [at("PutObject", name, { "s3:if-none-match": "*" }), key("GenerateDataKey")],
    /** A long body goes in parts, and is taken back where it breaks off; S3 decrypts parts to put them together. */
    createLong: (name: string) => [
      at("PutObject", name, { "s3:ObjectCreationOperation": "false" }),
      at("PutObject", name, { "s3:if-none-match": "*" }),
      at("AbortMultipartUpload", name),
      key("GenerateDataKey"),
      key("Decrypt"),
    ],
    replace: (name: string) => [at("PutObject", name, { "s3:if-match": "etag" }), key("GenerateDataKey")],
    put: (name: string) => [at("PutObject", name), key("GenerateDataKey")],
    /** Also asked by S3 itself where a key is missing; then without a prefix. */
    list: (prefix?: string) => [call("s3:ListBucket", bucket, prefix === undefined ? {} : { "s3:prefix": prefix })],
    tag: (name: string) => [at("PutObjectTagging", name)],
    tagVersion: (name: string) => [at("PutObjectVersionTagging", name)],
    of: (action: string, name: string) => [at(action, name)],
    self: (action: string) => [call(`s3:${action}`, bucket)],
  };
}
const data = store(arns.dataBucket);
const registry = store(arns.registryBucket);
const once = (name: string) => [...data.get(name), ...data.create(name)];
const swap = (name: string) => [...registry.get(name), ...registry.create(name), ...registry.replace(name)];

const log = (name: string) => [
  call("logs:CreateLogStream", `${arns.logs}/${name}:log-stream:a`),
  call("logs:PutLogEvents", `${arns.logs}/${name}:log-stream:a`),
];
const journal = (state: string, name = state.toLowerCase()) => [
  ...data.list(),
  ...once(dataKeys.step(run, state)),
  ...data.replace(dataKeys.step(run, state)),
  ...log(name),
];
const request = data.get(dataKeys.request(run));
const manifest = data.get(dataKeys.datasetFile("cats", "d1", "manifest.jsonl"));
const release = (file: string) => registryKeys.releaseFile("cats", "v0.1", file);
const ledgerAndLock = [...swap(registryKeys.ledger("phase-1")), ...swap(registryKeys.lock())];
const upload = "incoming/cats/may.zip";
const folderFile = "incoming/cats/june/images/1.jpg";

const steps: Readonly<Record<string, readonly Action[]>> = {
  admit: [
    ...data.get(dataKeys.failure(run, 1)),
    ...journal("Admit"),
    ...registry.list(),
    ...data.getVersion(upload),
    ...data.get(dataKeys.config("cats")),
    ...once(dataKeys.request(run)),
    ...once(dataKeys.admission(digest)),
    ...ledgerAndLock,
  ],
  ingest: [
    ...data.tag("incoming/cats/may/images/a.jpg"),
    ...journal("Ingest"),
    ...request,
    ...data.getVersion(upload),
    ...data.get(folderFile),
    ...data.tagVersion(upload),
    ...once(dataKeys.frame(digest, "jpg")),
    ...once(dataKeys.staged(run, "records-0.jsonl")),
    ...data.createLong(dataKeys.staged(run, "issues.jsonl")),
    ...manifest,
  ],
  split: [
    ...journal("Split"),
    ...request,
    ...once(dataKeys.staged(run, "version.json")),
    ...once(dataKeys.datasetFile("cats", "d2", "manifest.json")),
    ...data.createLong(dataKeys.datasetFile("cats", "d2", "manifest.jsonl")),
  ],
  reserve: [
    ...registry.get(registryKeys.lock()),
    ...data.get(dataKeys.failure(run, 1)),
    ...journal("Reserve"),
    ...request,
    ...registry.list(registryKeys.releases("cats")),
    ...data.get(dataKeys.baseName("yolov8n")),
    ...manifest,
    ...data.get(dataKeys.result(run, "train")),
    ...registry.get(release("release.json")),
    ...swap(registryKeys.recipes("cats")),
    ...swap(registryKeys.ledger("phase-1")),
  ],
  stage: [
    ...log("stage"),
    ...data.list(),
    ...registry.list(),
    ...data.get(dataKeys.step(run, "StageTrain")),
    ...request,
    ...manifest,
    ...data.get(dataKeys.result(run, "train")),
    ...registry.get(registryKeys.production("cats")),
    ...registry.get(release("release.json")),
    ...once(dataKeys.job(run, "train")),
    ...once(dataKeys.inputs(run, "train")),
    ...data.createLong(dataKeys.inputs(run, "predict")),
  ],
  collect: [
    ...journal("Train", "collect"),
    ...journal("Predict", "collect"),
    ...data.get(dataKeys.result(run, "train")),
    ...data.get(dataKeys.failedResult(run, "predict", 1)),
  ],
  compare: [
    ...journal("Compare"),
    ...request,
    ...registry.list(),
    ...data.get(dataKeys.job(run, "predict")),
    ...data.get(dataKeys.result(run, "predict")),
    ...data.get(dataKeys.predictions(run)),
    ...manifest,
    ...once(dataKeys.evaluation(run)),
    ...registry.get(registryKeys.production("cats")),
  ],
  publish: [
    ...journal("Publish"),
    ...registry.list(registryKeys.releases("cats")),
    ...data.get(dataKeys.jobFile(run, "train", "out/best.pt")),
    ...data.get(dataKeys.datasetFile("cats", "d1", "split.csv")),
    ...data.get(dataKeys.frame(digest, "jpg")),
    ...data.put(dataKeys.gallery(run)),
    ...registry.get(release("release.json")),
    ...registry.create(release("release.json")),
    call("kms:GetPublicKey", arns.signingKey),
    call("kms:Sign", arns.signingKey, { "kms:MessageType": "RAW", "kms:SigningAlgorithm": "ECDSA_SHA_256" }),
  ],
  settle: [
    ...journal("Settle"),
    ...request,
    ...registry.list(),
    ...once(dataKeys.failure(run, 1)),
    ...ledgerAndLock,
    call("batch:DescribeJobs", "*"),
    call("batch:ListJobs", "*"),
    call("states:StartExecution", `${arns.machines}-train`),
    call("states:ListExecutions", `${arns.machines}-train`),
    call("states:GetExecutionHistory", `${arns.executions}-train:a`),
    call("sns:Publish", arns.topic),
    key("Decrypt", "sns"),
    key("GenerateDataKey", "sns"),
  ],
};

const cluster = `${arns.clusters}/AWSBatch-env-1`;
const each = (actions: readonly string[], resource: string) => actions.map((action) => call(action, resource));
const rule = (name: string) => `${arns.rules}/${name}`;
const builds = rule("StepFunctionsGetEventForCodeBuildStartBuildRule");

const machinery: Readonly<Record<string, readonly Action[]>> = {
  job: [
    ...data.get(dataKeys.baseWeights(digest)),
    ...data.get(dataKeys.frame(digest, "jpg")),
    ...data.get(dataKeys.job(run, "train")),
    ...registry.get(release("yolov8n_cats_v0.1.pt")),
    ...data.get(dataKeys.inputs(run, "train")),
    ...data.list(dataKeys.checkpoints(run)),
    ...data.list(dataKeys.starts(run, "train")),
    ...data.list(dataKeys.progress(run, "train")),
    ...data.list(dataKeys.failedResults(run, "train")),
    ...data.get(dataKeys.checkpoint(run, 1, "0123456789abcdef", "last.pt")),
    ...data.create(dataKeys.checkpoint(run, 1, "0123456789abcdef", "last.pt")),
    ...data.tag(dataKeys.checkpoint(run, 1, "0123456789abcdef", "last.pt")),
    ...data.put(dataKeys.jobFile(run, "train", "weights/m.pt")),
    ...data.put(dataKeys.jobFile(run, "predict", "trainer.log")),
    ...data.create(dataKeys.predictions(run)),
    ...data.create(dataKeys.start(run, "train", 1)),
    ...data.create(dataKeys.progressPart(run, "train", 1)),
    ...data.create(dataKeys.failedResult(run, "train", 1)),
    ...data.create(dataKeys.result(run, "train")),
  ],
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
  scheduler: [call("lambda:InvokeFunction", `${arns.functions}-settle`)],
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

const versions = ["GetObject", "GetObjectVersion"];
const people: Readonly<Record<string, readonly Action[]>> = {
  /** Long uploads go in parts: S3 then asks for Decrypt too. */
  uploader: [
    ...data.put(upload),
    key("Decrypt"),
    ...data.of("AbortMultipartUpload", upload),
    ...data.of("ListMultipartUploadParts", upload),
  ],
  operator: [
    ...data.list("runs/"),
    ...registry.list("models/"),
    ...data.get(dataKeys.step(run, "Admit")),
    ...manifest,
    ...data.get(dataKeys.config("cats")),
    ...data.get(dataKeys.baseName("yolov8n")),
    ...data.get(dataKeys.admission(digest)),
    ...data.replace(dataKeys.config("cats")),
    ...data.create(dataKeys.baseWeights(digest)),
    ...registry.get(release("release.json")),
    ...registry.get(registryKeys.ledger("phase-1")),
    ...registry.get(registryKeys.lock()),
    ...registry.replace(registryKeys.production("cats")),
    ...each(
      ["states:DescribeStateMachine", "states:ListExecutions", "states:StartExecution"],
      `${arns.machines}-train`,
    ),
    ...each(
      ["states:DescribeExecution", "states:GetExecutionHistory", "states:StopExecution"],
      `${arns.executions}-train:${run}`,
    ),
    call("batch:TerminateJob", `${arns.batch}job/1`),
    ...each(
      ["batch:DescribeComputeEnvironments", "batch:DescribeJobQueues", "batch:DescribeJobs", "batch:ListJobs"],
      "*",
    ),
    ...each(["logs:FilterLogEvents", "logs:GetLogEvents"], `${arns.logs}/jobs:log-stream:a`),
    call("kms:GetPublicKey", arns.signingKey),
    call("ecr:DescribeImages", arns.imageRepository),
    call("cloudformation:DescribeStacks", "arn:aws:cloudformation:us-east-1:111111111111:stack/bobbin-thaal/1"),
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
      upload,
    ].flatMap((name) => [...versions, "DeleteObject", "DeleteObjectVersion"].flatMap((one) => data.of(one, name))),
    key("Decrypt"),
  ],
};

/** By role; every role that somebody takes on is in it. */
export const callsOf: Readonly<Record<string, readonly Action[]>> = { ...steps, ...machinery, ...people };
/** The tags that a role carries. */
export const tagsOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  uploader: { "bobbin-dataset": "cats" },
};
