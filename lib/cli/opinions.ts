// Two people's labels of the same frames, read from two exports, or from one that holds several people's annotations.
import type { Box, Task } from "../contracts/common.ts";
import type { Config, Conversion, GroupRule } from "../contracts/config.ts";
import type { Label } from "../contracts/dataset.ts";
import { BobbinError } from "../contracts/errors.ts";
import type { SharedFrame } from "../core/agreement/agreement.ts";
import { stemOf } from "../core/dataset/formats/files.ts";
import { detectFormat } from "../core/dataset/formats/table.ts";
import { applyGroupRule } from "../core/dataset/group-rule/apply.ts";
import { classTable, isCrowd } from "../core/dataset/manifest-classes.ts";
import { convertFrames } from "../core/dataset/write/convert.ts";
import { framesToWrite, type Ledger } from "../core/dataset/write/frames.ts";
import type { WrittenFrame } from "../core/dataset/writer.ts";
import type { ExportSource } from "../core/ports.ts";

export interface OpinionOptions {
  /** The project's classes, whose other names count as one; null: names as they are. */
  readonly config: Config | null;
  readonly names: readonly string[] | null;
  readonly conversions: readonly Conversion[];
  /** classify: what a frame is tagged as is compared, as if the tag were a box around all of it. Else boxes are. */
  readonly task: Task;
}

export interface OneOpinion {
  readonly frames: ReadonlyMap<string, WrittenFrame>;
  /** Labels that are not compared. */
  readonly leftOut: number;
}

/** @param annotator null where the export holds one person's labels */
export async function readOpinion(
  source: ExportSource,
  annotator: string | null,
  options: OpinionOptions,
): Promise<OneOpinion> {
  const { names } = options;
  const { format } = await detectFormat(source);
  if (annotator !== null && format.id !== "label-studio") {
    const problem = `--annotators wants a dataset version or a Label Studio export: ${format.title} holds one person's labels of an image. Give two exports instead.`;
    throw new BobbinError("UsageWrong", { problem, command: "agreement" });
  }
  const reading = await format.open(source, {
    ...(names === null ? {} : { names }),
    ...(annotator === null ? {} : { annotator }),
  });
  const ledger: Ledger = { read: 0, issues: [] };
  const opinion = await collectOpinion(framesToWrite(reading, ledger), options);
  const refused = ledger.issues.filter(({ action }) => action === "refused");
  const [first] = refused;
  if (first === undefined) return opinion;
  throw new BobbinError("DataRefused", {
    refused: refused.length,
    first: `${first.code} at ${first.file}: found ${first.found}, wanted ${first.wanted}`,
    issues: `bobbin check ${source.name}`,
  });
}

function comparedBox({ kind, box }: Label, { width, height }: WrittenFrame, task: Task): Box | undefined {
  if (task === "classify") return kind === "tag" ? [0, 0, width, height] : undefined;
  return kind === "box" ? box : undefined;
}

/** The boxes, or tags, of one person's frames, of the project's classes. */
export async function collectOpinion(
  source: AsyncIterable<WrittenFrame>,
  { config, conversions, task }: OpinionOptions,
): Promise<OneOpinion> {
  const table = config === null ? null : classTable(config);
  const frames = new Map<string, WrittenFrame>();
  let leftOut = 0;
  for await (const frame of convertFrames(source, conversions, new Map())) {
    const labels = frame.labels.flatMap((label) => {
      const index = table?.indexOf(label.class);
      if (index === null || isCrowd(label)) return [];
      const box = comparedBox(label, frame, task);
      if (box === undefined) {
        leftOut += 1;
        return [];
      }
      return [{ ...label, box, class: typeof index === "number" ? (table?.names[index] ?? label.class) : label.class }];
    });
    frames.set(frame.name, { ...frame, labels });
  }
  return { frames, leftOut };
}

export interface PairedFrame extends SharedFrame {
  readonly picture: (() => Promise<Uint8Array>) | null;
}

/** Frames by name; where folders or extensions differ, by a base name that each has once. */
export function pairOpinions(
  a: OneOpinion,
  b: OneOpinion,
  rule: GroupRule | null,
): { readonly shared: readonly PairedFrame[]; readonly onlyA: number; readonly onlyB: number } {
  const byBase = new Map<string, WrittenFrame | null>();
  for (const frame of b.frames.values()) byBase.set(baseOf(frame.name), byBase.has(baseOf(frame.name)) ? null : frame);
  const bases = new Map<string, number>();
  for (const name of a.frames.keys()) bases.set(baseOf(name), (bases.get(baseOf(name)) ?? 0) + 1);
  const shared: PairedFrame[] = [];
  const taken = new Set<string>();
  for (const first of a.frames.values()) {
    const base = baseOf(first.name);
    const second = b.frames.get(first.name) ?? (bases.get(base) === 1 ? byBase.get(base) : null) ?? null;
    if (second === null || !first.labelled || !second.labelled) continue;
    assertSameSize(first, second);
    taken.add(second.name);
    shared.push({
      group: groupOf(first, rule),
      a: opinionOf(first),
      b: opinionOf(second),
      picture: first.image ?? second.image,
    });
  }
  const labelled = ({ frames }: OneOpinion) => [...frames.values()].filter((frame) => frame.labelled).length;
  return { shared, onlyA: labelled(a) - shared.length, onlyB: labelled(b) - taken.size };
}

const baseOf = (name: string) => stemOf(name.slice(name.lastIndexOf("/") + 1));

function groupOf({ name }: WrittenFrame, rule: GroupRule | null): string {
  if (rule === null) return "all";
  const group = applyGroupRule(rule, { name, task: null }, { groupOfFrame: {}, attributes: {} });
  if (group !== null) return group;
  throw new BobbinError("GroupRuleMisses", { frame: name, rule: rule.kind, frames: 1 });
}

function opinionOf({ name, width, height, labels }: WrittenFrame) {
  return {
    name,
    width,
    height,
    boxes: labels.flatMap(({ box, class: label }) => (box === undefined ? [] : [{ box, class: label }])),
  };
}

/** Boxes of pictures of another size cannot be laid over one another. */
function assertSameSize(first: WrittenFrame, second: WrittenFrame): void {
  if (first.width === second.width && first.height === second.height) return;
  throw new BobbinError("OpinionsUnlike", {
    frame: first.name,
    found: `${first.width} × ${first.height} pixels in one, ${second.width} × ${second.height} in the other`,
  });
}
