// Reads a recipe and holds it against the training arguments of the pinned Ultralytics.
import { closest } from "fastest-levenshtein";
import type { Task } from "../../contracts/common.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { type Recipe, recipe, type TrainArgument, type TrainArguments } from "../../contracts/recipe.ts";
import { firstProblem, shown } from "./problem.ts";

type Scalar = Recipe["args"][string];

function kindOf(argument: TrainArgument): string {
  const range =
    argument.minimum === null && argument.maximum === null
      ? ""
      : ` from ${argument.minimum ?? "any"} to ${argument.maximum ?? "any"}`;
  const choices = argument.choices === null ? "" : ` out of ${argument.choices.map(shown).join(", ")}`;
  const nothing = argument.nullable ? ", or null" : "";
  const names = {
    boolean: "true or false",
    integer: "a whole number",
    number: "a number",
    fraction: "a number",
    string: "a text",
  };
  return `${names[argument.type]}${range}${choices}${nothing}`;
}

function hasType(argument: TrainArgument, value: Scalar): boolean {
  if (value === null) return argument.nullable;
  if (argument.choices?.includes(value)) return true;
  switch (argument.type) {
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string";
    case "integer":
      return Number.isInteger(value);
    case "number":
    case "fraction":
      return typeof value === "number" && Number.isFinite(value);
  }
}

function isAllowed(argument: TrainArgument, value: Scalar): boolean {
  if (!hasType(argument, value)) return false;
  if (argument.choices !== null) return value === null || argument.choices.includes(value);
  if (typeof value !== "number") return true;
  return (
    value >= (argument.minimum ?? Number.NEGATIVE_INFINITY) && value <= (argument.maximum ?? Number.POSITIVE_INFINITY)
  );
}

function checkArgument(name: string, value: Scalar, known: TrainArguments, task: Task): void {
  const withheld = known.withheld.find((entry) => entry.name === name);
  if (withheld !== undefined)
    throw new BobbinError("RecipeArgumentWithheld", { argument: name, reason: withheld.reason });
  const argument = known.arguments.find((entry) => entry.name === name);
  if (argument === undefined) {
    const nearest = closest(
      name,
      known.arguments.map((entry) => entry.name),
    );
    throw new BobbinError("RecipeArgumentUnknown", { argument: name, nearest });
  }
  if (argument.tasks?.includes(task) === false) {
    const reason = `it has no effect on the task ${task}`;
    throw new BobbinError("RecipeArgumentWithheld", { argument: name, reason });
  }
  if (!isAllowed(argument, value))
    throw new BobbinError("RecipeArgumentInvalid", { argument: name, found: shown(value), wanted: kindOf(argument) });
}

/**
 * @param value the recipe as it was written
 * @param known the training arguments of the pinned Ultralytics
 * @param classes the config's class names, for the recipe's subset
 * @param task what is trained: some arguments have an effect on some tasks alone
 * @throws ConfigInvalid, RecipeArgumentUnknown, RecipeArgumentWithheld, RecipeArgumentInvalid, RecipeClassUnknown
 */
export function parseRecipe(
  file: string,
  value: unknown,
  known: TrainArguments,
  classes: readonly string[],
  task: Task,
): Recipe {
  const parsed = recipe.safeParse(value);
  if (!parsed.success) throw new BobbinError("ConfigInvalid", { file, ...firstProblem(parsed.error, value) });
  for (const [name, argument] of Object.entries(parsed.data.args)) checkArgument(name, argument, known, task);
  for (const name of parsed.data.classes ?? []) {
    if (!classes.includes(name))
      throw new BobbinError("RecipeClassUnknown", { class: name, wanted: classes.join(", ") });
  }
  return parsed.data;
}
