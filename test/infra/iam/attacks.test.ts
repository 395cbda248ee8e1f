// A fixed list of things that must never work, each tried by whoever comes nearest to being allowed.
import { describe, expect, it } from "@jest/globals";
import { dataKeys, registryKeys } from "../../../lib/contracts/layout.ts";
import {
  type Action,
  almighty,
  arns,
  type Caller,
  decideFor,
  documentOf,
  roleNames,
} from "../../support/iam/bobbin.ts";

const run = "01JD0000000000000000000000";
const digest = "ab".repeat(32);
const everybody = [...roleNames, "administrator"] as const;
const as = (name: string): Caller =>
  name === "administrator" ? almighty() : { role: name, tags: { "bobbin-dataset": "cats" } };
const inData = (key: string) => `${arns.dataBucket}/${key}`;
const inRegistry = (key: string) => `${arns.registryBucket}/${key}`;
const releaseJson = inRegistry(registryKeys.releaseFile("cats", "v0.1", "release.json"));
const engine = inRegistry("models/cats/engines/v0.1/orin/model.engine");
const ledger = inRegistry(registryKeys.ledger("phase-1"));
const frame = inData(dataKeys.frame(digest, "jpg"));
const put = (resource: string, context: Action["context"] = {}): Action => ({
  action: "s3:PutObject",
  resource,
  context,
});
const created = { "s3:if-none-match": "*" };
const replaced = { "s3:if-match": "etag" };

function canDo(actions: readonly Action[], names: readonly string[] = everybody): string[] {
  return names.filter((name) => actions.some((action) => decideFor(as(name), action) === "allowed"));
}

describe("releases", () => {
  it("are written by Publish, and by no trainer, nor by anybody who opens uploads", () => {
    expect(canDo([put(releaseJson, created)])).toEqual(["publish"]);
  });

  it.each([
    ["blindly", {}],
    ["over what is there", replaced],
  ])("are never written %s", (_, context) => {
    expect(canDo([put(releaseJson, context), put(engine, context)])).toEqual([]);
    expect(decideFor(as("administrator"), put(releaseJson, context))).toBe("denied");
  });

  it("may arrive in parts, whose last request creates the object", () => {
    const part = put(releaseJson, { "s3:ObjectCreationOperation": "false" });
    expect(decideFor(as("publish"), part)).toBe("allowed");
  });

  it("are deleted by nobody, and neither is the ledger", () => {
    const actions = ["s3:DeleteObject", "s3:DeleteObjectVersion"].flatMap((action) =>
      [releaseJson, ledger, engine].map((resource) => ({ action, resource })),
    );
    expect(canDo(actions)).toEqual([]);
    for (const action of actions) expect(decideFor(as("administrator"), action)).toBe("denied");
    expect(decideFor(as("administrator"), { action: "s3:DeleteBucket", resource: arns.registryBucket })).toBe("denied");
  });
});

describe("elsewhere in the registry", () => {
  it.each([
    registryKeys.ledger("phase-1"),
    registryKeys.lock(),
    registryKeys.production("cats"),
    registryKeys.recipes("cats"),
  ])("%s is created or replaced while unchanged, never blindly", (key) => {
    expect(canDo([put(inRegistry(key))])).toEqual([]);
    expect(canDo([put(inRegistry(key), replaced)]).length).toBeGreaterThan(0);
  });

  it("Settle and the guard close the ledger, a person raises it, Ingest and the trainer never reach it", () => {
    expect(canDo([put(ledger, replaced)])).toEqual([
      ...["admit", "collect-trial", "guard", "operator", "reserve-measure", "reserve-trial", "reserve", "settle"],
    ]);
  });

  it("production moves by the operator's hand alone", () => {
    expect(canDo([put(inRegistry(registryKeys.production("cats")), replaced)])).toEqual(["operator"]);
  });
});

