// Recipes get their numbers by first use of their digest, per model: r1, r2, …
import { registryKeys } from "../../contracts/layout.ts";
import { formatCounter } from "../../contracts/names.ts";
import { type RecipeNumbers, recipeNumbers } from "../../contracts/recipe.ts";
import type { ObjectStore } from "../ports.ts";
import { change } from "./cas.ts";

export interface UsedRecipe {
  readonly sha256: string;
  readonly name: string;
  readonly runId: string;
}

/** The recipe's number, e.g. r2; a digest that is new gets the next one. */
export async function numberRecipe(registry: ObjectStore, model: string, used: UsedRecipe): Promise<string> {
  const { recipes } = await change<RecipeNumbers>({
    store: registry,
    key: registryKeys.recipes(model),
    schema: recipeNumbers,
    nonce: `${used.runId}/recipe`,
    decide: (current) => {
      const known = current ?? { schema: "bobbin/recipe-numbers/1", recipes: [], nonce: "" };
      return known.recipes.some(({ sha256 }) => sha256 === used.sha256)
        ? known
        : { ...known, recipes: [...known.recipes, { ...used }] };
    },
  });
  return formatCounter("r", recipes.findIndex(({ sha256 }) => sha256 === used.sha256) + 1);
}
