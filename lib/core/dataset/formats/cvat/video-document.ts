// Reads the <track> elements of one CVAT file as they come, each whole before the next. Both ways in which CVAT has written
// skeletons are known: points inside each <skeleton> (today), and a <track> for each point beside them (2022).
import { parseWhole, quoted } from "../numbers.ts";
import type { Attributes, ShapeElement } from "./shapes.ts";
import type { Track, TrackShape } from "./track.ts";
import { type XmlHandler, xmlProblem } from "./xml.ts";

interface OpenShape {
  readonly name: string;
  readonly attributes: Attributes;
  readonly line: number;
  readonly values: Record<string, string>;
}

interface OpenTrack {
  readonly attributes: Attributes;
  readonly line: number;
  readonly shapes: TrackShape[];
  readonly elements: Map<string, TrackShape[]>;
}

export class VideoDocument implements XmlHandler {
  /** Tracks that are complete; whoever takes them empties the list. */
  readonly ready: Track[] = [];
  /** Tasks that tracks name, where the file is a project's. */
  readonly tasks = new Set<string>();
  /** Subset of the project that tracks name; null where none does. */
  subset: string | null = null;
  readonly #file: string;
  readonly #path: string[] = [];
  #track: OpenTrack | null = null;
  /** Label of the inner <track>, for a skeleton's point. */
  #element: string | null = null;
  /** Open shapes from the outside in: a skeleton may hold points. */
  readonly #shapes: OpenShape[] = [];
  #attribute: string | null = null;
  #text = "";

  constructor(file: string) {
    this.#file = file;
  }

  open(name: string, attributes: Attributes, line: number): void {
    this.#path.push(name);
    const depth = this.#path.length;
    if (depth === 1 && name !== "annotations") throw xmlProblem(this.#file, line, `<${name}>`, "<annotations>");
    if (depth === 2 && name === "image") {
      throw xmlProblem(this.#file, line, "an <image> beside a <track>", "one of both: export as CVAT for images 1.1");
    }
    if (depth === 2 && name === "track") this.#openTrack(attributes, line);
    else if (this.#track === null) return;
    else if (name === "track") this.#element = attributes.label ?? "";
    else if (name === "attribute") {
      this.#attribute = attributes.name ?? "";
      this.#text = "";
    } else this.#shapes.push({ name, attributes, line, values: Object.create(null) });
  }

  #openTrack(attributes: Attributes, line: number): void {
    this.#track = { attributes, line, shapes: [], elements: new Map() };
    if (attributes.task_id !== undefined) this.tasks.add(attributes.task_id);
    if (attributes.subset !== undefined) this.subset = attributes.subset;
  }

  text(text: string): void {
    if (this.#attribute !== null) this.#text += text;
  }

  close(name: string): void {
    const depth = this.#path.length;
    this.#path.pop();
    const track = this.#track;
    if (track === null) return;
    if (depth === 2) this.#closeTrack(track);
    else if (name === "track") this.#element = null;
    else if (name === "attribute") {
      const shape = this.#shapes.at(-1);
      if (shape !== undefined && this.#attribute !== null) shape.values[this.#attribute] = this.#text;
      this.#attribute = null;
    } else this.#closeShape(track);
  }

  #closeTrack({ attributes, line, shapes, elements }: OpenTrack): void {
    this.#track = null;
    this.#shapes.length = 0;
    this.ready.push({ label: attributes.label ?? "", line, shapes, elements });
  }

  #closeShape(track: OpenTrack): void {
    const open = this.#shapes.pop();
    if (open === undefined) return;
    const outer = this.#shapes.at(-1);
    const shape: ShapeElement = {
      kind: open.name,
      line: open.line,
      attributes: { ...open.attributes, label: track.attributes.label ?? "" },
      values: { ...open.values },
      children: [],
    };
    const frame = this.#frameOf(outer ?? open);
    const tracked: TrackShape = { frame, outside: open.attributes.outside === "1", shape };
    if (this.#element !== null) addTo(track.elements, this.#element, tracked);
    else if (outer !== undefined) addTo(track.elements, open.attributes.label ?? "", tracked);
    else track.shapes.push(tracked);
  }

  #frameOf({ attributes, line }: OpenShape): number {
    const frame = parseWhole(attributes.frame ?? "");
    if (frame === null) throw xmlProblem(this.#file, line, `frame=${quoted(attributes.frame ?? "")}`, "a frame number");
    return frame;
  }
}

function addTo(elements: Map<string, TrackShape[]>, label: string, shape: TrackShape): void {
  const shapes = elements.get(label);
  if (shapes === undefined) elements.set(label, [shape]);
  else shapes.push(shape);
}
