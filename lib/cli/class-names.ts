// `--names`: class names by id, for exports that carry ids alone.
import { BobbinError } from "../contracts/errors.ts";
import { coco80 } from "../core/dataset/coco80.ts";

/** `coco80`, or names separated by commas; null where the option is absent. @throws UsageWrong */
export function classNames(option: string | undefined): [string, ...string[]] | null {
  if (option === undefined) return null;
  const [first, ...more] = option === "coco80" ? coco80 : option.split(",").map((name) => name.trim());
  const names: [string, ...string[]] = [first ?? "", ...more];
  if (names.some((name) => name === "") || new Set(names).size !== names.length) {
    throw new BobbinError("UsageWrong", {
      problem: `--names ${option} has an empty or a double name; wanted coco80, or names such as person,car.`,
      command: "check",
    });
  }
  return names;
}
