// What tasks differ in where only that matters: a task that is new is a row here, which the compiler asks for.
import type { Task } from "../contracts/common.ts";

const traits: Readonly<Record<Task, { readonly ofFrames: boolean; readonly masks: boolean }>> = {
  detect: { ofFrames: false, masks: false },
  segment: { ofFrames: false, masks: true },
  classify: { ofFrames: true, masks: false },
};

/** Whether labels and answers are of whole frames, one each, and not of what stands in them. */
export const isOfFrames = (task: Task): boolean => traits[task].ofFrames;

/** Whether what is found has an outline, and is scored by it. */
export const hasMasks = (task: Task): boolean => traits[task].masks;
