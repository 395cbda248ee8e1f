// Reads `bobbin.json`: its schema, and the rules between its fields that a JSON Schema cannot say.

import { type Config, type ConfigInput, config, type EndPoint } from "../../contracts/config.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { firstProblem, shown } from "./problem.ts";

function refuse(file: string, field: string, found: string, wanted: string): never {
  throw new BobbinError("ConfigInvalid", { file, field, found, wanted });
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    return refuse(file, "the document", error instanceof Error ? error.message : "broken JSON", "JSON");
  }
}

/** Every name that labels may use stands for one class, or is ignored; never both, never two. */
function checkNames(file: string, parsed: Config): void {
  const owners = new Map<string, string>();
  for (const [index, entry] of parsed.classes.entries()) {
    for (const name of new Set([entry.name, ...entry.from])) {
      const other = owners.get(name);
      if (other !== undefined)
        refuse(
          file,
          `classes.${index}`,
          `the name ${shown(name)}, which ${other} has too`,
          "names that belong to one class",
        );
      owners.set(name, entry.name);
    }
  }
  for (const [index, name] of parsed.ignore.entries()) {
    if (owners.has(name)) refuse(file, `ignore.${index}`, `the name ${shown(name)} of a class`, "names of no class");
  }
}

function checkRatios(file: string, { ratios }: Config["split"]): void {
  const sum = ratios.train + ratios.val + ratios.test;
  if (Math.abs(sum - 1) > 1e-6) refuse(file, "split.ratios", `a sum of ${Number(sum.toFixed(6))}`, "a sum of 1");
  for (const part of ["train", "val", "test"] as const) {
    if (ratios[part] === 0)
      refuse(file, `split.ratios.${part}`, "0", "more than 0: a release needs train, val and test");
  }
}

/** A candidate that may be worse by nothing would have to be shown better. */
function checkGates(file: string, { gates }: Config): void {
  if (gates.test === "not-worse" && gates.margin === 0)
    refuse(file, "gates.margin", "0", "more than 0: what a model that is not worse may lose");
}

function checkRule(file: string, { groupRule }: Config): void {
  if (groupRule.kind !== "pattern") return;
  try {
    new RegExp(groupRule.pattern, "u");
  } catch (error) {
    refuse(
      file,
      "groupRule.pattern",
      error instanceof Error ? error.message : shown(groupRule.pattern),
      "a regular expression",
    );
  }
  if (!/\(\?<[A-Za-z]/.test(groupRule.pattern))
    refuse(
      file,
      "groupRule.pattern",
      shown(groupRule.pattern),
      "at least one named group, e.g. (?<day>\\d{4}-\\d{2}-\\d{2})",
    );
}

/** What Ultralytics puts behind an architecture's name for models of a task; none for detect. */
const endings: Readonly<Record<string, Config["task"] | null>> = {
  seg: "segment",
  cls: "classify",
  pose: null,
  obb: null,
};

/** What a task is compared by where the config names nothing; what else it may name. */
const endPoints: Readonly<Record<Config["task"], readonly EndPoint[]>> = {
  detect: ["mAP50", "mAP50-95"],
  segment: ["mAP50", "mAP50-95"],
  classify: ["top1"],
};

/** The end point as it was written, or the task's own. */
function withEndPoint(file: string, value: unknown, parsed: Config): Config {
  const fitting = endPoints[parsed.task];
  const isNamed = (value as Partial<ConfigInput>).gates?.primary !== undefined;
  const { primary } = parsed.gates;
  if (fitting.includes(primary)) return parsed;
  if (isNamed) refuse(file, "gates.primary", `${shown(primary)} for the task ${parsed.task}`, fitting.join(" or "));
  return { ...parsed, gates: { ...parsed.gates, primary: fitting[0] ?? primary } };
}

function checkTask(file: string, { task, architecture }: Config): void {
  const ending = /-(seg|cls|pose|obb)$/.exec(architecture)?.[1];
  if (ending !== undefined && endings[ending] !== task)
    refuse(
      file,
      "architecture",
      `${shown(architecture)} for the task ${task}`,
      `one of the task, such as ${shown(architecture.replace(/-\w+$/, ""))}`,
    );
}

/**
 * @param file as people know it, for the error
 * @throws ConfigInvalid naming the first field that is wrong, the value found and the value wanted
 */
export function parseConfig(file: string, text: string): Config {
  const value = parseJson(file, text);
  const parsed = config.safeParse(value);
  if (!parsed.success) {
    const { field, found, wanted } = firstProblem(parsed.error, value);
    refuse(file, field, found, wanted);
  }
  checkNames(file, parsed.data);
  checkGates(file, parsed.data);
  checkRatios(file, parsed.data.split);
  checkRule(file, parsed.data);
  checkTask(file, parsed.data);
  return withEndPoint(file, value, parsed.data);
}
