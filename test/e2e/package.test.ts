// The package as a user gets it: packed, unpacked into an empty folder beside its dependencies, and used there.
import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { registryKeys } from "../../lib/contracts/layout.ts";
import { publish } from "../../lib/core/steps/publish.ts";
import { createKey, openLocalSigner } from "../../lib/local/signer/local-signer.ts";
import { openStores } from "../../lib/local/store/open.ts";
import { pages, pictures } from "../../lib/report/pages.ts";
import { finishedRun } from "../support/finished-run.ts";

const root = dirname(dirname(import.meta.dirname));
const sample = join(root, "samples/thaal/thaal-cvat.zip");
let folder = "";

/** Every dependency of the checkout, so that no registry is asked; the package itself comes from the tarball. */
function install(tarball: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "bobbin"), { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", join(modules, "bobbin"), "--strip-components=1"]);
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bobbin-package-"));
  // A Node without the checkout's packages on its path: what is bundled must suffice.
  const npm = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [{ filename }] = JSON.parse(npm.slice(npm.indexOf("["))) as [{ filename: string }];
  install(join(folder, filename));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bobbin(...args: string[]) {
  const launcher = join(folder, "node_modules/bobbin/bin/bobbin.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [launcher, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  return { exit: status, stdout, stderr };
}

describe("the package in an empty folder", () => {
  it("tells its version and help", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    expect(bobbin("--version")).toEqual({ exit: 0, stdout: `${version}\n`, stderr: "" });
    expect(bobbin("--help").stdout).toContain("evaluate");
  });

  it("looks into an export and checks it, decoding every image", () => {
    expect(bobbin("init", sample, "--group-rule", "pattern:^thaal_(?<day>\\d{4}-\\d{2}-\\d{2})_")).toMatchObject({
      exit: 0,
    });
    const { exit, stdout } = bobbin("check", sample, "--json");
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ frames: 108, labels: { kept: 207 }, issues: [] });
  });

  it("ends a run without a trainer in the command that makes one", () => {
    const { exit, stderr } = bobbin("run", sample);
    expect(exit).toBe(2);
    expect(stderr).toContain("TrainerMissing");
    expect(stderr).toContain("bobbin setup");
  });

  it("holds what `bobbin setup` needs: the trainer, its lock, the pinned uv", () => {
    const inside = join(folder, "node_modules/bobbin");
    expect(readdirSync(join(inside, "containers/trainer"))).toEqual(
      expect.arrayContaining(["bobbin_trainer", "pyproject.toml", "uv.lock"]),
    );
    expect(readFileSync(join(inside, ".ci/uv.txt"), "utf8")).toMatch(/^uv==\d+\.\d+\.\d+/m);
    expect(readFileSync(join(inside, "containers/trainer/bobbin_trainer/generated/errors.json"), "utf8")).toContain(
      "OutOfMemory",
    );
  });

  it("verifies a release, and names the file of which one byte was added", async () => {
    const store = join(folder, "example");
    const stores = openStores(store);
    const { input, model, version } = await finishedRun(stores);
    const key = join(folder, "example.pem");
    await createKey(key);
    await publish(input, { stores, signer: await openLocalSigner(key), pages, pictures });
    const release = join(store, "registry", registryKeys.release(model, version));
    expect(bobbin("verify", release, "--key", `${key}.pub`)).toMatchObject({ exit: 0, stderr: "" });
    const evaluation = join(release, `eval_${version}.json`);
    chmodSync(evaluation, 0o600);
    appendFileSync(evaluation, " ");
    const refused = bobbin("verify", release, "--key", `${key}.pub`);
    expect(refused.exit).toBe(1);
    expect(refused.stderr).toContain(
      `VerifyFailed: The release does not verify: the SHA-256 of eval_${version}.json is`,
    );
  });
});
