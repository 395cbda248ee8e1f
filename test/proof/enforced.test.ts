// A whole run where IAM counts: over TLS, functions and jobs under their own roles, the command line under the operator's. It passes;
// and with one grant taken away it fails where that grant was needed, leaving the pipeline free.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { registryKeys } from "../../lib/contracts/layout.ts";
import { lock } from "../../lib/contracts/run.ts";
import { readDocument } from "../../lib/core/registry/cas.ts";
import type { PolicyDocument } from "../../lib/infra/iam/document.ts";
import { startEmulator } from "../support/emulator.ts";
import { grantsOf, without } from "../support/iam/grants.ts";

// The clients of the modules below look for it when they are loaded.
const emulator = await startEmulator(true);
process.env.BOBBIN_EMULATOR = emulator?.url ?? "";
process.env.NODE_EXTRA_CA_CERTS = emulator?.certificate ?? "";
const { describeAws } = await import("../support/aws.ts");
const { cdk, ended, executions, newExecution, person, root, samplePath, sampleWeights, stackStores } = await import(
  "../support/cloud.ts"
);
const { lastingFolder } = await import("../support/folder.ts");
const { smallRecipe } = await import("../support/pipeline-run.ts");

/** Root, for what no role of Bobbin's does. */
const asRoot = {
  PATH: process.env.PATH ?? "",
  AWS_ENDPOINT_URL: emulator?.url ?? "",
  AWS_CA_BUNDLE: emulator?.certificate ?? "",
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
};

function rolePolicy(verb: "get" | "put", role: string, input = ""): string {
  const words = [join(root, "test/support/role_policy.py"), verb, `bobbin-try-${role}`, role];
  return execFileSync(join(root, ".venv/bin/python"), words, { env: asRoot, input }).toString();
}

/** Somebody who took the operator's role on. */
function operator() {
  const file = join(lastingFolder(), "config");
  const role = "arn:aws:iam::111111111111:role/bobbin-try-operator";
  const source = "[profile root]\naws_access_key_id = test\naws_secret_access_key = test\n";
  writeFileSync(file, `${source}[profile operator]\nrole_arn = ${role}\nsource_profile = root\nregion = us-east-1\n`);
  return person({ AWS_ENDPOINT_URL: emulator?.url ?? "", AWS_CONFIG_FILE: file, AWS_PROFILE: "operator" });
}

const holder = async () => (await readDocument(stackStores().registry, registryKeys.lock(), lock)).value.holder;

describeAws("an account in which IAM counts", () => {
  const someone = operator();

  beforeAll(async () => {
    await cdk(["bootstrap", "aws://111111111111/us-east-1"]);
    await cdk(["deploy", "--all", "--require-approval", "never"]);
    await someone.bobbin("base", "add", sampleWeights, "--name", "yolov8n", "--unofficial");
    await someone.bobbin("config", "push", "--device", "cpu", "--recipe", "1.json");
  }, 300_000);
  afterAll(() => emulator?.stop());

  it("makes a release of an upload, everybody under a role of their own", async () => {
    const { exit, value } = await someone.bobbin("run", samplePath);
    expect({ exit, error: null, ...value }).toMatchObject({
      ...{ exit: 0, error: null },
      ...{ status: "succeeded", version: "v0" },
    });
  }, 300_000);

  it.each([
    ["admit", "s3:GetObject", "/config/"],
    ["ingest", "s3:PutObject", "/staged/"],
    ["reserve", "s3:PutObject", "/ledger/"],
    ["job", "s3:GetObject", "/frames/"],
    ["publish", "kms:Sign", ":key/"],
  ])(
    "fails where %s has lost %s on %s, and the pipeline is free",
    async (role, action, resource) => {
      const recipe = smallRecipe(1);
      // Another one than the release's, which would be skipped.
      writeFileSync(
        join(someone.folder, "other.json"),
        JSON.stringify({ ...recipe, args: { ...recipe.args, lr0: 0.002 } }),
      );
      await someone.bobbin("config", "push", "--device", "cpu", "--recipe", "other.json");
      const whole = rolePolicy("get", role);
      const policy: PolicyDocument = JSON.parse(whole);
      const grant = grantsOf(policy).find((one) => one.action === action && one.resource.includes(resource));
      if (grant === undefined) throw new RangeError(`${role} holds no ${action} on ${resource}`);
      rolePolicy("put", role, JSON.stringify(without(policy, grant)));
      try {
        const before = await executions();
        await someone.bobbin("upload", samplePath, "--name", role);
        const { status, error, cause } = await ended(await newExecution(before));
        expect({ status, said: `${error}: ${cause}` }).toEqual({
          status: "FAILED",
          said: expect.stringMatching(/AccessDenied/),
        });
        expect(await holder()).toBeNull();
      } finally {
        rolePolicy("put", role, whole);
      }
    },
    120_000,
  );
});
