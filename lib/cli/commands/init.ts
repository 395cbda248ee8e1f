// bobbin init: looks into an export and writes bobbin.json and a signing key beside it. It chooses no group rule for anybody.

import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { InitAnswer } from "../../contracts/answers.ts";
import {
  type Config,
  type ConfigInput,
  type Conversion,
  type EndPoint,
  type GroupRule,
  groupRule,
} from "../../contracts/config.ts";
import type { Label } from "../../contracts/dataset.ts";
import { BobbinError, isBobbinError } from "../../contracts/errors.ts";
import { jsonSchemas, schemaFile } from "../../contracts/schemas.ts";
import { parseConfig } from "../../core/config/parse.ts";
import { applyGroupRule } from "../../core/dataset/group-rule/apply.ts";
import { type Proposal, proposeGroupRules } from "../../core/dataset/group-rule/propose.ts";
import { parseGroupRule, ruleText } from "../../core/dataset/group-rule/rule-text.ts";
import { conversionOf, ownKind } from "../../core/dataset/manifest-classes.ts";
import { taskProblem } from "../../core/dataset/task-fit.ts";
import { isOfFrames } from "../../core/tasks.ts";
import { createKey, openLocalSigner } from "../../local/signer/local-signer.ts";
import { classNames } from "../class-names.ts";
import type { Context } from "../context.ts";
import { keyFile } from "../paths.ts";
import { type Survey, surveyExport } from "../survey.ts";
import { plain, table } from "../text.ts";
import { conversionsOf, taskOf } from "../words.ts";

interface InitOptions {
  readonly groupRule?: string;
  readonly project?: string;
  readonly names?: string;
  readonly convert?: string;
  readonly task?: string;
  readonly recipe: string;
  readonly ratios?: string;
  readonly architecture: string;
}

/** Keys and environments stay on this machine; the schema may be shared. */
const ignored = "keys/\nenv/\nenv.tools/\n";
const budgetYears = 1;

/** A project's name from the export's: lower case, what is no letter or digit becomes `_`. */
function slugOf(path: string): string {
  const name = basename(path)
    .replace(/\.zip$/i, "")
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "_")
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "")
    .slice(0, 40)
    .replace(/[^a-z0-9]+$/, "");
  return name === "" ? "project" : name;
}

function proposalLines(proposals: readonly Proposal[]): string[] {
  const rows = proposals.map((proposal, index) => [
    String(index + 1),
    String(proposal.groups),
    `${proposal.largest.frames} in ${plain(proposal.largest.group)}`,
    plain(proposal.description),
    plain(ruleText(proposal.rule)),
  ]);
  return table([["", "groups", "largest", "what it takes", "rule"], ...rows]);
}

/** The rule as it was asked for; else asked now; else refused with what would fit. */
async function chooseRule(context: Context, proposals: readonly Proposal[], asked?: string): Promise<GroupRule> {
  if (asked !== undefined) return parseGroupRule(asked);
  if (!context.out.interactive) {
    throw new BobbinError("GroupRuleMissing", {
      proposals: proposals.map(({ rule, groups }) => `${ruleText(rule)} (${groups} groups)`).join("; "),
    });
  }
  context.out.say("Which frames belong together? Frames of one group never stand in train and test at once.");
  for (const line of proposalLines(proposals)) context.out.say(`  ${line}`);
  const answer = await context.out.ask("Number, or a rule of your own: ");
  return proposals[Number(answer) - 1]?.rule ?? parseGroupRule(answer);
}

/** Folders that are the classes' own: groups of one class each say nothing of recordings, and would take classes out of train. */
function isByClass(rule: GroupRule, { frames }: Survey): boolean {
  if (rule.kind !== "folder" || !frames.some(({ whole }) => whole !== null)) return false;
  const classes = new Map<string, Set<string | null>>();
  for (const frame of frames) {
    const group = applyGroupRule(rule, frame, { groupOfFrame: {}, attributes: {} }) ?? "";
    classes.set(group, (classes.get(group) ?? new Set()).add(frame.whole));
  }
  return [...classes.values()].every(({ size }) => size === 1);
}

function ratiosOf(text: string | undefined): { ratios: { train: number; val: number; test: number } } | undefined {
  if (text === undefined) return undefined;
  const [train = Number.NaN, val = Number.NaN, test = Number.NaN, ...more] = text.split(",").map(Number);
  if (more.length > 0 || [train, val, test].some((ratio) => !Number.isFinite(ratio))) {
    throw new BobbinError("UsageWrong", {
      problem: `--ratios ${text} is not three numbers such as 0.7,0.15,0.15.`,
      command: "init",
    });
  }
  return { ratios: { train, val, test } };
}

/** What the task can be trained on. @throws TaskNotServed, NoFrames */
function assertServed(path: string, survey: Survey, task: Config["task"], conversions: readonly Conversion[]): void {
  if (survey.frames.length === 0) throw new BobbinError("NoFrames", { path, found: "no frame" });
  const { kinds, outlined } = survey;
  const isBox = (kind: Label["kind"]) => {
    const rule = conversionOf[kind];
    return kind === ownKind.detect || (rule !== undefined && conversions.includes(rule));
  };
  const served: Readonly<Record<Config["task"], number>> = {
    detect: [...kinds].reduce((sum, [kind, labels]) => sum + (isBox(kind) ? labels : 0), 0),
    segment: outlined,
    classify: kinds.get(ownKind.classify) ?? 0,
  };
  if (kinds.size === 0) {
    throw new BobbinError("TaskNotServed", { task, found: "no labels", nearest: "detect, once boxes are drawn" });
  }
  const problem = taskProblem(task, kinds, served[task], outlined > 0);
  if (problem !== null) throw problem;
}

