// One export read, checked and written as COCO by Bobbin, and what that took: a process of bench:data.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isBobbinError } from "../../lib/contracts/errors.ts";
import { detectFormat } from "../../lib/core/dataset/formats/table.ts";
import { cocoWriter } from "../../lib/core/dataset/write/coco.ts";
import { framesToWrite, type Ledger } from "../../lib/core/dataset/write/frames.ts";
import { ClassIds, Losses } from "../../lib/core/dataset/writer.ts";
import { openExport } from "../../lib/local/export-source/open.ts";
import { writeFolder } from "../../lib/local/out-folder.ts";

export interface Measure {
  readonly frames?: number;
  readonly boxes?: number;
  /** Issues by code, for Bobbin. */
  readonly issues?: Readonly<Record<string, number>>;
  readonly error?: string;
  readonly out?: number;
  readonly cpu: number;
  readonly megabytes: number;
}

async function oursOnce(folder: string, out: string | undefined): Promise<void> {
  const losses = new Losses();
  const ledger: Ledger = { read: 0, issues: [] };
  let [frames, boxes] = [0, 0];
  let error: string | undefined;
  try {
    const source = await openExport(folder);
    const { format } = await detectFormat(source);
    const reading = await format.open(source, {});
    const counted = async function* () {
      for await (const frame of framesToWrite(reading, ledger)) {
        frames += 1;
        boxes += frame.labels.filter(({ kind }) => kind === "box").length;
        yield frame;
      }
    };
    if (out === undefined) for await (const _ of counted());
    else
      await writeFolder(
        out,
        cocoWriter.write(counted(), { classes: new ClassIds(reading.classNames), losses }),
        async () => undefined,
      );
  } catch (caught) {
    if (!isBobbinError(caught)) throw caught;
    error = caught.name;
  }
  // Before what only counts.
  const { user, system } = process.cpuUsage();
  const megabytes = process.resourceUsage().maxRSS / 1024;
  const issues: Record<string, number> = {};
  for (const { code, action } of ledger.issues)
    issues[`${code} (${action})`] = (issues[`${code} (${action})`] ?? 0) + 1;
  const written = out === undefined || error !== undefined ? {} : { out: annotationsIn(out) };
  const answer: Measure = {
    ...(error === undefined ? { frames, boxes } : { error }),
    issues,
    ...written,
    cpu: (user + system) / 1e6,
    megabytes,
  };
  console.log(JSON.stringify(answer));
}

function annotationsIn(folder: string): number {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  return files.reduce((sum, name) => {
    const { annotations } = JSON.parse(readFileSync(join(folder, name), "utf8")) as { annotations?: unknown[] };
    return sum + (annotations?.length ?? 0);
  }, 0);
}

const [folder = "", out] = process.argv.slice(2);
await oursOnce(folder, out);
