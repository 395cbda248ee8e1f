// What a GPU could cost if a setting were wrong: each trap of Batch, networks and images, in the template.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { stackOutputs } from "../../lib/contracts/cloud.ts";
import { jobEnvironment } from "../../lib/contracts/cloud-job.ts";
import { bootScript, trainerUid } from "../../lib/infra/batch/user-data.ts";
import { documentOf, roleNames } from "../support/iam/bobbin.ts";
import { only, plain, resources, synthesise } from "../support/synth.ts";

const { main, manifest, source } = synthesise();
const environment = only(main, "AWS::Batch::ComputeEnvironment").Properties;
const machines = environment.ComputeResources;
const template = only(main, "AWS::EC2::LaunchTemplate");
const launch = template.Properties.LaunchTemplateData;
const job = only(main, "AWS::Batch::JobDefinition").Properties;
const container = job.ContainerProperties;

describe("the GPU machines", () => {
  it("are none while idle and one at most", () => {
    expect([machines.MinvCpus, machines.DesiredvCpus, machines.MaxvCpus]).toEqual([0, undefined, 4]);
  });

  it("are of one type and one image, named", () => {
    expect(machines.InstanceTypes).toEqual(["g6.xlarge"]);
    expect(machines.Ec2Configuration).toEqual([{ ImageType: "ECS_AL2023_NVIDIA" }]);
  });

  it("stand behind one queue, alone, so that nothing doubles the bound", () => {
    const order = only(main, "AWS::Batch::JobQueue").Properties.ComputeEnvironmentOrder;
    expect(order).toHaveLength(1);
    expect(plain(order[0].ComputeEnvironment)).toBe(
      `<${only(main, "AWS::Batch::ComputeEnvironment").id}.ComputeEnvironmentArn>`,
    );
  });

  it("can be replaced: the environment has no name and does not follow the latest image by itself", () => {
    expect(environment.ComputeEnvironmentName).toBeUndefined();
    expect(machines.UpdateToLatestImageVersion).toBeUndefined();
  });

  it("start from one version of the launch template, never from the latest there happens to be", () => {
    expect(plain(machines.LaunchTemplate)).toEqual({
      LaunchTemplateId: `<${template.id}>`,
      Version: `<${template.id}.LatestVersionNumber>`,
    });
  });

  it("are Spot, or on demand by the settings; other types too", () => {
    expect([machines.Type, machines.BidPercentage]).toEqual(["SPOT", 100]);
    const other = synthesise({ purchase: "onDemand", instanceType: "g5.xlarge" }).main;
    const changed = only(other, "AWS::Batch::ComputeEnvironment").Properties.ComputeResources;
    expect([changed.Type, changed.BidPercentage, changed.MaxvCpus]).toEqual(["EC2", undefined, 4]);
    expect(changed.InstanceTypes).toEqual(["g5.xlarge"]);
    expect(() => synthesise({ instanceType: "p4d.24xlarge" })).toThrow(/instanceType/);
  });

  it("answer metadata calls only with a token, and have room for the image", () => {
    expect(launch.MetadataOptions.HttpTokens).toBe("required");
    const [disk] = launch.BlockDeviceMappings;
    expect(disk.Ebs).toMatchObject({ VolumeSize: 80, VolumeType: "gp3", Encrypted: true, DeleteOnTermination: true });
  });

  it("carry the tag by which a sweeper knows them", () => {
    for (const { Tags } of launch.TagSpecifications) expect(Tags).toContainEqual({ Key: "bobbin", Value: "thaal" });
  });
});

describe("a job that finds no machine", () => {
  it("is cancelled within Batch's limits, for every reason that waiting does not mend", () => {
    const actions = only(main, "AWS::Batch::JobQueue").Properties.JobStateTimeLimitActions;
    const reasons = actions.map(({ Reason }: { Reason: string }) => Reason);
    expect(reasons.some((reason: string) => reason.startsWith("CAPACITY:"))).toBe(true);
    expect(reasons.filter((reason: string) => reason.startsWith("MISCONFIGURATION:"))).toHaveLength(2);
    for (const { Action, State, MaxTimeSeconds } of actions) {
      expect([Action, State]).toEqual(["CANCEL", "RUNNABLE"]);
      expect(MaxTimeSeconds).toBeGreaterThanOrEqual(600);
      expect(MaxTimeSeconds).toBeLessThanOrEqual(86_400);
    }
  });
});

