// One process at a time works on a run. Claims are files made once and numbered, so there is no lock to go stale: the last
// claim counts, for as long as its process lives.
import fs from "node:fs";
import path from "node:path";
import { BobbinError } from "../../contracts/errors.ts";
import { codeOf } from "../error-code.ts";
import { isAlive, markOf, type ProcessMark, processMark } from "./alive.ts";

/** The process at work in this folder; null where there is none. */
export function claimant(folder: string): ProcessMark | null {
  const mark = lastClaim(folder).mark;
  return mark !== null && isAlive(mark) ? mark : null;
}

/** True where somebody worked in this folder who does not any more: who was never here may only just be coming. */
export function isAbandoned(folder: string): boolean {
  return lastClaim(folder).number > 0 && claimant(folder) === null;
}

/** Claims a run's work folder for this process. @throws RunAlive */
export function claim(folder: string, runId: string): void {
  fs.mkdirSync(path.join(folder, "claims"), { recursive: true });
  for (;;) {
    const last = lastClaim(folder);
    if (last.mark !== null && isAlive(last.mark)) throw new BobbinError("RunAlive", { runId, pid: last.mark.pid });
    const mine = markOf(process.pid);
    const file = path.join(folder, "claims", `${last.number + 1}.json`);
    const temporary = path.join(folder, "claims", `.${process.pid}-${last.number + 1}`);
    fs.writeFileSync(temporary, JSON.stringify(mine));
    try {
      fs.linkSync(temporary, file);
      return;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      // Another process was faster: look at its claim.
    } finally {
      fs.rmSync(temporary, { force: true });
    }
  }
}

/** Ends this process' claim, so that it can claim again. */
export function release(folder: string): void {
  const last = lastClaim(folder);
  if (last.mark?.pid === process.pid) fs.writeFileSync(path.join(folder, "claims", `${last.number}.ended`), "");
}

function lastClaim(folder: string): { readonly number: number; readonly mark: ProcessMark | null } {
  const names = fs.existsSync(path.join(folder, "claims")) ? fs.readdirSync(path.join(folder, "claims")) : [];
  const numbers = names.map((name) => /^([1-9][0-9]*)\.json$/.exec(name)?.[1]).map((text) => Number(text ?? 0));
  const number = Math.max(0, ...numbers);
  if (number === 0 || names.includes(`${number}.ended`)) return { number, mark: null };
  return { number, mark: readMark(path.join(folder, "claims", `${number}.json`)) };
}

/** Null for a file that a power cut tore: whoever wrote it is gone. */
function readMark(file: string): ProcessMark | null {
  try {
    return processMark.parse(JSON.parse(fs.readFileSync(file, "utf8")));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
