// Writes Ultralytics classification: a folder a part, in it a folder a class, in it the images. There is room for one class a frame,
// and for nothing else.
import { fileOf, stemOf } from "../formats/files.ts";
import { partNames } from "../formats/folders/part-names.ts";
import { ownKind } from "../manifest-classes.ts";
import type { OutFile, WriteOptions, Writer, WrittenFrame } from "../writer.ts";

/** Names that no folder can have everywhere. */
const noFolder = /^\.|[/\\:*?"<>|\p{Cc}]|[. ]$/u;

/** The class of a frame; null where it has none that a folder can say, which is counted. */
function classOf({ labels, labelled }: WrittenFrame, { losses }: WriteOptions): string | null {
  const tags = labels.filter(({ kind }) => kind === ownKind.classify);
  const names = [...new Set(tags.map((label) => label.class))];
  for (const { kind } of labels) if (kind !== ownKind.classify) losses.add(kind, true);
  const [name] = names;
  const lost = names.length > 1 ? "class of a frame that has several" : "class whose name is no folder's";
  if (name === undefined) losses.add(labelled ? "frame without a class" : "frame that nobody labelled", false);
  else if (names.length > 1 || noFolder.test(name)) for (const _ of tags) losses.add(lost, true);
  else {
    // Two names may be one to a project; one name twice says it once.
    for (const _ of tags.slice(1)) losses.add("class said twice", true);
    for (const attribute of Object.keys(tags[0]?.attributes ?? {})) losses.add(`attribute ${attribute}`, false);
    return name;
  }
  return null;
}

/** The name below its class: without the part and the class, where it stood in such folders before. */
function innerName(name: string, className: string): string {
  const folders = name.split("/").slice(0, -1);
  if (partNames[folders[0]?.toLowerCase() ?? ""] !== undefined) folders.shift();
  if (folders[0] !== className) return name;
  return [...folders.slice(1), fileOf(name)].join("/");
}

/** The first of `a_2.jpg`, `a_3.jpg`, … that is free. */
function numbered(path: string, taken: ReadonlySet<string>): string {
  const stem = stemOf(path);
  for (let number = 2; ; number++) {
    const name = `${stem}_${number}${path.slice(stem.length)}`;
    if (!taken.has(name)) return name;
  }
}

export const ultralyticsClassifyWriter: Writer = {
  id: "ultralytics-classify",
  title: "Ultralytics classification folders",
  async *write(frames, options): AsyncGenerator<OutFile> {
    const taken = new Set<string>();
    for await (const frame of frames) {
      const className = classOf(frame, options);
      if (className === null) continue;
      if (frame.image === null) {
        // The folder of an image that is not there says nothing.
        options.losses.add("class of an image that is not here", true);
        continue;
      }
      options.classes.idOf(className);
      const folder = `${partNames[frame.part?.toLowerCase() ?? ""] ?? "train"}/${className}`;
      const names = [innerName(frame.name, className), frame.name].map((name) => `${folder}/${name}`);
      const path = names.find((name) => !taken.has(name)) ?? numbered(names[0] ?? folder, taken);
      taken.add(path);
      yield { path, bytes: await frame.image() };
    }
  },
};
