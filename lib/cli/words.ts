// Options that take one word of a list, or several; looked at when the command runs, so that `--help` loads no contract.
import { type Task, task } from "../contracts/common.ts";
import { type Conversion, conversion } from "../contracts/config.ts";
import { BobbinError } from "../contracts/errors.ts";

/** The word that `option` was given, e.g. `--gate`. @throws UsageWrong */
export function wordOf<Word extends string>(
  words: readonly Word[],
  option: string,
  text: string,
  command: string,
): Word {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  const problem = `${option} takes ${words.join(", ")}; found ${text}.`;
  throw new BobbinError("UsageWrong", { problem, command });
}

/** `--task`: null where the option is absent. @throws UsageWrong */
export function taskOf(text: string | undefined, command: string): Task | null {
  return text === undefined ? null : wordOf(task.options, "--task", text, command);
}

/** `--convert`: which shapes count as their bounding boxes, separated by commas. @throws UsageWrong */
export function conversionsOf(text: string | undefined, command: string): readonly Conversion[] {
  const names = (text ?? "").split(",").filter((name) => name !== "");
  return names.map((name) => wordOf(conversion.options, "--convert", name, command));
}
