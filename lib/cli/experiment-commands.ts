// The commands that look at data with models many times and make no release.
import type { Command } from "commander";
import { type Define, deviceOption, namesOption } from "./define.ts";

const deviceHere = "cpu; in a stack as the pushed config says";

export function addExperimentCommands(program: Command, define: Define): void {
  define(program, {
    name: "measure",
    summary: "Before any training: is the off-the-shelf model enough on these frames?",
    example: "bobbin measure frames.zip",
    load: async () => (await import("./commands/measure.ts")).measure,
  })
    .argument("<export>", "zip or folder with labels and images")
    .addOption(deviceOption(deviceHere))
    .addOption(namesOption());
  define(program, {
    name: "ablate",
    summary: "Train with something varied, several seeds each, and compare on val; makes no release",
    example: "bobbin ablate frames.zip --vary fliplr=0,0.5 --vary mosaic=0,1 --seeds 3",
    load: async () => (await import("./commands/experiment.ts")).ablate,
  })
    .argument("<export>", "zip or folder")
    .requiredOption(
      "--vary <argument=values>",
      "a training argument and its values; the first is what the others are compared with; may be given again",
      (value: string, before: string[] = []) => [...before, value],
    )
    .option("--seeds <number>", "trainings of each combination", "3")
    .option("--recipe <recipe>", "plan, demo or a file, instead of the config's")
    .addOption(deviceOption(deviceHere))
    .addOption(namesOption());
  define(program, {
    name: "grouped-cv",
    summary:
      "Cross-validate the recipe by group: every group is scored by a model that has not seen it; makes no release",
    example: "bobbin grouped-cv frames.zip --folds 5",
    load: async () => (await import("./commands/experiment.ts")).groupedCv,
  })
    .argument("<export>", "zip or folder")
    .option("--folds <number>", "how often the groups are shared out", "5")
    .option("--recipe <recipe>", "plan, demo or a file, instead of the config's")
    .addOption(deviceOption(deviceHere))
    .addOption(namesOption());
}