describe("the job definition", () => {
  it("tries again where Spot took the machine, and ends on everything else", () => {
    expect(job.RetryStrategy.EvaluateOnExit).toEqual([
      { Action: "RETRY", OnStatusReason: "Host EC2*" },
      { Action: "EXIT", OnReason: "*" },
    ]);
    expect(job.RetryStrategy.Attempts).toBe(2);
  });

  it("ends by itself", () => {
    expect(job.Timeout).toEqual({ AttemptDurationSeconds: 6 * 3600 + 90 });
  });

  it("fits the machine: one GPU, all vCPU, no more memory than is left", () => {
    const wanted = Object.fromEntries(
      container.ResourceRequirements.map(({ Type, Value }: { Type: string; Value: string }) => [Type, Number(Value)]),
    );
    expect(wanted).toEqual({ GPU: 1, VCPU: 4, MEMORY: 14_000 });
    expect(container.LinuxParameters).toEqual({ InitProcessEnabled: true, SharedMemorySize: 4_096 });
  });

  it("runs as nobody special, with no secret", () => {
    expect(container.User).toBe(`${trainerUid}:${trainerUid}`);
    expect(container.Privileged).toBe(false);
    expect(container.Secrets).toBeUndefined();
    expect(container.ExecutionRoleArn).toBeUndefined();
    expect(plain(container.JobRoleArn)).toMatch(/^<Rolesjob/);
  });

  it("prints into a log of its own that ends and is encrypted", () => {
    const groups = resources(main, "AWS::Logs::LogGroup");
    for (const { Properties } of groups) {
      expect(Properties.RetentionInDays).toBe(30);
      expect(plain(Properties.KmsKeyId)).toContain("bobbin-thaal-data:");
    }
    const log = plain(container.LogConfiguration.Options["awslogs-group"]);
    expect(groups.map(({ id }) => `<${id}>`)).toContain(log);
  });
});

