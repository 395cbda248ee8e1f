// What must never be lost, and what must never be public: each promise of the data stack, in the template.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { dataKeys, registryKeys } from "../../lib/contracts/layout.ts";
import { dataLifecycle, registryLifecycle } from "../../lib/infra/store/lifecycle.ts";
import { arns, documentOf, policiesFolder } from "../support/iam/bobbin.ts";
import { only, plain, resources, synthesise } from "../support/synth.ts";

const stacks = synthesise();
const { data } = stacks;
const buckets = resources(data, "AWS::S3::Bucket");
const bucket = (kind: "data" | "registry") => {
  const found = buckets.find(({ Properties }) => plain(Properties.BucketName).includes(`-${kind}-`));
  if (found === undefined) throw new RangeError(`no ${kind} bucket`);
  return found;
};
const kinds = ["data", "registry"] as const;
const keyOf = (usage?: string) => {
  const found = resources(data, "AWS::KMS::Key").find(({ Properties }) => Properties.KeyUsage === usage);
  if (found === undefined) throw new RangeError(`no key for ${usage}`);
  return found;
};

describe("each bucket", () => {
  it.each(kinds)("%s has a name that a second deploy finds again", (kind) => {
    expect(plain(bucket(kind).Properties.BucketName)).toBe(`bobbin-thaal-${kind}-111111111111-us-east-1`);
  });

  it.each(kinds)("%s is encrypted with the data key, through a bucket key", (kind) => {
    const [rule] = bucket(kind).Properties.BucketEncryption.ServerSideEncryptionConfiguration;
    expect(rule.BucketKeyEnabled).toBe(true);
    expect(rule.ServerSideEncryptionByDefault.SSEAlgorithm).toBe("aws:kms");
    expect(plain(rule.ServerSideEncryptionByDefault.KMSMasterKeyID)).toBe(`<${keyOf().id}.Arn>`);
  });

  it.each(kinds)("%s is versioned, owned by the account, and shut to the public", (kind) => {
    const { VersioningConfiguration, OwnershipControls, PublicAccessBlockConfiguration } = bucket(kind).Properties;
    expect(VersioningConfiguration).toEqual({ Status: "Enabled" });
    expect(OwnershipControls.Rules).toEqual([{ ObjectOwnership: "BucketOwnerEnforced" }]);
    expect(Object.values(PublicAccessBlockConfiguration)).toEqual([true, true, true, true]);
  });

  it.each(kinds)("%s outlives its stack", (kind) => {
    expect(bucket(kind)).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
  });

  it.each(kinds)("%s carries the policy of policies/resources, word for word", (kind) => {
    const policy = resources(data, "AWS::S3::BucketPolicy").find(
      ({ Properties }) => Properties.Bucket.Ref === bucket(kind).id,
    );
    const arn = kind === "data" ? arns.dataBucket : arns.registryBucket;
    const text = JSON.stringify(plain(policy?.Properties.PolicyDocument))
      .replaceAll(`<${bucket(kind).id}.Arn>`, arn)
      .replaceAll(`<${keyOf().id}.Arn>`, arns.dataKey);
    expect(JSON.parse(text)).toEqual(documentOf(`${kind}-bucket`));
  });
});

describe("uploads", () => {
  it("are told to EventBridge by the bucket itself, without a Lambda in between", () => {
    const told = { EventBridgeConfiguration: { EventBridgeEnabled: true } };
    expect(bucket("data").Properties.NotificationConfiguration).toEqual(told);
    expect(bucket("registry").Properties.NotificationConfiguration).toBeUndefined();
  });

  it.each(["access", "data", "main"] as const)("bring no custom resource and no helper function into %s", (name) => {
    const all = resources(stacks[name]);
    expect(all.map(({ Type }) => Type).filter((type) => /^Custom::|CustomResource/.test(type))).toEqual([]);
    const functions = all.filter(({ Type }) => Type === "AWS::Lambda::Function");
    const own =
      name === "main" ? readdirSync(join(policiesFolder, "../lambdas")).filter((one) => !one.endsWith(".ts")) : [];
    expect(functions.map(({ Properties }) => Properties.FunctionName).toSorted()).toEqual(
      own.map((one) => `bobbin-thaal-${one}`).toSorted(),
    );
  });
});