describe("signing", () => {
  const sign = (context: Action["context"]): Action => ({
    action: "kms:Sign",
    resource: arns.signingKey,
    context: context ?? {},
  });
  const properly = { "kms:MessageType": "RAW", "kms:SigningAlgorithm": "ECDSA_SHA_256" };

  it("is Publish's alone: not Ingest's, not an administrator's", () => {
    expect(canDo([sign(properly)])).toEqual(["publish"]);
    expect(decideFor(as("administrator"), sign(properly))).toBe("denied");
  });

  it("is of raw bytes, since a digest says nothing of what is signed", () => {
    expect(canDo([sign({ ...properly, "kms:MessageType": "DIGEST" })])).toEqual([]);
  });

  it("is handed on to nobody by a grant", () => {
    expect(canDo([{ action: "kms:CreateGrant", resource: arns.signingKey }])).toEqual([]);
  });
});

describe("uploads", () => {
  const own = "incoming/cats/may.zip";

  it("are put by the uploader under its own data set only", () => {
    expect(decideFor(as("uploader"), put(inData(own)))).toBe("allowed");
    const elsewhere = [
      "incoming/dogs/may.zip",
      "incoming/cats2/x.zip",
      "frames/aa/x.jpg",
      "config/cats.json",
      "may.zip",
    ];
    for (const key of elsewhere) expect(decideFor(as("uploader"), put(inData(key)))).not.toBe("allowed");
    expect(decideFor({ role: "uploader" }, put(inData(own)))).not.toBe("allowed");
    expect(decideFor({ role: "uploader", tags: { "bobbin-dataset": "*" } }, put(inData(own)))).not.toBe("allowed");
  });

  it("are read back by no uploader, and nothing else is either", () => {
    const reads = [own, dataKeys.frame(digest, "jpg"), dataKeys.gallery(run)].flatMap((key) =>
      ["s3:GetObject", "s3:GetObjectVersion"].map((action) => ({ action, resource: inData(key) })),
    );
    const lists = [arns.dataBucket, arns.registryBucket].map((resource) => ({ action: "s3:ListBucket", resource }));
    expect(canDo([...reads, ...lists, { action: "s3:GetObject", resource: releaseJson }], ["uploader"])).toEqual([]);
  });
});

describe("an evaluation on other frames", () => {
  it("is kept by the operator, who writes no document of a run: what a run found is its own jobs' and functions' word", () => {
    expect(canDo([put(inData(dataKeys.extraEvaluation(run, "report.html")), created)], roleNames)).toEqual([
      "operator",
    ]);
    const ofRun = [
      dataKeys.request(run),
      dataKeys.step(run, "Compare"),
      dataKeys.failure(run, 1),
      dataKeys.job(run, "predict"),
      dataKeys.result(run, "predict"),
      dataKeys.predictions(run),
      dataKeys.evaluation(run),
      dataKeys.jobFile(run, "train", "weights/best.pt"),
      dataKeys.datasetFile("cats", "d1", "manifest.jsonl"),
      dataKeys.frame(digest, "jpg"),
    ];
    for (const key of ofRun) expect(canDo([put(inData(key), created)])).not.toContain("operator");
  });
});

describe("frames", () => {
  const read = ["s3:GetObject", "s3:GetObjectVersion"].map((action) => ({ action, resource: frame }));

  it("are read by those who must look at pixels", () => {
    expect(canDo(read)).toEqual(["eraser", "ingest", "job", "publish"]);
  });

  it("are not read by a partner, whatever his own account gives him", () => {
    const partner = almighty("222222222222");
    for (const action of read) expect(decideFor(partner, action)).toBe("denied");
    expect(decideFor(partner, { action: "kms:Decrypt", resource: arns.dataKey })).not.toBe("allowed");
    expect(decideFor(partner, { action: "s3:GetObject", resource: releaseJson })).toBe("denied");
  });

  it("are never overwritten, and erased by the eraser alone", () => {
    for (const key of [
      dataKeys.frame(digest, "jpg"),
      dataKeys.datasetFile("cats", "d1", "split.csv"),
      dataKeys.admission(digest),
    ]) {
      expect(canDo([put(inData(key)), put(inData(key), replaced)])).toEqual([]);
    }
    expect(canDo([{ action: "s3:DeleteObjectVersion", resource: frame }])).toEqual(["eraser"]);
  });
});

