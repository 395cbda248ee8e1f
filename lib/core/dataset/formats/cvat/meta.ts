// The head of a CVAT file: the classes, and which task is called what.
import type { DrawnBy } from "../../../../contracts/dataset.ts";
import type { ExportEntry } from "../../../ports.ts";
import { parseWhole } from "../numbers.ts";
import { streamXml } from "./xml.ts";

export interface CvatMeta {
  /** Classes in CVAT's order, without the points that skeletons are made of. */
  readonly classNames: readonly string[];
  /** Name by id, of a project's tasks; equal names get their id behind them. */
  readonly tasks: ReadonlyMap<string, string>;
  /** The one task, where the file is a task's or a job's export. */
  readonly task: string | null;
  /** Whom a task, or the one job, is assigned to, by the task's id; "" where the file is one task's or job's alone. */
  readonly drawnBy: ReadonlyMap<string, DrawnBy>;
  /** Frames of the one task, where it says which; a job counts them otherwise than its shapes do. */
  readonly frames: { readonly start: number; readonly stop: number; readonly step: number } | null;
  /** Of the task's pictures, where all have one. */
  readonly size: { readonly width: number; readonly height: number } | null;
}

interface Item {
  name: string;
  id: string;
  isPart: boolean;
  assignee: string;
}

const item = (isPart: boolean): Item => ({ name: "", id: "", isPart, assignee: "" });

/** Collects from the tags between <meta> and </meta>. Paths are those below <annotations>. */
class MetaReader {
  readonly #path: string[] = [];
  readonly #labels: Item[] = [];
  readonly #tasks: Item[] = [];
  /** Texts of the task's own fields. */
  readonly #values = new Map<string, string>();
  #jobAssignee = "";
  #text = "";
  done = false;

  open(name: string): void {
    this.#path.push(name);
    this.#text = "";
    if ((name === "image" || name === "track") && this.#path.length === 2) this.done = true;
    if (name === "label" && this.#path.at(-2) === "labels") this.#labels.push(item(false));
    if (name === "task") this.#tasks.push(item(this.#path.at(-2) === "tasks"));
  }

  text(text: string): void {
    if (this.#text.length < 10_000) this.#text += text;
  }

  close(name: string): void {
    const parent = this.#path.at(-2);
    const item = parent === "label" ? this.#labels.at(-1) : parent === "task" ? this.#tasks.at(-1) : undefined;
    if (item !== undefined && name === "name") item.name = this.#text.trim();
    if (item !== undefined && name === "id") item.id = this.#text.trim();
    if (item !== undefined && name === "parent" && this.#text.trim() !== "") item.isPart = true;
    if (parent === "assignee" && name === "username") this.#assign(this.#path.at(-3) ?? "", this.#text.trim());
    if (parent === "task" || parent === "original_size") this.#values.set(name, this.#text.trim());
    if (name === "meta") this.done = true;
    this.#path.pop();
    this.#text = "";
  }

  #assign(owner: string, username: string): void {
    const task = this.#tasks.at(-1);
    if (owner === "task" && task !== undefined) task.assignee = username;
    if (owner === "job") this.#jobAssignee = username;
  }

  /** A job's export says whose the job is, and nothing of its task. */
  #drawnBy(single: Item | undefined): CvatMeta["drawnBy"] {
    const all = this.#tasks.filter(({ isPart }) => isPart).map((task): [string, Item] => [task.id, task]);
    if (single !== undefined) all.push(["", single]);
    const known = all.filter(([, { assignee }]) => assignee !== "");
    const drawnBy = new Map(
      known.map(([key, { assignee, id }]): [string, DrawnBy] => [
        key,
        { annotator: assignee, ...(id === "" ? {} : { task: id }) },
      ]),
    );
    if (this.#jobAssignee !== "") drawnBy.set("", { annotator: this.#jobAssignee });
    return drawnBy;
  }

  result(): CvatMeta {
    const listed = this.#tasks.filter(({ isPart }) => isPart);
    const twice = (name: string) => listed.filter((other) => other.name === name).length > 1;
    const single = this.#tasks.find(({ isPart, name }) => !isPart && name !== "");
    return {
      classNames: [...new Set(this.#labels.filter(({ isPart }) => !isPart).map(({ name }) => name))].filter(Boolean),
      tasks: new Map(listed.map(({ id, name }) => [id, twice(name) ? `${name} #${id}` : name])),
      task: single?.name ?? null,
      drawnBy: this.#drawnBy(single),
      frames: listed.length > 1 ? null : this.#frames(),
      size: listed.length > 1 ? null : this.#size(),
    };
  }

  #whole(name: string): number | null {
    return parseWhole(this.#values.get(name) ?? "");
  }

  #frames(): CvatMeta["frames"] {
    const [start, stop] = [this.#whole("start_frame"), this.#whole("stop_frame")];
    const step = parseWhole(/^step=(\d+)$/.exec(this.#values.get("frame_filter") ?? "")?.[1] ?? "1");
    return start === null || stop === null || step === null || step < 1 || stop < start ? null : { start, stop, step };
  }

  #size(): CvatMeta["size"] {
    const [width, height] = [this.#whole("width"), this.#whole("height")];
    return width === null || height === null || width < 1 || height < 1 ? null : { width, height };
  }
}

/** Reads until the head ends. @throws LabelFileInvalid */
export async function readMeta(entry: ExportEntry): Promise<CvatMeta> {
  const reader = new MetaReader();
  for await (const _ of streamXml(entry, {
    open: (name) => !reader.done && reader.open(name),
    text: (text) => !reader.done && reader.text(text),
    close: (name) => !reader.done && reader.close(name),
  })) {
    if (reader.done) break;
  }
  return reader.result();
}
