// A recipe: how a model is trained. `args` are Ultralytics training arguments; the allow-list is generated from the pinned version.
import * as z from "zod";
import { document, runId, sha256, slug, task } from "./common.ts";

export const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const recipe = document(
  "bobbin/recipe/1",
  "How a model is trained: Ultralytics arguments, threads, time limit, class subset.",
  z.strictObject({
    $schema: z.string().optional(),
    schema: z.literal("bobbin/recipe/1"),
    name: slug,
    description: z.string().default(""),
    /** Ultralytics training arguments; what is absent has Ultralytics' default. `seed` is one of them. */
    args: z.record(z.string(), scalar),
    /** The classes to train, by name; absent: all of the config's. */
    classes: z.array(z.string()).min(1).optional(),
    /** CPU threads of the trainer; results depend on it, so it is fixed here and not by the host. */
    threads: z.int().min(1).max(256).default(2),
    /** Momentum of batch normalisation in training; absent: Ultralytics' 0.03. 0.1 helps runs of few steps. */
    batchNormMomentum: z.number().gt(0).max(1).optional(),
    /** A job that has not ended by then is stopped. */
    timeoutSeconds: z.int().min(60).max(604800).default(21600),
    /** Batches of the smoke phase before the run. */
    smokeBatches: z.int().min(1).max(100).default(2),
  }),
  "input",
);
export type Recipe = z.infer<typeof recipe>;

/** One Ultralytics training argument, as found in the pinned version. */
export const trainArgument = z.strictObject({
  name: z.string(),
  type: z.enum(["boolean", "integer", "number", "string", "fraction"]),
  nullable: z.boolean(),
  minimum: z.number().nullable(),
  maximum: z.number().nullable(),
  choices: z.array(scalar).nullable(),
  default: scalar,
  /** The tasks that it has an effect on; absent: all. Elsewhere it is refused. */
  tasks: z.array(task).min(1).optional(),
  group: z.enum(["core", "optimiser and schedule", "regularisation and loss", "augmentation"]),
});
export type TrainArgument = z.infer<typeof trainArgument>;
export const trainArguments = document(
  "bobbin/train-arguments/1",
  "The Ultralytics training arguments a recipe may set, generated from the pinned Ultralytics.",
  z.strictObject({
    schema: z.literal("bobbin/train-arguments/1"),
    ultralytics: z.string(),
    arguments: z.array(trainArgument),
    /** Arguments that exist in Ultralytics and that Bobbin sets itself or forbids, with the reason. */
    withheld: z.array(z.strictObject({ name: z.string(), reason: z.string() })),
  }),
);
export type TrainArguments = z.infer<typeof trainArguments>;

export const recipeNumbers = document(
  "bobbin/recipe-numbers/1",
  "models/<model>/recipes.json: the recipes of a model by first use of their digest; r1 is the first.",
  z.strictObject({
    schema: z.literal("bobbin/recipe-numbers/1"),
    recipes: z.array(z.strictObject({ sha256, name: slug, runId })),
    nonce: z.string(),
  }),
);
export type RecipeNumbers = z.infer<typeof recipeNumbers>;