describe("the way there", () => {
  const calls: readonly Action[] = [
    { action: "s3:GetObject", resource: releaseJson },
    { action: "s3:GetObject", resource: inData(dataKeys.request(run)) },
    { action: "s3:PutObject", resource: inData("incoming/cats/may.zip") },
  ];
  it.each([
    ["plain HTTP", { "aws:SecureTransport": "false" }],
    ["TLS 1.1", { "s3:TlsVersion": "1.1" }],
  ])("over %s is shut for everybody", (_, context) => {
    expect(canDo(calls.map((call) => ({ ...call, context })))).toEqual([]);
    expect(canDo(calls).length).toBeGreaterThan(0);
  });

  it("objects come under our key or not at all", () => {
    const bare = inData("incoming/cats/may.zip");
    expect(canDo([put(bare, { "s3:x-amz-server-side-encryption": "AES256" })])).toEqual([]);
    const foreign = {
      "s3:x-amz-server-side-encryption": "aws:kms",
      "s3:x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:us-east-1:222222222222:key/1",
    };
    expect(canDo([put(bare, foreign)])).toEqual([]);
    expect(
      canDo([put(bare, { ...foreign, "s3:x-amz-server-side-encryption-aws-kms-key-id": arns.dataKey })]),
    ).toContain("uploader");
  });
});

describe("a role that was given everything by mistake", () => {
  it("stays within the boundary", () => {
    const all = {
      Version: "2012-10-17" as const,
      Statement: [{ Sid: "All", Effect: "Allow" as const, Action: "*", Resource: "*" }],
    };
    const ingest: Caller = { role: "ingest", identity: all };
    for (const action of [
      "iam:CreateUser",
      "s3:PutBucketPolicy",
      "ec2:RunInstances",
      "kms:ScheduleKeyDeletion",
      "sts:AssumeRole",
    ]) {
      expect(decideFor(ingest, { action, resource: "*" })).not.toBe("allowed");
    }
    expect(decideFor(ingest, put(releaseJson, created))).toBe("denied");
    const sign: Action = {
      action: "kms:Sign",
      resource: arns.signingKey,
      context: { "kms:MessageType": "RAW", "kms:SigningAlgorithm": "ECDSA_SHA_256" },
    };
    expect(decideFor(ingest, sign)).toBe("denied");
  });
});

/** CloudFormation holds both execution policies, and no boundary of ours. */
const deployer: Caller = {
  stranger: { account: "111111111111", arn: "arn:aws:iam::111111111111:role/cdk-hnb659fds-cfn-exec-role" },
  identity: {
    Version: "2012-10-17",
    Statement: ["deployer", "deployer-compute"].flatMap((name) => documentOf(name).Statement),
  },
};

describe("a deploy", () => {
  it("makes no role without the boundary, and takes it off none", () => {
    const create = (boundary?: string): Action => ({
      action: "iam:CreateRole",
      resource: `${arns.roles}-publish`,
      context: boundary === undefined ? {} : { "iam:PermissionsBoundary": boundary },
    });
    expect(decideFor(deployer, create(arns.boundary))).toBe("allowed");
    expect(decideFor(deployer, create())).not.toBe("allowed");
    expect(decideFor(deployer, create("arn:aws:iam::aws:policy/AdministratorAccess"))).not.toBe("allowed");
    const remove = { action: "iam:DeleteRolePermissionsBoundary", resource: `${arns.roles}-publish` };
    expect(decideFor(deployer, remove)).toBe("denied");
    const rewrite = { action: "iam:CreatePolicyVersion", resource: arns.boundary };
    expect(decideFor(deployer, rewrite)).not.toBe("allowed");
  });

  it("reads no frame, uses no key, deletes no bucket", () => {
    const calls: readonly Action[] = [
      { action: "s3:GetObject", resource: frame },
      { action: "kms:Decrypt", resource: arns.dataKey },
      { action: "kms:ScheduleKeyDeletion", resource: arns.signingKey },
      { action: "s3:DeleteBucket", resource: arns.dataBucket },
      { action: "iam:CreateUser", resource: "*" },
    ];
    for (const call of calls) expect(decideFor(deployer, call)).not.toBe("allowed");
  });
});
