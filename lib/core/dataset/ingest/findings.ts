// Adds up the records of an export: its frames, its issues, the ledger of labels, and every error a run would end with.

import type { Config } from "../../../contracts/config.ts";
import type { IssueLine, Label, ManifestLine } from "../../../contracts/dataset.ts";
import { BobbinError } from "../../../contracts/errors.ts";
import { isOfFrames } from "../../tasks.ts";
import { ruleText } from "../group-rule/rule-text.ts";
import { issueOf } from "../issue-codes.ts";
import { classTable, conversionOf, isCrowd, ownKind } from "../manifest-classes.ts";
import { outlinesOf } from "../outlines.ts";
import { crowdsAlone, taskProblem } from "../task-fit.ts";
import type { DecodedImage, IngestRecord } from "./records.ts";

/** What a task is trained on, in words. */
const wantedOf: Readonly<Record<Config["task"], string>> = {
  detect: "boxes",
  segment: "outlines",
  classify: "classes of whole frames",
};

type UnknownClass = Extract<IngestRecord, { unknownClass: unknown }>["unknownClass"];

/** @throws LabelsLost from `finish`; the other errors come as a list, for check names them all */
export class Findings {
  /** Empty where they are only counted. */
  readonly frames: ManifestLine[] = [];
  readonly issues: IssueLine[] = [];
  readonly #keepsFrames: boolean;
  #labelled = 0;
  readonly #shapes = new Map<string, { readonly label: Label; count: number }>();
  /** Crowd regions by class: nothing is trained on them. */
  readonly #crowds = new Map<string, number>();
  readonly #names = new Set<string>();
  /** Labelled frames by the classes that are said of all of each: how many, and the first. */
  readonly #ofFrames = new Map<
    string,
    { readonly classes: readonly string[]; readonly frame: string; count: number }
  >();
  readonly #decoded = new Map<string, DecodedImage>();
  readonly #classes = new Map<string, UnknownClass>();
  readonly #unknownFrames: { readonly frame: string; readonly file: string }[] = [];
  readonly #ungrouped: string[] = [];
  #read = 0;
  #kept = 0;
  #listed = 0;

  /** @param keepsFrames false: they are counted, so that nothing of a large export is held */
  constructor({ keepsFrames = true }: { readonly keepsFrames?: boolean } = {}) {
    this.#keepsFrames = keepsFrames;
  }

  add(record: IngestRecord): void {
    if ("frame" in record) this.#addFrame(record.frame);
    else if ("issue" in record) this.#addIssue(record.issue);
    else if ("read" in record) this.#read += record.read;
    else if ("unknownClass" in record) this.#addClass(record.unknownClass);
    else if ("unknownFrame" in record) {
      this.#unknownFrames.push(record.unknownFrame);
      this.#listed += record.unknownFrame.labels;
    } else if ("ungrouped" in record) {
      this.#ungrouped.push(record.ungrouped.frame);
      this.#listed += record.ungrouped.labels;
    } else if ("decoded" in record) this.#addDecoded(record.decoded);
  }

  #addFrame(frame: ManifestLine): void {
    const { name, labels } = frame;
    if (this.#names.has(name)) {
      const place = { file: name, frame: name, found: "the name twice", wanted: "each name once" };
      this.#addIssue(issueOf("FrameTwice", { ...place, labels: labels.length }));
      return;
    }
    this.#names.add(name);
    this.#kept += labels.length;
    if (frame.labelled) this.#labelled += 1;
    if (frame.labelled) this.#countTags(frame);
    this.#countLabels(labels);
    if (this.#keepsFrames) this.frames.push(frame);
  }

