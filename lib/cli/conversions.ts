// `--convert`: which shapes count as their bounding boxes.
import { type Conversion, conversion } from "../contracts/config.ts";
import { BobbinError } from "../contracts/errors.ts";

/** Rules separated by commas; none where the option is absent. @throws UsageWrong */
export function conversionsOf(option: string | undefined, command: string): readonly Conversion[] {
  const names = (option ?? "").split(",").filter((name) => name !== "");
  return names.map((name) => {
    const parsed = conversion.safeParse(name);
    if (parsed.success) return parsed.data;
    const problem = `--convert ${name} is no rule; there are ${conversion.options.join(", ")}.`;
    throw new BobbinError("UsageWrong", { problem, command });
  });
}