/** What to train where nobody says it: classify, where the labels can serve nothing else, else detect. */
function servedAtOnce({ kinds }: Pick<Survey, "kinds">): Config["task"] {
  return kinds.size === 1 && kinds.has(ownKind.classify) ? "classify" : "detect";
}

/** What models of a task are compared by, unless somebody says otherwise. */
const endPoints: Readonly<Record<Config["task"], EndPoint>> = { detect: "mAP50", segment: "mAP50", classify: "top1" };

async function openKey(path: string): Promise<string> {
  try {
    return (await createKey(path)).fingerprint;
  } catch (error) {
    if (!isBobbinError(error, "KeyExists")) throw error;
    return (await openLocalSigner(path)).fingerprint();
  }
}

function configOf(
  survey: Survey,
  rule: GroupRule,
  name: string,
  options: Omit<InitOptions, "task"> & { readonly task: Config["task"] },
): ConfigInput {
  const ends = new Date();
  ends.setUTCFullYear(ends.getUTCFullYear() + budgetYears);
  const split = ratiosOf(options.ratios);
  const names = classNames(options.names);
  const conversions = conversionsOf(options.convert, "init");
  const { task } = options;
  return {
    $schema: `./.bobbin/${schemaFile("bobbin/config/1")}`,
    schema: "bobbin/config/1",
    project: name,
    model: name,
    dataset: name,
    task,
    architecture: options.architecture,
    classes: [...survey.classes]
      .filter(([, labels]) => labels > 0)
      .map(([className]) => ({ name: className, from: [], base: [] })),
    ignore: [],
    ...(conversions.length > 0 ? { conversions: [...conversions] } : {}),
    ...(names === null ? {} : { names }),
    groupRule: groupRule.parse(rule),
    ...(split === undefined ? {} : { split }),
    gates: { primary: endPoints[task], margin: 0, alpha: 0.05 },
    recipe: options.recipe,
    budget: { name: "phase-1", capUsd: 200, ends: ends.toISOString() },
    region: "local",
  };
}

async function writeProject(context: Context, written: ConfigInput): Promise<void> {
  const folder = join(dirname(context.configFile), ".bobbin");
  const schema = schemaFile("bobbin/config/1");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, ".gitignore"), ignored);
  await writeFile(join(folder, schema), `${JSON.stringify(jsonSchemas().get(schema), null, 2)}\n`);
  await writeFile(context.configFile, `${JSON.stringify(written, null, 2)}\n`, { flag: "wx" });
}

function lines(answer: InitAnswer, survey: Survey, task: Config["task"]): string[] {
  return [
    `${answer.format}: ${survey.frames.length} frames, ${answer.classes.length} classes (${plain(answer.classes.join(", "))}).`,
    ...(isOfFrames(task) ? ["The labels say what whole frames show, so the task is classify."] : []),
    `Wrote ${answer.config} with the group rule ${plain(answer.chosen)}: read it before you run.`,
    `Signing key  ${answer.publicKey.replace(/\.pub$/, "")}  (keep it; never commit it)`,
    `Public key   ${answer.publicKey}  ${answer.fingerprint}`,
    "Next: bobbin check EXPORT, then bobbin run EXPORT",
  ];
}

export async function init(context: Context, [path]: readonly [string], options: InitOptions): Promise<number> {
  if (existsSync(context.configFile)) throw new BobbinError("ConfigExists", { path: context.configFile });
  const survey = await surveyExport(path, classNames(options.names));
  const task = taskOf(options.task, "init") ?? servedAtOnce(survey);
  assertServed(path, survey, task, conversionsOf(options.convert, "init"));
  const proposals = proposeGroupRules(survey.frames).filter(({ rule }) => !isByClass(rule, survey));
  const rule = await chooseRule(context, proposals, options.groupRule);
  const name = options.project ?? slugOf(path);
  const draft = configOf(survey, rule, name, { ...options, task });
  parseConfig(context.configFile, JSON.stringify(draft));
  const key = keyFile(context.configFile, name);
  const fingerprint = await openKey(key);
  await writeProject(context, { ...draft, signingKey: { fingerprint } });
  const answer: InitAnswer = {
    schema: "bobbin/answer-init/1",
    config: context.configFile,
    publicKey: `${key}.pub`,
    fingerprint,
    format: survey.detection.format,
    classes: draft.classes.map((entry) => entry.name),
    proposals: proposals.map((proposal) => ({
      rule: proposal.rule,
      text: ruleText(proposal.rule),
      description: proposal.description,
      groups: proposal.groups,
      largest: proposal.largest.frames,
    })),
    chosen: ruleText(rule),
  };
  context.out.answer(answer, () => lines(answer, survey, task));
  return 0;
}
