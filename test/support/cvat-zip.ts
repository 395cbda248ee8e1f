// Writes exports as CVAT's "CVAT for images 1.1" does, for tests and for the sample: boxes only.
import { type ZipEntry, zipOf } from "./zip.ts";

export interface CvatBox {
  readonly label: string;
  /** Pixels: left, top, right, bottom. */
  readonly box: readonly [number, number, number, number];
  readonly occluded?: boolean;
  /** Degrees clockwise. */
  readonly rotation?: number;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface CvatFrame {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** null: the frame is in the XML alone. */
  readonly bytes: Uint8Array | null;
  readonly boxes: readonly CvatBox[];
}

export interface CvatTask {
  readonly name: string;
  readonly labels: readonly string[];
  /** @default 1 */
  readonly id?: number;
  /** Whom the task is assigned to; absent: nobody. */
  readonly assignee?: string;
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeXml = (text: string) => text.replace(/[&<>"]/g, (character) => escapes[character] ?? character);

function boxXml({ label, box, occluded, rotation, attributes }: CvatBox): string {
  const [xtl, ytl, xbr, ybr] = box.map((value) => value.toFixed(2));
  const turned = rotation === undefined ? "" : ` rotation="${rotation.toFixed(2)}"`;
  const inner = Object.entries(attributes ?? {}).map(
    ([name, value]) => `      <attribute name="${escapeXml(name)}">${escapeXml(value)}</attribute>\n`,
  );
  return (
    `    <box label="${escapeXml(label)}" source="manual" occluded="${occluded === true ? 1 : 0}" ` +
    `xtl="${xtl}" ytl="${ytl}" xbr="${xbr}" ybr="${ybr}"${turned} z_order="0">\n${inner.join("")}    </box>\n`
  );
}

function frameXml(frame: CvatFrame, id: number): string {
  const head = `  <image id="${id}" name="${escapeXml(frame.name)}" width="${frame.width}" height="${frame.height}">\n`;
  return `${head}${frame.boxes.map(boxXml).join("")}  </image>\n`;
}

/** The text of annotations.xml of one task. */
export function cvatXml(task: CvatTask, frames: readonly CvatFrame[]): string {
  const labels = task.labels.map(
    (name) =>
      `        <label>\n          <name>${escapeXml(name)}</name>\n          <type>rectangle</type>\n` +
      "          <attributes>\n          </attributes>\n        </label>\n",
  );
  const person = (name: string) => `<username>${escapeXml(name)}</username><email>${escapeXml(name)}@site</email>`;
  const assigned =
    task.assignee === undefined
      ? ""
      : `      <owner>${person("boss")}</owner>\n      <assignee>${person(task.assignee)}</assignee>\n`;
  return (
    `<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>\n` +
    `      <id>${task.id ?? 1}</id>\n      <name>${escapeXml(task.name)}</name>\n      <size>${frames.length}</size>\n` +
    `      <mode>annotation</mode>\n      <labels>\n${labels.join("")}      </labels>\n${assigned}    </task>\n  </meta>\n` +
    `${frames.map(frameXml).join("")}</annotations>\n`
  );
}

/** The export as a zip: annotations.xml, and under images/ every frame that has bytes. */
export function cvatZip(task: CvatTask, frames: readonly CvatFrame[]): Promise<Buffer> {
  const images = frames.flatMap(({ name, bytes }): ZipEntry[] =>
    bytes === null ? [] : [{ name: `images/${name}`, bytes, compress: false }],
  );
  return zipOf([{ name: "annotations.xml", bytes: Buffer.from(cvatXml(task, frames)) }, ...images]);
}
