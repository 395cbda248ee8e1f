// Streams an XML file through saxes. DTDs and entities of one's own are refused, so nothing can be blown up from inside.
import { SaxesParser } from "saxes";
import { BobbinError } from "../../../../contracts/errors.ts";
import type { ExportEntry } from "../../../ports.ts";
import type { Attributes } from "./shapes.ts";

export interface XmlHandler {
  open(name: string, attributes: Attributes, line: number): void;
  text(text: string): void;
  close(name: string): void;
}

/** Characters between two tags; the run lengths of a mask of 100 megapixels fit. */
const longestGap = 64 * 1024 * 1024;

/** Elements in one another: a skeleton's point with an attribute is 6 deep. Each open one takes memory. */
const deepest = 100;

export function xmlProblem(file: string, line: number, found: string, wanted: string): BobbinError {
  return new BobbinError("LabelFileInvalid", { file, line: Math.max(1, line), found, wanted });
}

/** saxes puts the position before its message; ours stands in the error's data. */
const plain = (message: string) =>
  message
    .slice(0, 300)
    .replace(/^(?:[^:]*:)?\d+:\d+: /, "")
    .slice(0, 200);

class Stream {
  readonly #parser = new SaxesParser({ xmlns: false, fragment: false });
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #file: string;
  #lastTag = 0;
  #depth = 0;

  constructor(file: string, handler: XmlHandler) {
    this.#file = file;
    const parser = this.#parser;
    parser.on("error", (error) => {
      throw xmlProblem(file, parser.line, plain(error.message), "well-formed XML");
    });
    parser.on("doctype", () => {
      throw xmlProblem(file, parser.line, "a document type definition", "XML without one");
    });
    parser.on("opentag", (tag) => {
      this.#lastTag = parser.position;
      this.#depth += 1;
      if (this.#depth > deepest)
        throw xmlProblem(file, parser.line, `elements ${deepest} deep`, "the labels of frames");
      handler.open(tag.name, tag.attributes as Attributes, parser.line);
    });
    parser.on("text", (text) => handler.text(text));
    parser.on("cdata", (text) => handler.text(text));
    parser.on("closetag", (tag) => {
      this.#lastTag = parser.position;
      this.#depth -= 1;
      handler.close(tag.name);
    });
  }

  write(chunk: Uint8Array): void {
    this.#parser.write(this.#decode(chunk));
    if (this.#parser.position - this.#lastTag > longestGap) {
      throw xmlProblem(
        this.#file,
        this.#parser.line,
        `more than ${longestGap} characters without a tag`,
        "the labels of frames",
      );
    }
  }

  end(): void {
    this.#parser.write(this.#decode()).close();
  }

  #decode(chunk?: Uint8Array): string {
    try {
      return chunk === undefined ? this.#decoder.decode() : this.#decoder.decode(chunk, { stream: true });
    } catch {
      throw xmlProblem(this.#file, this.#parser.line, "bytes that are no UTF-8", "XML in UTF-8");
    }
  }
}

/** Feeds the file to the handler; yields after every chunk, so that what was found so far can go on. @throws LabelFileInvalid */
export async function* streamXml(entry: ExportEntry, handler: XmlHandler): AsyncGenerator<void> {
  const stream = new Stream(entry.name, handler);
  for await (const chunk of entry.stream()) {
    stream.write(chunk);
    yield;
  }
  stream.end();
  yield;
}
