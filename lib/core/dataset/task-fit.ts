// Which task a set of labels can serve, and which is nearest where it is not the one that was asked for.
import { type Task, task as taskSchema } from "../../contracts/common.ts";
import type { Config, Conversion } from "../../contracts/config.ts";
import type { Label } from "../../contracts/dataset.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { conversionOf, ownKind } from "./manifest-classes.ts";

export type Kinds = ReadonlyMap<Label["kind"], number>;

/** `29 × polygon, 1 × box`. */
export function kindsText(kinds: Kinds): string {
  return [...kinds].map(([kind, labels]) => `${labels} × ${kind}`).join(", ") || "no labels";
}

/** The named rules that would make boxes of these kinds. */
function rulesFor(kinds: Kinds): readonly Conversion[] {
  return [...kinds.keys()].flatMap((kind) => conversionOf[kind] ?? []);
}

/** What these labels can be trained for, in words; the first is the nearest. */
function nearest(kinds: Kinds, outlined: boolean, task: Config["task"]): string {
  const rules = rulesFor(kinds);
  const byRule =
    rules.length === 0 ? [] : [`detect with "conversions": ${JSON.stringify(rules)}, on their bounding boxes`];
  const serves: Readonly<Record<Task, boolean>> = {
    detect: kinds.has(ownKind.detect),
    segment: outlined,
    classify: kinds.has(ownKind.classify),
  };
  const ways = [...taskSchema.options.filter((other) => other !== task && serves[other]), ...byRule];
  return ways.length > 0 ? ways.join(", or ") : "detect, once boxes are drawn";
}

/**
 * @param kinds labels of the project's classes by kind, crowd regions left out
 * @param served how many of them the task can be trained on, by the config's conversions
 * @param outlined whether any of them has an outline: masks too fine to be drawn have none
 * @returns why the task cannot be trained, or null. Without any label there is nothing to say.
 */
export function taskProblem(task: Config["task"], kinds: Kinds, served: number, outlined: boolean): BobbinError | null {
  if (served > 0 || kinds.size === 0) return null;
  return new BobbinError("TaskNotServed", { task, found: kindsText(kinds), nearest: nearest(kinds, outlined, task) });
}

/** Regions of many objects at once, and no label else: no task is trained on them. */
export function crowdsAlone(task: Config["task"], crowds: number): BobbinError {
  return new BobbinError("TaskNotServed", {
    task,
    found: `${crowds} × crowd region, which nothing is trained on`,
    nearest:
      "labels of single objects; masks brushed in CVAT are crowds in its COCO export, and none in CVAT for images 1.1",
  });
}
