// Label lines, label files and data.yaml of YOLO, each wrong in one way.
import { type Malformed, photo } from "./case.ts";

const names = "names: [cup, plate]\ntrain: images\nval: images\n";
const labels = (text: string | Uint8Array, yaml: string | Uint8Array = names) => ({
  "data.yaml": yaml,
  "images/a.jpg": photo,
  "labels/a.txt": text,
});
const good = "0 0.5 0.5 0.2 0.2";

type Row = readonly [cause: string, text: string | Uint8Array, wanted: string];

const lines: readonly Row[] = [
  ...["nan 0.5 0.2 0.2", "0.5 NaN 0.2 0.2", "0.5 0.5 -nan 0.2"].map(
    (rest): Row => ["label: NaN", `0 ${rest}`, "LabelUnreadable"],
  ),
  ...["inf", "-inf", "Infinity", "1e999"].map(
    (value): Row => ["label: infinity", `0 ${value} 0.5 0.2 0.2`, "LabelUnreadable"],
  ),
  ...["0,5", "0.5,", ",5"].map((value): Row => ["label: decimal comma", `0 ${value} 0.5 0.2 0.2`, "LabelUnreadable"]),
  ...["0x1", "0b1", "1_0", "½", "٠", "０", "1e", "--1", "+-1", "$1", "1f"].map(
    (value): Row => ["label: digits of no plain number", `0 ${value} 0.5 0.2 0.2`, "LabelUnreadable"],
  ),
  ...["", " 0.5", " 0.5 0.5", " 0.5 0.5 0.2"].map(
    (rest): Row => ["label: columns missing", `0${rest}`, "LabelUnreadable"],
  ),
  ["label: a confidence", `${good} 0.9`, "LabelHasConfidence"],
  ...[7, 9, 11, 101].map(
    (count): Row => ["label: half a vertex", `0 ${Array(count).fill("0.5").join(" ")}`, "LabelUnreadable"],
  ),
  ...["-0.1 0.2", "0.2 -0.1"].map((size): Row => ["label: negative size", `0 0.5 0.5 ${size}`, "LabelUnreadable"]),
  ...["2", "9", "80", "999999999"].map(
    (id): Row => ["label: class without name", `${id} 0.5 0.5 0.2 0.2`, "ClassIdUnknown"],
  ),
  ...["0.0", "1.5", "-1", "cup", '"0"', "1e0", "9999999999", "NaN", "0x0"].map(
    (id): Row => ["label: class that is no number", `${id} 0.5 0.5 0.2 0.2`, "LabelUnreadable"],
  ),
  ...["64 64 20 20", "640 0.5 0.2 0.2", "0.5 0.5 12 12", "-3 0.5 0.2 0.2"].map(
    (rest): Row => ["label: pixels", `0 ${rest}`, "LabelNotRelative"],
  ),
  ...["0.5 0.5 0 0.2", "0.5 0.5 0.2 0", "0.5 0.5 0 0"].map((rest): Row => ["label: no area", `0 ${rest}`, "BoxEmpty"]),
  ["label: less than a pixel", "0 0.5 0.5 0.001 0.2", "BoxTiny"],
  ...["1.4 0.5 0.2 0.2", "0.5 0.99 0.2 0.2", "0.5 0.5 1.5 0.2"].map(
    (rest): Row => ["label: over the border", `0 ${rest}`, "BoxOutsideImage"],
  ),
  ["label: over the border by rounding", "0 0.5 0.5 1.006 0.2", "BoxClipped"],
  ["label: the same again", `${good}\n${good}`, "LabelDuplicate"],
  ...["class x y w h", "# made by a program", "{}", "cup: 0.5", "<box/>", "0;0.5;0.5;0.2;0.2", "0|0.5|0.5|0.2|0.2"].map(
    (line): Row => ["label: a line of something else", `${good}\n${line}`, "LabelUnreadable"],
  ),
  ["label: a no-break space", good.replace(" ", "\u00a0"), "LabelUnreadable"],
  ["label: a zero byte", Buffer.from(`${good}\0`), "LabelUnreadable"],
  ["label: two labels on a line", `${good} ${good}`, "LabelUnreadable"],
  ["label file: a byte order mark", Buffer.from(`\ufeff${good}`), "ByteOrderMark"],
  ["label file: UTF-16", Buffer.from(good, "utf16le"), "LabelUnreadable"],
  ["label file: binary", Buffer.from([1, 2, 3, 0, 255, 254]), "LabelUnreadable"],
  ["label file: an image", photo, "LabelUnreadable"],
  ["label file: lines ended by carriage returns alone", `${good}\r${good}`, "LabelUnreadable"],
  ["label file: a line of a million columns", `0 ${"0.5 ".repeat(1_000_001)}`, "LabelUnreadable"],
  ...["", "\n\n", " \t\n"].map((text): Row => ["label file: nothing in it", text, "ok"]),
  ...[
    `\t${good}`,
    good.replaceAll(" ", "  "),
    `${good}\r\n`,
    good.replace("0.5", ".5"),
    good.replace("0.5", "5e-1"),
    good.replace("0.5", "+0.5"),
  ].map((text): Row => ["label file: unusual but plain", text, "ok"]),
];

