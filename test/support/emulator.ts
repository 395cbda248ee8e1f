// The emulated AWS of test/emulator, for tests: started once for the project `aws` (jest's globalSetup), its address in the environment.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "test/emulator");
const environment = join(root, ".tools/emulator");
/** A machine at work on other things takes long to start Python. */
const startMilliseconds = 120_000;
const stopMilliseconds = 10_000;
const held = Symbol.for("bobbin.emulator");

export interface Emulator {
  readonly url: string;
  /** Path of the certificate that its clients must trust; null where it speaks plain HTTP. */
  readonly certificate: string | null;
  stop(): Promise<void>;
}

/** The environment was made from the very list of packages that is committed. */
function isInstalled(): boolean {
  const lock = join(environment, "installed-lock");
  return existsSync(lock) && readFileSync(lock, "utf8") === readFileSync(join(folder, "requirements.txt"), "utf8");
}

/**
 * Starts one on a free port of 127.0.0.1; null, said on the test's output, where its packages could not be installed.
 * @param isEnforced over TLS, and IAM counts: functions and jobs hold their own roles, `test` is root
 */
export async function startEmulator(isEnforced = false): Promise<Emulator | null> {
  if (!isInstalled()) {
    console.warn("skipped: no emulated AWS here; `make emulator` installs it");
    return null;
  }
  // Its end of our pipe tells it when this process is gone, however that ends.
  const scratch = mkdtempSync(join(tmpdir(), "bobbin-machine-"));
  const image = [join(root, ".venv/bin/python"), "-B", "-m", "bobbin_job"];
  const variables = { BOBBIN_SCRATCH: scratch, PYTHONPATH: join(root, "containers/trainer") };
  const jobs = ["--image-command", JSON.stringify(image), "--machine-variables", JSON.stringify(variables)];
  const enforced = isEnforced ? ["--auth", "--tls"] : [];
  const words = ["-m", "emulated_aws", "--job-root", scratch, ...jobs, ...enforced];
  const child = spawn(join(environment, "bin/python"), words, {
    cwd: folder,
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: "1", LOG_LEVEL: "WARNING" },
  });
  const said: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.splice(0, said.length - 40, text));
  const { url, certificate } = await Promise.race([firstAddress(child), ended(child, said)]);
  if (certificate !== null) trust(certificate);
  await healthy(url, child, said);
  return {
    ...{ url, certificate },
    async stop() {
      await stop(child);
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** This process trusts it from now on; others by NODE_EXTRA_CA_CERTS. */
function trust(certificate: string): void {
  setDefaultCACertificates([...getCACertificates("default"), readFileSync(certificate, "utf8")]);
}

interface Address {
  readonly url: string;
  readonly certificate: string | null;
}

async function firstAddress(child: ChildProcess): Promise<Address> {
  if (child.stdout === null) throw new RangeError("no standard output");
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('{"url"')) continue;
    child.stdout.resume();
    return JSON.parse(line);
  }
  return new Promise(() => undefined);
}

function ended(child: ChildProcess, said: readonly string[]): Promise<never> {
  return new Promise((_, fail) => {
    child.once("exit", (code) => fail(new Error(`the emulated AWS ended with code ${code}: ${said.join("")}`)));
    child.once("error", fail);
  });
}

async function healthy(url: string, child: ChildProcess, said: readonly string[]): Promise<void> {
  for (const end = Date.now() + startMilliseconds; ; await wait(100)) {
    if (child.exitCode !== null) throw new Error(`the emulated AWS ended: ${said.join("")}`);
    const answer = await fetch(`${url}/_ministack/health`).catch(() => null);
    if (answer?.ok === true) return;
    if (Date.now() > end) throw new Error(`the emulated AWS does not answer: ${said.join("")}`);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  const gone = new Promise((settle) => child.once("exit", settle));
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), stopMilliseconds);
  await gone;
  clearTimeout(hard);
}

/** jest loads setup and teardown apart; what they share lies on the process. */
const place: { [held]?: Emulator | null } = globalThis as object;

export function holdEmulator(emulator: Emulator | null): void {
  place[held] = emulator;
}

export function heldEmulator(): Emulator | null {
  return place[held] ?? null;
}
