// Reads a project from disk: bobbin.json, the CSV files and the recipe it names. What comes out is complete: a run never looks there again.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Config, GroupTable } from "../contracts/config.ts";
import { BobbinError } from "../contracts/errors.ts";
import trainArgumentsFile from "../contracts/generated/train-arguments.json" with { type: "json" };
import { type Recipe, trainArguments } from "../contracts/recipe.ts";
import demoRecipe from "../contracts/recipes/demo.json" with { type: "json" };
import demoOfFrames from "../contracts/recipes/demo-classify.json" with { type: "json" };
import planRecipe from "../contracts/recipes/plan.json" with { type: "json" };
import planOfFrames from "../contracts/recipes/plan-classify.json" with { type: "json" };
import { digestOf } from "../core/config/canonical.ts";
import { parseConfig } from "../core/config/parse.ts";
import { parseRecipe } from "../core/config/recipe.ts";
import { parseAttributesTable, parseGroupTable } from "../core/dataset/group-table.ts";
import { packageRoot, packageVersion } from "./paths.ts";

export interface Project {
  readonly config: Config;
  readonly configSha256: string;
  readonly groupTable: GroupTable;
  readonly recipe: Recipe;
  readonly recipeSha256: string;
  readonly bobbin: { readonly version: string; readonly commit: string | null };
}

/** Every task has its own: whole frames are trained smaller, and by other arguments. */
const builtIn: Readonly<Record<string, Readonly<Record<Config["task"], unknown>>>> = {
  plan: { detect: planRecipe, segment: planRecipe, classify: planOfFrames },
  demo: { detect: demoRecipe, segment: demoRecipe, classify: demoOfFrames },
};

/** @throws ConfigMissing, ConfigInvalid */
export async function loadConfig(file: string): Promise<Config> {
  if (!existsSync(file)) throw new BobbinError("ConfigMissing", { path: file });
  return parseConfig(file, await readFile(file, "utf8"));
}

async function readBeside(configFile: string, name: string, field: string): Promise<string> {
  const path = resolve(dirname(configFile), name);
  if (!existsSync(path))
    throw new BobbinError("ConfigInvalid", {
      file: configFile,
      field,
      found: `${name}, which is not there`,
      wanted: "a file beside the config",
    });
  return readFile(path, "utf8");
}

async function loadGroupTable(configFile: string, config: Config): Promise<GroupTable> {
  const { groupRule, groupAttributes } = config;
  return {
    groupOfFrame:
      groupRule.kind === "csv"
        ? parseGroupTable(groupRule.file, await readBeside(configFile, groupRule.file, "groupRule.file"))
        : {},
    attributes:
      groupAttributes === undefined
        ? {}
        : parseAttributesTable(groupAttributes, await readBeside(configFile, groupAttributes, "groupAttributes")),
  };
}

/** A recipe by its name or by the path of a file beside the config. @throws RecipeMissing, ConfigInvalid and the recipe's errors */
async function loadRecipe(configFile: string, config: Config): Promise<Recipe> {
  const classes = config.classes.map(({ name }) => name);
  const known = trainArguments.parse(trainArgumentsFile);
  const named = builtIn[config.recipe]?.[config.task];
  if (named !== undefined) return parseRecipe(config.recipe, named, known, classes, config.task);
  const path = resolve(dirname(configFile), config.recipe);
  if (!existsSync(path))
    throw new BobbinError("RecipeMissing", { recipe: config.recipe, wanted: Object.keys(builtIn).join(", ") });
  const text = await readFile(path, "utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BobbinError("ConfigInvalid", {
      file: config.recipe,
      field: "the document",
      found: error instanceof Error ? error.message : "broken JSON",
      wanted: "JSON",
    });
  }
  return parseRecipe(config.recipe, value, known, classes, config.task);
}

/** Would the project's recipe still be one with these arguments? @throws the recipe's errors */
export function checkRecipe({ config, recipe }: Pick<Project, "config" | "recipe">, args: Recipe["args"]): void {
  const classes = config.classes.map(({ name }) => name);
  parseRecipe(
    recipe.name,
    { ...recipe, args: { ...recipe.args, ...args } },
    trainArguments.parse(trainArgumentsFile),
    classes,
    config.task,
  );
}

/** The commit of the checkout that runs; null in an installed package. */
function checkoutCommit(): string | null {
  const root = packageRoot();
  if (!existsSync(join(root, ".git"))) return null;
  try {
    return execFileSync("git", ["-C", root, "rev-parse", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    // No git on this machine: the version alone is known.
    return null;
  }
}

/** @throws ConfigMissing, ConfigInvalid, TableInvalid, RecipeMissing and the recipe's errors */
export async function loadProject(configFile: string, recipe?: string): Promise<Project> {
  const config = { ...(await loadConfig(configFile)), ...(recipe === undefined ? {} : { recipe }) };
  const [groupTable, parsed] = await Promise.all([loadGroupTable(configFile, config), loadRecipe(configFile, config)]);
  return {
    config,
    configSha256: digestOf(config),
    groupTable,
    recipe: parsed,
    recipeSha256: digestOf(parsed),
    bobbin: { version: packageVersion(), commit: checkoutCommit() },
  };
}
