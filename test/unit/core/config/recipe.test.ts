// Recipes: each argument is held against the list of the pinned Ultralytics.
import { describe, expect, it } from "@jest/globals";
import type { Task } from "../../../../lib/contracts/common.ts";
import { BobbinError } from "../../../../lib/contracts/errors.ts";
import type { TrainArguments } from "../../../../lib/contracts/recipe.ts";
import { parseRecipe } from "../../../../lib/core/config/recipe.ts";

const open = { nullable: false, minimum: null, maximum: null, choices: null, default: null };
const known: TrainArguments = {
  schema: "bobbin/train-arguments/1",
  ultralytics: "8.4.190",
  arguments: [
    { ...open, name: "epochs", type: "integer", minimum: 1, group: "core" },
    { ...open, name: "lr0", type: "number", minimum: 0, group: "optimiser and schedule" },
    { ...open, name: "fliplr", type: "fraction", minimum: 0, maximum: 1, group: "augmentation" },
    { ...open, name: "cos_lr", type: "boolean", group: "optimiser and schedule" },
    { ...open, name: "optimizer", type: "string", choices: ["SGD", "AdamW"], group: "optimiser and schedule" },
    { ...open, name: "freeze", type: "integer", nullable: true, group: "core" },
    { ...open, name: "mask_ratio", type: "integer", tasks: ["segment"], group: "regularisation and loss" },
  ],
  withheld: [{ name: "data", reason: "Bobbin writes it" }],
};

const parse = (args: Record<string, unknown>, more: object = {}, task: Task = "detect") =>
  parseRecipe(
    "recipe.json",
    { schema: "bobbin/recipe/1", name: "mine", args, ...more },
    known,
    ["person", "car"],
    task,
  );

function refusal(args: Record<string, unknown>, more: object = {}, task: Task = "detect") {
  try {
    parse(args, more, task);
    return null;
  } catch (error) {
    if (!(error instanceof BobbinError)) throw error;
    return { name: error.name, data: error.data };
  }
}

describe("a recipe", () => {
  it("takes arguments inside their range", () => {
    expect(parse({ epochs: 3, lr0: 0.01, fliplr: 0, cos_lr: true, optimizer: "SGD", freeze: null }).args.epochs).toBe(
      3,
    );
    expect(parse({}, { classes: ["car"] }).classes).toEqual(["car"]);
  });

  it("names the nearest argument where one is unknown", () => {
    expect(refusal({ epoch: 3 })).toEqual({
      name: "RecipeArgumentUnknown",
      data: { argument: "epoch", nearest: "epochs" },
    });
    expect(refusal({ flip_lr: 0 })).toEqual({
      name: "RecipeArgumentUnknown",
      data: { argument: "flip_lr", nearest: "fliplr" },
    });
  });

  it("says why an argument is withheld", () => {
    expect(refusal({ data: "x.yaml" })).toEqual({
      name: "RecipeArgumentWithheld",
      data: { argument: "data", reason: "Bobbin writes it" },
    });
  });

  it.each([
    ["epochs", 0],
    ["epochs", 1.5],
    ["epochs", "3"],
    ["fliplr", 1.01],
    ["fliplr", -0.1],
    ["lr0", -1],
    ["cos_lr", 1],
    ["optimizer", "Lion"],
    ["lr0", null],
  ])("refuses %s = %p", (argument, value) => {
    expect(refusal({ [argument]: value })).toMatchObject({ name: "RecipeArgumentInvalid", data: { argument } });
  });

  it("trains only classes of the config", () => {
    expect(refusal({}, { classes: ["dog"] })).toEqual({
      name: "RecipeClassUnknown",
      data: { class: "dog", wanted: "person, car" },
    });
  });

  it("takes an argument for the tasks that it has an effect on", () => {
    expect(parse({ mask_ratio: 2 }, {}, "segment").args).toEqual({ mask_ratio: 2 });
    for (const task of ["detect", "classify"] as const) {
      expect(refusal({ mask_ratio: 2 }, {}, task)).toMatchObject({
        name: "RecipeArgumentWithheld",
        data: { argument: "mask_ratio", reason: expect.stringContaining(task) },
      });
    }
  });
});
