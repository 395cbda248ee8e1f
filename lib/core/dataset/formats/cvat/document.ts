// Reads the <image> elements of one CVAT file as they come. Every shape is kept with its image or reported.
import type { IssueLine } from "../../../../contracts/dataset.ts";
import { issueOf } from "../../issue-codes.ts";
import type { ReadLabel } from "../../reader.ts";
import { outlineBytes } from "../masks.ts";
import { parseWhole, quoted } from "../numbers.ts";
import { type Attributes, isShape, readShape, type ShapeElement, ShapeProblem } from "./shapes.ts";
import { type XmlHandler, xmlProblem } from "./xml.ts";

/** Bytes of outlines of masks in one image: a million corners, a thousand and more of what people brush. */
const mostOutlines = 16 * 1024 * 1024;

/** One <image> element. */
export interface CvatImage {
  readonly name: string;
  readonly subset: string | null;
  readonly taskId: string | null;
  readonly claimed: { readonly width: number; readonly height: number } | null;
  readonly line: number;
  readonly labels: readonly ReadLabel[];
}

interface OpenShape {
  readonly kind: string;
  readonly line: number;
  readonly attributes: Attributes;
  readonly values: Record<string, string>;
  readonly children: Attributes[];
}

interface OpenImage {
  readonly attributes: Attributes;
  readonly line: number;
  readonly labels: ReadLabel[];
}

export class CvatDocument implements XmlHandler {
  /** Images that are complete; whoever takes them empties the list. */
  readonly ready: CvatImage[] = [];
  readonly #file: string;
  readonly #report: (issue: IssueLine) => void;
  #depth = 0;
  #image: OpenImage | null = null;
  #shape: OpenShape | null = null;
  #attribute: string | null = null;
  #text = "";
  /** Bytes of the masks of the open image. */
  #outlines = 0;

  constructor(file: string, report: (issue: IssueLine) => void) {
    this.#file = file;
    this.#report = report;
  }

  open(name: string, attributes: Attributes, line: number): void {
    this.#depth += 1;
    if (this.#depth === 1 && name !== "annotations") throw xmlProblem(this.#file, line, `<${name}>`, "<annotations>");
    if (this.#depth === 2 && name === "track") {
      throw xmlProblem(
        this.#file,
        line,
        "a <track>, as in CVAT for video",
        "<image> elements: export as CVAT for images 1.1",
      );
    }
    if (this.#depth === 2) this.#outlines = 0;
    if (this.#depth === 2 && name === "image") this.#image = { attributes, line, labels: [] };
    else if (this.#depth === 3 && this.#image !== null)
      this.#shape = { kind: name, line, attributes, values: Object.create(null), children: [] };
    else if (this.#depth === 4 && this.#shape !== null) this.#openInside(name, attributes);
  }

  #openInside(name: string, attributes: Attributes): void {
    if (name === "attribute") {
      this.#attribute = attributes.name ?? "";
      this.#text = "";
    } else if (this.#shape?.kind === "skeleton" && name === "points") this.#shape.children.push(attributes);
  }

  text(text: string): void {
    if (this.#attribute !== null && this.#depth === 4) this.#text += text;
  }

  close(): void {
    if (this.#depth === 4 && this.#attribute !== null && this.#shape !== null) {
      this.#shape.values[this.#attribute] = this.#text;
      this.#attribute = null;
    } else if (this.#depth === 3 && this.#shape !== null) {
      this.#endShape(this.#shape);
      this.#shape = null;
    } else if (this.#depth === 2 && this.#image !== null) {
      this.ready.push(this.#imageOf(this.#image));
      this.#image = null;
    }
    this.#depth -= 1;
  }

  #endShape(open: OpenShape): void {
    const shape: ShapeElement = { ...open, values: { ...open.values } };
    const place = { file: this.#file, line: shape.line, frame: this.#image?.attributes.name ?? "", labels: 1 };
    if (!isShape(shape.kind)) {
      this.#report(issueOf("LabelKindUnknown", { ...place, found: `a <${shape.kind}>`, wanted: "a shape of CVAT" }));
    } else if ((shape.attributes.label ?? "") === "") {
      this.#report(
        issueOf("LabelWithoutClass", { ...place, found: `a ${shape.kind} without class`, wanted: "a class" }),
      );
    } else this.#take(shape, place);
  }

  #take(
    shape: ShapeElement,
    place: { readonly file: string; readonly line: number; readonly frame: string; readonly labels: number },
  ): void {
    try {
      const read = readShape(shape);
      this.#outlines += outlineBytes(read);
      if (this.#outlines > mostOutlines)
        throw xmlProblem(this.#file, shape.line, `masks of ${this.#outlines} bytes of outlines in one image`, "fewer");
      this.#image?.labels.push({ ...read, relative: false, file: this.#file, line: shape.line });
    } catch (error) {
      if (!(error instanceof ShapeProblem)) throw error;
      this.#report(issueOf("LabelUnreadable", { ...place, found: error.found, wanted: error.wanted }));
    }
  }

  #imageOf({ attributes, line, labels }: OpenImage): CvatImage {
    const name = attributes.name ?? "";
    if (name === "") throw xmlProblem(this.#file, line, "an <image> without name", "a name");
    const size = (key: string) => {
      const text = attributes[key];
      const value = text === undefined ? null : parseWhole(text);
      if (text !== undefined && value === null)
        throw xmlProblem(this.#file, line, `${key}=${quoted(text)}`, "a whole number of pixels");
      return value;
    };
    const width = size("width");
    const height = size("height");
    const claimed = width !== null && height !== null && width > 0 && height > 0 ? { width, height } : null;
    return {
      name: name.normalize("NFC"),
      subset: attributes.subset ?? null,
      taskId: attributes.task_id ?? null,
      claimed,
      line,
      labels,
    };
  }
}