describe("the keys", () => {
  it("are two, tagged so that the boundary knows them, and outlive the stack", () => {
    const keys = resources(data, "AWS::KMS::Key");
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(key).toMatchObject({ DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
      expect(key.Properties.Tags).toContainEqual({ Key: "bobbin", Value: "thaal" });
    }
    expect(resources(stacks.main, "AWS::KMS::Key")).toEqual([]);
  });

  it("are one that turns every year, and one for ECDSA over P-256", () => {
    expect(keyOf().Properties.EnableKeyRotation).toBe(true);
    expect(keyOf("SIGN_VERIFY").Properties.KeySpec).toBe("ECC_NIST_P256");
  });

  it("carry the policies of policies/resources, word for word", () => {
    expect(plain(keyOf().Properties.KeyPolicy)).toEqual(documentOf("data-key"));
    expect(plain(keyOf("SIGN_VERIFY").Properties.KeyPolicy)).toEqual(documentOf("signing-key"));
  });
});

describe("lifecycle", () => {
  const rules = (kind: "data" | "registry") => bucket(kind).Properties.LifecycleConfiguration.Rules;
  const rule = (kind: "data" | "registry", id: string) => rules(kind).find(({ Id }: { Id: string }) => Id === id);

  it("ends what would grow without end", () => {
    expect(rule("data", "noncurrent-and-unfinished")).toMatchObject({
      NoncurrentVersionExpiration: { NoncurrentDays: 7 },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
    });
    expect(rule("data", "checkpoints")).toMatchObject({ Prefix: "runs/", ExpirationInDays: 14 });
    expect(rule("data", "ingested-uploads")).toMatchObject({ Prefix: "incoming/", ExpirationInDays: 90 });
    expect(rule("registry", "unfinished")).toMatchObject({
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
    });
  });

  it("takes an upload only after it was taken in, and of a run only its checkpoints", () => {
    for (const id of ["ingested-uploads", "checkpoints"]) expect(rule("data", id).TagFilters).toHaveLength(1);
  });

  it("removes nothing that is current from the registry, and no release's earlier versions either", () => {
    expect(registryLifecycle.filter(({ expireDays }) => expireDays !== undefined)).toEqual([]);
    const reach = registryLifecycle
      .filter(({ noncurrentDays }) => noncurrentDays !== undefined)
      .map(({ prefix }) => prefix);
    expect(reach).toEqual(["ledger/", "locks/"]);
  });

  it("speaks of prefixes that layout.ts writes under", () => {
    const digest = "ab".repeat(32);
    const written = [
      ...[dataKeys.frame(digest, "jpg"), dataKeys.request("01JD0000000000000000000000"), "incoming/cats/may.zip"],
      "exports/cats/may.zip",
      ...[registryKeys.ledger("phase-1"), registryKeys.lock(), registryKeys.releases("cats")],
    ];
    for (const { prefix } of [...dataLifecycle, ...registryLifecycle]) {
      expect(written.some((key) => prefix === undefined || key.startsWith(prefix))).toBe(true);
    }
    const kept = [
      dataKeys.frame(digest, "jpg"),
      dataKeys.datasetFile("cats", "d1", "manifest.json"),
      dataKeys.config("cats"),
    ];
    const expiring = dataLifecycle.filter(({ expireDays }) => expireDays !== undefined);
    for (const key of kept) expect(expiring.some(({ prefix = "" }) => key.startsWith(prefix))).toBe(false);
  });
});

describe("behind a VPN", () => {
  it("both buckets refuse people from elsewhere", () => {
    const { data: shut } = synthesise({ sourceAddresses: ["100.64.0.0/10"] });
    for (const policy of resources(shut, "AWS::S3::BucketPolicy")) {
      const doors = policy.Properties.PolicyDocument.Statement.filter(
        ({ Sid }: { Sid: string }) => Sid === "OnlyThroughDoors",
      );
      expect(doors).toHaveLength(1);
      expect(doors[0].Condition.NotIpAddress).toEqual({ "aws:SourceIp": ["100.64.0.0/10"] });
    }
  });
});

describe("the stack of the deployer", () => {
  it("needs no bootstrap, since it is what a bootstrap rests on", () => {
    expect(stacks.access.Parameters).toBeUndefined();
    expect(stacks.access.Rules.CheckBootstrapVersion).toBeUndefined();
    expect(stacks.data.Rules.CheckBootstrapVersion).toBeDefined();
  });

  it("holds the boundary and the execution policies, word for word", () => {
    const managed = resources(stacks.access, "AWS::IAM::ManagedPolicy");
    expect(managed.map(({ Properties }) => Properties.ManagedPolicyName)).toEqual([
      "bobbin-thaal-boundary",
      "bobbin-thaal-deployer-boundary",
      "bobbin-thaal-deployer-compute",
      "bobbin-thaal-deployer",
    ]);
    for (const { Properties } of managed) {
      const name = Properties.ManagedPolicyName.replace("bobbin-thaal-", "");
      expect(plain(Properties.PolicyDocument)).toEqual(documentOf(name));
    }
  });

  it("and the one with the data are not deleted by a slip", () => {
    const properties = stacks.manifest.artifacts["bobbin-thaal-data"].properties;
    expect(properties.terminationProtection).toBe(true);
  });
});

describe("the topic", () => {
  it("is encrypted and lets only this account's alarms in", () => {
    expect(plain(only(stacks.main, "AWS::SNS::Topic").Properties.KmsMasterKeyId)).toMatch(
      /^<bobbin-thaal-data:.*Data.*Arn/,
    );
    expect(plain(only(stacks.main, "AWS::SNS::TopicPolicy").Properties.PolicyDocument)).toEqual(documentOf("topic"));
  });
});