const yamls: readonly Row[] = [
  ...[
    "names: [cup\ntrain: images",
    "names: {0: cup\ntrain: images",
    "names: 'cup\ntrain: images",
    "names: [cup]\ntrain: images\n\tval: x",
    "names: *cup\ntrain: images",
    "names: [cup]\nnames: [plate]\ntrain: images",
  ].map((text): Row => ["data.yaml: no YAML", text, "LabelFileInvalid"]),
  ["data.yaml: one name as a text", "names: cup\ntrain: images", "LabelFileInvalid"],
  ...["names: {cup: 0}", "names: {-1: cup}", "names: {1.5: cup}", "names: {999999999: cup}"].map(
    (text): Row => ["data.yaml: ids that are none", `${text}\ntrain: images`, "LabelFileInvalid"],
  ),
  ...["names: [[cup]]", "names: [{a: b}]", "names: ['']", "names: [~]"].map(
    (text): Row => ["data.yaml: names that are none", `${text}\ntrain: images`, "LabelFileInvalid"],
  ),
  ["data.yaml: parts in a structure", "names: [cup, plate]\ntrain: {a: b}", "LabelFileInvalid"],
  [
    "data.yaml: aliases that multiply",
    `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from(
      { length: 20 },
      (_, at) =>
        `a${at}: &a${at} [${Array(9)
          .fill(at === 0 ? "*a" : `*a${at - 1}`)
          .join(",")}]`,
    ).join("\n")}\nnames: *a19\ntrain: images`,
    "LabelFileInvalid",
  ],
  ["data.yaml: another number of classes", `nc: 3\n${names}`, "ClassCountMismatch"],
  ...["../../etc", "/nowhere/at/all", "C:\\data", "https://example.org/x.zip", "imagesx"].map(
    (path): Row => ["data.yaml: a part that leads nowhere", `names: [cup, plate]\ntrain: ${path}`, "PartUnresolved"],
  ),
  ...["[0, 3]", "[17]", "[17, 4]", "[x, 3]", "[99999, 3]"].map(
    (shape): Row => ["data.yaml: key points of no shape", `${names}kpt_shape: ${shape}`, "LabelFileInvalid"],
  ),
  ["data.yaml: a tag that builds objects", "names: !!python/object/apply:os.system ['true']\ntrain: images", "ok"],
  ...["names: [cup, plate]\ntrain: %00", "names: [cup, plate]\ntrain: @x"].map(
    (text): Row => ["data.yaml: no YAML", text, "LabelFileInvalid"],
  ),
  ["data.yaml: indented into its own list", "names: [a]\n train: images", "ClassNamesMissing"],
  ["data.yaml: an alias for a part", "x: &x images\nnames: [cup, plate]\ntrain: *x", "LabelFileInvalid"],
  ["data.yaml: a download script", `${names}download: |\n  import os; os.system('true')\n`, "ok"],
];

export const yoloCorpus: readonly Malformed[] = [
  ...lines.map(
    ([cause, text, wanted], at): Malformed => ({ cause, variant: `line ${at}`, input: labels(text), wanted }),
  ),
  ...yamls.map(
    ([cause, yaml, wanted], at): Malformed => ({ cause, variant: `yaml ${at}`, input: labels(good, yaml), wanted }),
  ),
  {
    cause: "YOLO: no names anywhere",
    variant: "one",
    input: { "images/a.jpg": photo, "labels/a.txt": good },
    wanted: "ClassNamesMissing",
  },
  {
    cause: "YOLO: label without image",
    variant: "one",
    input: { ...labels(good), "labels/b.txt": good },
    wanted: "LabelWithoutImage",
  },
  {
    cause: "YOLO: image without label",
    variant: "one",
    input: { ...labels(good), "images/b.jpg": photo },
    wanted: "LabelFileMissing",
  },
  {
    cause: "YOLO: two images of one stem",
    variant: "one",
    input: { ...labels(good), "images/a.png": photo },
    wanted: "LabelFileShared",
  },
  {
    cause: "YOLO: two descriptions",
    variant: "folders",
    input: { ...labels(good), "x/data.yaml": names },
    wanted: "ok",
  },
  {
    cause: "YOLO: two descriptions",
    variant: "one level",
    input: { "x/data.yaml": names, "y/data.yaml": names, "x/images/a.jpg": photo, "x/labels/a.txt": good },
    wanted: "FormatAmbiguous",
  },
  ...["../a.jpg", "/etc/passwd", "images/b.jpg", "images/\u202egpj.a"].map(
    (line, at): Malformed => ({
      cause: "list file: an image that is not there",
      variant: String(at),
      input: { ...labels(good, "names: [cup, plate]\ntrain: train.txt"), "train.txt": `images/a.jpg\n${line}\n` },
      wanted: "ImageMissing",
    }),
  ),
];