  #countTags({ name, labels }: ManifestLine): void {
    const tags = labels.filter(({ kind }) => kind === ownKind.classify).map((label) => label.class);
    const classes = [...new Set(tags)].sort();
    const key = JSON.stringify(classes);
    const known = this.#ofFrames.get(key);
    if (known === undefined) this.#ofFrames.set(key, { classes, frame: name, count: 1 });
    else known.count += 1;
  }

  /** Classify wants one class a frame: several are refused, none is no question. */
  #noteClassesOfFrames(config: Config): void {
    const table = classTable(config);
    let none = { count: 0, frame: "" };
    for (const { classes, frame, count } of this.#ofFrames.values()) {
      const found = new Set(classes.map((name) => table.indexOf(name)).filter((index) => typeof index === "number"));
      if (found.size === 0) none = { count: none.count + count, frame: none.frame || frame };
      if (found.size < 2) continue;
      const place = { file: frame, frame, found: `${count} frames of ${classes.join(" and ")}` };
      this.#addIssue(issueOf("ClassesSeveral", { ...place, wanted: "one class a frame, others among `ignore`" }));
    }
    if (none.count > 0) {
      const place = { file: none.frame, frame: none.frame, found: `${none.count} frames without a class` };
      this.#addIssue(issueOf("ClassNone", { ...place, wanted: "one of the project's classes" }));
    }
  }

  /** Counts the labels that a task treats alike: of one class, one kind, with or without a box and an outline. */
  #countLabels(labels: readonly Label[]): void {
    for (const label of labels) {
      if (isCrowd(label)) {
        this.#crowds.set(label.class, (this.#crowds.get(label.class) ?? 0) + 1);
        continue;
      }
      const key = [label.kind, label.box !== undefined, outlinesOf(label) !== null, label.class].join("/");
      const known = this.#shapes.get(key);
      if (known === undefined) this.#shapes.set(key, { label, count: 1 });
      else known.count += 1;
    }
  }

  /** Labels of the project's classes by kind: how many the task is trained on, and how many it has no use for. */
  #kinds(config: Config): ReadonlyMap<Label["kind"], { readonly served: number; readonly left: number }> {
    const table = classTable(config);
    const kinds = new Map<Label["kind"], { served: number; left: number }>();
    for (const { label, count } of this.#shapes.values()) {
      if (typeof table.indexOf(label.class) !== "number") continue;
      const kind = kinds.get(label.kind) ?? { served: 0, left: 0 };
      if (table.serves(label)) kind.served += count;
      else kind.left += count;
      kinds.set(label.kind, kind);
    }
    return kinds;
  }

  /** One line a kind of shape that is not the task's own: by which rule it counts as one, or that it does not count. */
  noteShapes(config: Config): void {
    if (isOfFrames(config.task)) this.#noteClassesOfFrames(config);
    const own = ownKind[config.task];
    const wanted = wantedOf[config.task];
    for (const [kind, { served, left }] of this.#kinds(config)) {
      const rule = config.task === "detect" ? conversionOf[kind] : undefined;
      if (served > 0 && kind !== own && config.task === "detect")
        this.#addIssue(
          issueOf("ShapeConverted", { file: "-", found: `${served} × ${kind}`, wanted: `boxes, by ${rule}` }),
        );
      if (left > 0) {
        const or = rule === undefined || kind === own ? "" : `, or ${rule} among the config's conversions`;
        this.#addIssue(issueOf("ShapeNotTrained", { file: "-", found: `${left} × ${kind}`, wanted: `${wanted}${or}` }));
      }
    }
  }

  /** Where there is nothing else of the project's classes, every frame would be background. */
  #crowdsAlone(config: Config, kinds: number): BobbinError | null {
    const table = classTable(config);
    const own = [...this.#crowds].filter(([name]) => typeof table.indexOf(name) === "number");
    const crowds = own.reduce((sum, [, count]) => sum + count, 0);
    return kinds > 0 || crowds === 0 ? null : crowdsAlone(config.task, crowds);
  }

  #addIssue(issue: IssueLine): void {
    this.issues.push(issue);
    if (issue.action === "refused" || issue.action === "dropped") this.#listed += issue.labels;
  }

  #addClass(found: UnknownClass): void {
    const before = this.#classes.get(found.class);
    this.#classes.set(found.class, before === undefined ? found : { ...before, labels: before.labels + found.labels });
  }

  /** The ledger of labels. @throws LabelsLost where it does not add up */
  labels(): { readonly read: number; readonly kept: number; readonly listed: number } {
    const ledger = { read: this.#read, kept: this.#kept, listed: this.#listed };
    if (ledger.read !== ledger.kept + ledger.listed) throw new BobbinError("LabelsLost", ledger);
    return ledger;
  }

  #addDecoded({ sha256, ...image }: { readonly sha256: string } & DecodedImage): void {
    if (this.#keepsFrames) this.#decoded.set(sha256, image);
  }

  /** The frames with what decoding found of their images. */
  decodedFrames(): readonly ManifestLine[] {
    if (this.#decoded.size === 0) return this.frames;
    return this.frames.map((frame) => ({ ...frame, ...this.#decoded.get(frame.sha256) }));
  }

  /**
   * Why a run would be refused; empty where nothing is in the way.
   * @param where the issues can be read
   */
  errors(config: Config, exportName: string, where: string): readonly BobbinError[] {
    const found: BobbinError[] = [];
    const opinions = this.issues.filter(({ code }) => code === "OpinionsDiffer");
    if (opinions[0] !== undefined) {
      const { frame, file, found: text } = opinions[0];
      found.push(new BobbinError("TwoOpinions", { frames: opinions.length, frame: frame ?? file, found: text }));
    }
    const refused = this.issues.filter(({ action, code }) => action === "refused" && code !== "OpinionsDiffer");
    if (refused[0] !== undefined) {
      found.push(
        new BobbinError("DataRefused", { refused: refused.length, first: issueText(refused[0]), issues: where }),
      );
    }
    const unknown = this.#unknownFrames[0];
    if (unknown !== undefined) {
      found.push(new BobbinError("FrameUnknown", { ...pick(unknown), frames: this.#unknownFrames.length }));
    }
    const wanted = config.classes.map(({ name }) => name).join(", ");
    for (const each of this.#classes.values()) found.push(new BobbinError("ClassUnknown", { ...each, wanted }));
    const kinds = this.#kinds(config);
    const served = [...kinds.values()].reduce((sum, kind) => sum + kind.served, 0);
    const left = new Map([...kinds].map(([kind, { left: labels }]) => [kind, labels]));
    const outlined = [...this.#shapes.values()].some(({ label }) => outlinesOf(label) !== null);
    const unserved = taskProblem(config.task, left, served, outlined) ?? this.#crowdsAlone(config, kinds.size);
    if (unserved !== null) found.push(unserved);
    const ungrouped = this.#ungrouped[0];
    if (ungrouped !== undefined) {
      const rule = ruleText(config.groupRule);
      found.push(new BobbinError("GroupRuleMisses", { frame: ungrouped, rule, frames: this.#ungrouped.length }));
    }
    if (found.length === 0 && this.#labelled === 0) {
      const frames = this.#names.size;
      const text = frames === 0 ? "no frame at all" : `${frames} frames, none of them labelled`;
      found.push(new BobbinError("NoFrames", { path: exportName, found: text }));
    }
    return found;
  }
}

function pick({ frame, file }: { readonly frame: string; readonly file: string }) {
  return { frame, file };
}

function issueText({ code, file, line, found, wanted }: IssueLine): string {
  const place = line === undefined ? file : `${file}, line ${line}`;
  return `${code} at ${place}: found ${found}, wanted ${wanted}`;
}
