// Does again what docs/budget-proof.md tells of, and writes the figures into it: `npm run proof:budget`, or only some of its parts:
// `npm run proof:budget -- explored months`.
import { explored } from "../support/proof/explored.ts";
import { failed } from "../support/proof/failed.ts";
import { lived } from "../support/proof/lived.ts";
import { mutated } from "../support/proof/mutated.ts";
import { walked } from "../support/proof/walked.ts";

const parts: Readonly<Record<string, () => Promise<string>>> = {
  explored,
  walks: walked,
  failures: failed,
  mutants: mutated,
  months: lived,
};

const { writeBlock } = await import("../support/proof/blocks.ts");
const wanted = process.argv.slice(2);
for (const name of wanted.length === 0 ? Object.keys(parts) : wanted) {
  const part = parts[name];
  if (part === undefined) throw new RangeError(`no part named ${name}; there are ${Object.keys(parts).join(", ")}`);
  writeBlock(name, await part());
}
