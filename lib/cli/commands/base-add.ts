// bobbin base add: takes starting weights into the store by their digest.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { BaseAnswer } from "../../contracts/answers.ts";
import { BobbinError } from "../../contracts/errors.ts";
import { addBaseWeights } from "../../core/registry/base-weights.ts";
import type { Context } from "../context.ts";
import { openStore } from "../context.ts";

export async function baseAdd(
  context: Context,
  [file]: readonly [string],
  options: { name: string; unofficial?: boolean },
): Promise<number> {
  if (!existsSync(file)) {
    throw new BobbinError("UsageWrong", { problem: `There is no file ${file}.`, command: "base add" });
  }
  const { stores } = await openStore(context);
  const added = await addBaseWeights(
    { name: options.name, file: basename(file), bytes: await readFile(file), unofficial: options.unofficial === true },
    { stores, clock: { now: () => new Date() } },
  );
  const answer: BaseAnswer = {
    schema: "bobbin/answer-base/1",
    name: added.name,
    sha256: added.sha256,
    bytes: added.bytes,
    official: added.official,
  };
  context.out.answer(answer, () => [
    `${added.name} is ${added.official ? "the official file" : "an unofficial file"}, ${added.bytes} bytes, sha256 ${added.sha256}`,
  ]);
  return 0;
}