describe("what a machine does when it starts", () => {
  const text = launch.UserData["Fn::Base64"] as string;

  it("is MIME multipart, or Batch could not add its own", () => {
    const boundary =
      /^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="([^"]+)"\n\n/.exec(text)?.[1] ?? "";
    const [head, part, end] = text.split(`--${boundary}`);
    expect(boundary).not.toBe("");
    expect(head).toMatch(/^MIME-Version/);
    expect(part).toMatch(/^\nContent-Type: text\/x-shellscript; charset="us-ascii"\n\n#!\/bin\/bash\n/);
    expect(end?.trim()).toBe("--");
    expect(Buffer.byteLength(Buffer.from(text).toString("base64"))).toBeLessThan(16_384);
  });

  it("is a script that bash takes", () => {
    expect(text).toContain(bootScript.trimEnd());
    execFileSync("bash", ["-n"], { input: bootScript });
  });

  /** Runs the script with commands that only write down how they were called. */
  function boot({ disk, broken }: { readonly disk: string; readonly broken?: string }): readonly string[] {
    const folder = mkdtempSync(join(tmpdir(), "bobbin-boot-"));
    try {
      const calls = join(folder, "calls");
      writeFileSync(calls, "");
      writeFileSync(join(folder, "disks"), disk);
      for (const name of ["iptables", "mkdir", "lsblk", "mkfs.xfs", "mount", "chown", "chmod", "shutdown"]) {
        const answer = name === "lsblk" ? `cat ${folder}/disks` : `exit ${name === broken ? 1 : 0}`;
        writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >> ${calls}\n${answer}\n`);
        chmodSync(join(folder, name), 0o755);
      }
      spawnSync("bash", ["-s"], { input: bootScript, env: { PATH: `${folder}:/usr/bin:/bin` } });
      return readFileSync(calls, "utf8").trim().split("\n");
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const disks = "/dev/nvme0n1 Amazon Elastic Block Store\n/dev/nvme1n1 Amazon EC2 NVMe Instance Storage\n";

  it("shuts the trainer off from the machine's credentials first of all", () => {
    const [first] = boot({ disk: disks });
    expect(first).toBe(
      `iptables --insert OUTPUT --destination 169.254.169.254 --match owner --uid-owner ${trainerUid} --jump REJECT`,
    );
    expect(bootScript).not.toContain("--destination 169.254.170.2");
  });

  it("makes room on the instance's own disk, and touches no other", () => {
    const calls = boot({ disk: disks });
    expect(calls).toContain("mkfs.xfs -f /dev/nvme1n1");
    expect(calls).toContain("mount --options noatime,nodev,nosuid /dev/nvme1n1 /scratch");
    expect(calls.filter((call) => call.includes("nvme0n1"))).toEqual([]);
    expect(calls.filter((call) => call.startsWith("shutdown"))).toEqual([]);
  });

  it("goes without that disk where the type has none", () => {
    const calls = boot({ disk: "/dev/nvme0n1 Amazon Elastic Block Store\n" });
    expect(calls.filter((call) => /^(mkfs|mount)/.test(call))).toEqual([]);
    expect(calls).toContain(`chown ${trainerUid}:${trainerUid} /scratch`);
  });

  it("switches the machine off where the trainer could not be shut off", () => {
    const calls = boot({ disk: disks, broken: "iptables" });
    expect(calls.at(-1)).toBe("shutdown --poweroff now");
    expect(calls).toHaveLength(2);
  });
});

describe("the network", () => {
  it("lets nothing in, and HTTPS out", () => {
    const group = only(main, "AWS::EC2::SecurityGroup").Properties;
    expect(group.SecurityGroupIngress).toBeUndefined();
    expect(resources(main, "AWS::EC2::SecurityGroupIngress")).toEqual([]);
    const egress = group.SecurityGroupEgress.map((rule: Record<string, unknown>) => [
      rule.IpProtocol,
      rule.FromPort,
      rule.ToPort,
    ]);
    expect(egress).toEqual([["tcp", 443, 443]]);
  });

  it("pins its subnets to zones by id, by name nowhere", () => {
    const subnets = resources(main, "AWS::EC2::Subnet").map(({ Properties }) => Properties);
    expect(subnets.map(({ AvailabilityZoneId }) => AvailabilityZoneId)).toEqual([
      "use1-az1",
      "use1-az2",
      "use1-az4",
      "use1-az6",
    ]);
    expect(subnets.every(({ AvailabilityZone }) => AvailabilityZone === undefined)).toBe(true);
    const chosen = synthesise({ region: "eu-central-1", zoneIds: ["euc1-az2"], hourUsd: 1.1 }).main;
    expect(resources(chosen, "AWS::EC2::Subnet").map(({ Properties }) => Properties.AvailabilityZoneId)).toEqual([
      "euc1-az2",
    ]);
  });

  it("reaches S3 by a gateway that leads to our buckets and ECR's layers", () => {
    const endpoint = only(main, "AWS::EC2::VPCEndpoint").Properties;
    expect(endpoint).toMatchObject({ VpcEndpointType: "Gateway", ServiceName: "com.amazonaws.us-east-1.s3" });
    const reach = plain(endpoint.PolicyDocument).Statement.flatMap(
      ({ Resource }: { Resource: string | string[] }) => Resource,
    );
    for (const arn of reach) expect(arn).toMatch(/:::(bobbin-thaal-|prod-us-east-1-starport-layer-bucket)/);
  });

  it("has nothing that costs by the hour", () => {
    const types = new Set(resources(main).map(({ Type }) => Type));
    for (const type of ["AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::EC2::Instance"])
      expect(types.has(type)).toBe(false);
    const ofEndpoints = resources(main, "AWS::EC2::VPCEndpoint").map(({ Properties }) => Properties.VpcEndpointType);
    expect(ofEndpoints).toEqual(["Gateway"]);
  });
});

describe("the image", () => {
  const project = only(main, "AWS::CodeBuild::Project").Properties;
  const repository = only(main, "AWS::ECR::Repository").Properties;
  const variables = Object.fromEntries(
    project.Environment.EnvironmentVariables.map(({ Name, Value }: { Name: string; Value: unknown }) => [Name, Value]),
  );

  it("goes into a repository whose tags never move, scanned, with an end to its growth", () => {
    expect(repository.ImageTagMutability).toBe("IMMUTABLE");
    expect(repository.ImageScanningConfiguration).toEqual({ ScanOnPush: true });
    const { rules } = JSON.parse(repository.LifecyclePolicy.LifecyclePolicyText);
    expect(rules[0].selection).toMatchObject({ countType: "imageCountMoreThan", countNumber: 2 });
  });

  it("is built from the asset, under the hash of it, which is what jobs pull", () => {
    const location = plain(project.Source.Location) as string;
    expect(project.Source.Type).toBe("S3");
    expect(location).toMatch(/\/[0-9a-f]{64}\.zip$/);
    expect(location).toContain(variables.IMAGE_TAG);
    expect(plain(container.Image)).toBe(`${plain(variables.REPOSITORY_URI)}:${variables.IMAGE_TAG}`);
  });

  it("is built by the Dockerfile in the asset, which holds the two programs and nothing that is only tested with", () => {
    const { phases } = JSON.parse(project.Source.BuildSpec);
    expect(phases.build.commands).toEqual(['docker build --tag "$REPOSITORY_URI:$IMAGE_TAG" .']);
    const tops = source.filter((name) => !name.includes("/")).sort();
    expect(tops).toEqual(
      [
        ".dockerignore",
        "Dockerfile",
        "README.md",
        "bobbin_job",
        "bobbin_trainer",
        "pyproject.toml",
        "uv.lock",
        "uv.txt",
      ].sort(),
    );
    expect(source).toContain("bobbin_trainer/generated/bobbin.job-inputs.1.json");
    expect(source.filter((name) => /__pycache__|\.pyc$|\.pt$/.test(name))).toEqual([]);
  });

  it("is told the account's part of what the supervisor reads; the rest comes with each start", () => {
    const told = Object.fromEntries(
      container.Environment.map(({ Name, Value }: { Name: string; Value: unknown }) => [Name, plain(Value)]),
    );
    const start = {
      BOBBIN_RUN_ID: "01J8Z0000000000000000000TR",
      BOBBIN_JOB: "train",
      BOBBIN_TRY_SECONDS: "600",
      DEADLINE_EPOCH: "1800000000",
    };
    expect(jobEnvironment.safeParse({ ...told, ...start }).error).toBeUndefined();
    expect(jobEnvironment.safeParse(told).success).toBe(false);
  });

  it("is built without credentials at synth: no account is known", () => {
    expect(manifest.artifacts["bobbin-thaal"].environment).toBe("aws://unknown-account/us-east-1");
    expect(manifest.missing).toBeUndefined();
  });
});

describe("roles", () => {
  const roles = resources(main, "AWS::IAM::Role");
  const named = (name: string) =>
    roles.find(({ Properties }) => Properties.RoleName === `bobbin-thaal-${name}`)?.Properties;
  const inTemplate = (role: string) => (role === "uploader" ? "uploader-cats" : role);

  it.each(roleNames)("%s holds what policies/ says, word for word, and carries the boundary", (role) => {
    const properties = named(inTemplate(role));
    const [policy, ...more] = properties.Policies;
    const text = JSON.stringify(plain(policy.PolicyDocument)).replaceAll(
      /<bobbin-thaal-data:[^>]*Keys(Data|Signing)[^>]*>/g,
      "key-$1",
    );
    const wanted = JSON.stringify(documentOf(role)).replaceAll(
      /arn:aws:kms:[^"/]*:key\/(0d|51)[0-9-]*/g,
      (_, kind) => `key-${kind === "0d" ? "Data" : "Signing"}`,
    );
    expect(JSON.parse(text)).toEqual(JSON.parse(wanted));
    expect(more).toEqual([]);
    expect(properties.ManagedPolicyArns).toBeUndefined();
    expect(plain(properties.PermissionsBoundary)).toBe("arn:aws:iam::111111111111:policy/bobbin-thaal-boundary");
  });

  it("are all from policies/, and nothing else gives a right", () => {
    expect(roles).toHaveLength(roleNames.length);
    for (const type of ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::User"])
      expect(resources(main, type)).toEqual([]);
  });

  it("of people may be taken on by this account, the eraser's with a second factor", () => {
    const [open] = named("operator").AssumeRolePolicyDocument.Statement;
    const [glass] = named("eraser").AssumeRolePolicyDocument.Statement;
    expect(plain(open.Principal)).toEqual({ AWS: "arn:aws:iam::111111111111:root" });
    expect(glass.Condition).toEqual({ Bool: { "aws:MultiFactorAuthPresent": "true" } });
  });

  it("of services are lent to nobody else's work", () => {
    for (const role of ["job", "machine", "events", "scheduler", "codebuild"]) {
      const [statement] = named(role).AssumeRolePolicyDocument.Statement;
      expect(plain(statement.Condition)).toEqual({ StringEquals: { "aws:SourceAccount": "111111111111" } });
    }
  });

  it("of uploaders are one a data set, told apart by their tag", () => {
    expect(named("uploader-cats").Tags).toContainEqual({ Key: "bobbin-dataset", Value: "cats" });
  });
});

describe("the answers of the stack", () => {
  it("are those that the command line reads", () => {
    const outputs = Object.entries<{ Value: unknown }>(main.Outputs).map(([name, { Value }]) => [name, plain(Value)]);
    expect(stackOutputs.parse(Object.fromEntries(outputs))).toMatchObject({
      Region: "us-east-1",
      DataBucket: "bobbin-thaal-data-111111111111-us-east-1",
      JobQueue: "bobbin-thaal",
      ImageTag: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

describe("regions", () => {
  it("that are not allowed are refused before anything is made", () => {
    expect(() => synthesise({ allowedRegions: ["eu-central-1"] })).toThrow(/us-east-1.*eu-central-1/);
    expect(() => synthesise({ region: "eu-central-1" })).toThrow(/zoneIds/);
    expect(() => synthesise({ region: "eu-central-1", zoneIds: ["euc1-az2"] })).toThrow(/hourUsd/);
  });

  it("are also refused by the template itself", () => {
    const [assertion] = main.Rules.Residency.Assertions;
    expect(assertion.Assert).toEqual({ "Fn::Contains": [["us-east-1"], { Ref: "AWS::Region" }] });
  });
});

describe("templates", () => {
  it("stay below half of what CloudFormation takes", () => {
    expect(JSON.stringify(main).length).toBeLessThan(500_000);
    expect(resources(main).length).toBeLessThan(250);
  });
});
