import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { BobbinError } from "../../../../../lib/contracts/errors.ts";
import { openZipSource } from "../../../../../lib/core/dataset/archive/zip-source.ts";
import { outlinesOf } from "../../../../../lib/core/dataset/outlines.ts";
import { shapeRuns } from "../../../../../lib/core/evaluation/raster.ts";
import { cvatXml, cvatZip } from "../../../../support/cvat-zip.ts";
import { memoryRanges, memorySource } from "../../../../support/memory-source.ts";
import { readExport } from "../../../../support/read-export.ts";

const read = (files: Readonly<Record<string, string | Uint8Array>>) => readExport(memorySource(files));
const image = (inside: string, attributes = "") =>
  `<image id="0" name="a.jpg" width="100" height="80" ${attributes}>${inside}</image>`;
const document = (images: string, meta = "") =>
  `<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version><meta>${meta}</meta>\n${images}\n</annotations>\n`;
const shape = async (inside: string) => read({ "annotations.xml": document(image(inside)) });
const codes = (issues: readonly { readonly code: string; readonly labels: number }[]) =>
  issues.map(({ code, labels }) => [code, labels]);

describe("CVAT for images 1.1", () => {
  it("reads what CVAT's own layout says, from a zip", async () => {
    const bytes = Buffer.from("not decoded here");
    const zip = await cvatZip({ name: "day & night", labels: ["cup", "<plate>"] }, [
      {
        name: "b/1.jpg",
        width: 640,
        height: 480,
        bytes,
        boxes: [
          { label: "<plate>", box: [1.5, 2, 30.25, 40], occluded: true, attributes: { 'is "hot"': "a < b & c" } },
        ],
      },
      { name: "b/2.jpg", width: 640, height: 480, bytes: null, boxes: [] },
    ]);
    const found = await readExport(await openZipSource(memoryRanges(zip)));
    expect(found.classNames).toEqual(["cup", "<plate>"]);
    expect(
      found.frames.map(({ name, image: entry, claimed, task, labelled }) => [
        name,
        entry?.name,
        claimed,
        task,
        labelled,
      ]),
    ).toEqual([
      ["b/1.jpg", "images/b/1.jpg", { width: 640, height: 480 }, "day & night", true],
      ["b/2.jpg", undefined, { width: 640, height: 480 }, "day & night", true],
    ]);
    expect(found.frames[0]!.labels.map(({ label, relative }) => [label, relative])).toEqual([
      [
        {
          class: "<plate>",
          kind: "box",
          box: [1.5, 2, 30.25, 40],
          occluded: true,
          attributes: { 'is "hot"': "a < b & c" },
        },
        false,
      ],
    ]);
    expect(found.issues.map(({ code, frame }) => [code, frame])).toEqual([["ImageMissing", "b/2.jpg"]]);
  });

  it.each([
    [
      "the assignee of a task, not its owner",
      `<task><id>7</id><name>t</name>${"<owner><username>boss</username></owner>"}<assignee><username>ann</username><email>a@b</email></assignee></task>`,
      "",
      { annotator: "ann", task: "7" },
    ],
    [
      "the assignee of the job that was exported",
      "<job><id>9</id><owner><username>boss</username></owner><assignee><username>bo</username></assignee></job>",
      "",
      { annotator: "bo" },
    ],
    [
      "that of its own task in a project",
      "<project><tasks><task><id>1</id><name>a</name><assignee><username>ann</username></assignee></task><task><id>2</id><name>b</name><assignee><username>bo</username></assignee></task></tasks></project>",
      'task_id="2"',
      { annotator: "bo", task: "2" },
    ],
    [
      "nobody, where nobody is assigned",
      "<task><id>7</id><name>t</name><owner><username>boss</username></owner><assignee></assignee></task>",
      "",
      undefined,
    ],
  ])("names %s", async (_, head, attributes, wanted) => {
    const found = await read({ "annotations.xml": document(image("", attributes), `<meta>${head}</meta>`) });
    expect(found.frames[0]?.drawnBy).toEqual(wanted);
  });

  it("knows every shape, with its bounding box", async () => {
    const found = await shape(
      `<box label="c" xtl="10" ytl="20" xbr="30" ybr="40" rotation="90.00"/>
       <polygon label="c" points="1,2;30,4;6,50"/><polyline label="c" points="1,2;3,4"/><points label="c" points="5,6"/>
       <ellipse label="c" cx="50" cy="40" rx="10" ry="5" rotation="90"/>
       <cuboid label="c" xtl1="1" ytl1="2" xbl1="1" ybl1="20" xtr1="11" ytr1="2" xbr1="11" ybr1="20" xtl2="5" ytl2="1" xbl2="5" ybl2="15" xtr2="15" ytr2="1" xbr2="15" ybr2="15"/>
       <mask label="c" rle="3, 4, 5" left="7" top="8" width="4" height="3"/>
       <skeleton label="c"><points label="1" outside="0" points="1,1"/><points label="2" outside="1" points="90,90"/><points label="3" points="4,9"/></skeleton>
       <tag label="c"/>`,
    );
    expect(
      found.frames[0]!.labels.map(({ label }) => [
        label.kind,
        label.box?.map((value) => Math.round(value * 1000) / 1000),
      ]),
    ).toEqual([
      ["rotatedBox", [10, 20, 30, 40]],
      ["polygon", [1, 2, 30, 50]],
      ["polyline", [1, 2, 3, 4]],
      ["points", [5, 6, 5, 6]],
      ["ellipse", [45, 30, 55, 50]],
      ["cuboid", [1, 1, 15, 20]],
      ["mask", [7, 8, 11, 11]],
      ["skeleton", [1, 1, 4, 9]],
      ["tag", undefined],
    ]);
    // 3 off, 4 on, 5 off along the rows of 4: the last pixel of the first row, the first three of the second.
    const mask = found.frames[0]!.labels.find(({ label }) => label.kind === "mask")!.label;
    expect(shapeRuns(outlinesOf(mask)!, 100, 80).filter((_, at) => at % 2 === 1)).toEqual([1, 1, 1, 1]);
    expect(found.issues.map(({ code, found: what }) => [code, what])).toEqual([
      ["MaskOutlined", "1 mask of pixels, none with a hole, 0 of several parts"],
    ]);
  });

  it("gives a turned box its corners, turned clockwise about its middle", async () => {
    // 20 wide and 10 high about 30,30; a quarter turn stands it up.
    const { frames } = await shape('<box label="c" xtl="20" ytl="25" xbr="40" ybr="35" rotation="90"/>');
    const { label } = frames[0]!.labels[0]!;
    expect(label.box!.map(Math.round)).toEqual([25, 20, 35, 40]);
    expect(label.points!.map(Math.round)).toEqual([35, 20, 35, 40, 25, 40, 25, 20]);
    expect(
      (await shape('<box label="c" xtl="20" ytl="25" xbr="40" ybr="35" rotation="360"/>')).frames[0]!.labels[0]!.label
        .kind,
    ).toBe("box");
  });

  it.each([
    ["a number that is none", '<box label="c" xtl="NaN" ytl="1" xbr="2" ybr="2"/>', "LabelUnreadable"],
    ["a missing side", '<box label="c" xtl="1" ytl="1" xbr="2"/>', "LabelUnreadable"],
    ["corners in the wrong order", '<box label="c" xtl="5" ytl="1" xbr="2" ybr="2"/>', "LabelUnreadable"],
    ["half a point", '<polygon label="c" points="1,2;3;4,5"/>', "LabelUnreadable"],
    ["too few points", '<polygon label="c" points="1,2;3,4"/>', "LabelUnreadable"],
    [
      "run lengths that do not fill the mask",
      '<mask label="c" rle="3, 4" left="7" top="8" width="4" height="3"/>',
      "LabelUnreadable",
    ],
    ["no class", '<box xtl="1" ytl="1" xbr="2" ybr="2"/>', "LabelWithoutClass"],
    ["a kind of tomorrow", '<sphere label="c"/>', "LabelKindUnknown"],
  ])("lists a shape with %s", async (_, xml, code) => {
    const found = await shape(`${xml}<tag label="c"/>`);
    expect([found.yielded, codes(found.issues)]).toEqual([1, [[code, 1]]]);
  });

  it("tells the frames of a project by subset and task", async () => {
    const meta = `<project><name>p</name><tasks><task><id>7</id><name>monday</name></task><task><id>8</id><name>monday</name></task></tasks>
      <labels><label><name>cup</name></label><label><name>joint</name><parent>cup</parent></label></labels></project>`;
    const images = image("", 'subset="Train" task_id="7"') + image("", 'subset="default" task_id="8"');
    const found = await read({
      "annotations.xml": document(images, meta),
      "images/Train/a.jpg": "1",
      "images/default/a.jpg": "2",
    });
    expect(found.frames.map(({ name, image: entry, task, part }) => [name, entry?.name, task, part])).toEqual([
      ["Train/a.jpg", "images/Train/a.jpg", "monday #7", "Train"],
      ["a.jpg", "images/default/a.jpg", "monday #8", "default"],
    ]);
    expect(found.classNames).toEqual(["cup"]);
  });

  it("keeps several exports in one folder apart by their folders", async () => {
    const one = document(image('<tag label="c"/>'));
    const { frames } = await read({
      "x/monday/annotations.xml": one,
      "x/monday/images/a.jpg": "1",
      "x/tuesday/annotations.xml": one,
      "x/tuesday/images/a.jpg": "2",
    });
    expect(frames.map(({ name, image: entry }) => [name, entry?.name])).toEqual([
      ["monday/a.jpg", "x/monday/images/a.jpg"],
      ["tuesday/a.jpg", "x/tuesday/images/a.jpg"],
    ]);
  });

  it("finds images by their stem where the frames of a video have no extension", async () => {
    const xml = document('<image id="0" name="frame_000001" width="1" height="1"/>');
    expect((await read({ "annotations.xml": xml, "images/frame_000001.PNG": "" })).frames[0]!.image?.name).toBe(
      "images/frame_000001.PNG",
    );
  });

  it("gives images that no label file mentions as not labelled, and refuses a frame twice", async () => {
    const found = await read({
      "annotations.xml": document(image('<tag label="c"/>') + image('<tag label="c"/>')),
      "images/a.jpg": "",
      "images/b.jpg": "",
    });
    expect(found.frames.map(({ name, labelled }) => [name, labelled])).toEqual([
      ["a.jpg", true],
      ["b.jpg", false],
    ]);
    expect(codes(found.issues)).toEqual([
      ["FrameTwice", 1],
      ["FrameNotListed", 0],
    ]);
  });

  it("refuses a frame whose name leads out of the export, with its labels", async () => {
    const found = await read({
      "annotations.xml": document(image('<tag label="c"/>').replace("a.jpg", "../../a.jpg")),
    });
    expect([found.frames.length, codes(found.issues)]).toEqual([0, [["FrameNameInvalid", 1]]]);
  });

  it.each([
    [
      "a document type",
      `<!DOCTYPE x [<!ENTITY a "b">]>${document(image(""))}`.replace('<?xml version="1.0" encoding="utf-8"?>\n', ""),
      "a document type definition",
    ],
    ["an entity of its own", document(image('<tag label="&lol;"/>')), "undefined entity"],
    ["a tag that is not closed", document(image("<tag label='c'>")), "unexpected close tag"],
    ["a size that is no number", document(image("").replace('"100"', '"1e2"')), 'width="1e2"'],
    ["an end that is missing", document(image("")).replace("</annotations>", ""), "unclosed tag"],
  ])("ends with the line of %s", async (_, xml, found) => {
    await expect(read({ "annotations.xml": xml })).rejects.toMatchObject({
      name: "LabelFileInvalid",
      data: { file: "annotations.xml", line: expect.any(Number), found: expect.stringContaining(found) },
    });
  });

  it("refuses bytes that are no UTF-8", async () => {
    const bytes = Buffer.from(document(image('<tag label="c"/>')).replace("c", "\u00e9"), "latin1");
    await expect(read({ "annotations.xml": bytes })).rejects.toMatchObject({
      name: "LabelFileInvalid",
      data: { found: "bytes that are no UTF-8" },
    });
  });

  it("takes tracks for what they are, also beside images", async () => {
    const track = document('<track id="0" label="c"><box frame="0" xtl="1" ytl="1" xbr="2" ybr="2"/></track>');
    await expect(read({ "annotations.xml": track })).resolves.toMatchObject({ format: "cvat-video", yielded: 1 });
    await expect(read({ "a.xml": document(image("")), "b.xml": track })).rejects.toMatchObject({
      name: "FormatAmbiguous",
    });
    await expect(
      read({ "a.xml": document(image("") + track.slice(track.indexOf("<track"), track.indexOf("</ann"))) }),
    ).rejects.toMatchObject({ name: expect.stringMatching(/^(LabelFileInvalid|FormatUnknown)$/) });
  });

  const word = fc
    .string({ minLength: 1, maxLength: 12, unit: "grapheme" })
    .filter((text) => !/[\p{C}]/u.test(text) && text.trim() === text);
  const coordinate = fc.integer({ min: 0, max: 5000 }).map((value) => value / 100);
  const box = fc.record({
    label: word,
    at: fc.tuple(coordinate, coordinate),
    size: fc.tuple(coordinate, coordinate),
    values: fc.dictionary(
      word.filter((name) => name !== "__proto__"),
      word,
      { maxKeys: 2 },
    ),
  });

  it("reads back whatever was written, boxes, names and attributes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(box, { maxLength: 4 }), { maxLength: 4 }), async (frames) => {
        const written = frames.map((boxes, at) => ({
          name: `f ${at}.jpg`,
          width: 100,
          height: 100,
          bytes: null,
          boxes: boxes.map(({ label, at: [x, y], size: [w, h], values }) => ({
            label,
            box: [x, y, x + w, y + h] as const,
            attributes: values,
          })),
        }));
        // A file without image is told from one for video by nothing.
        fc.pre(frames.length > 0);
        const found = await read({ "annotations.xml": cvatXml({ name: "t", labels: [] }, written) });
        const boxesOf = (
          list: readonly (readonly {
            readonly label: string;
            readonly box: readonly number[];
            readonly attributes: object;
          }[])[],
        ) =>
          list.map((boxes) =>
            boxes.map((each) => [each.label, each.box.map((value) => value.toFixed(2)), { ...each.attributes }]),
          );
        const readBack = found.frames.map(({ labels }) =>
          labels.map(({ label }) => ({ label: label.class, box: label.box!, attributes: label.attributes ?? {} })),
        );
        expect(boxesOf(readBack)).toEqual(boxesOf(written.map(({ boxes }) => boxes)));
      }),
      { numRuns: 200 },
    );
  });

  const attributes = fc.array(
    fc.tuple(
      fc.constantFrom(
        "label",
        "xtl",
        "ytl",
        "xbr",
        "ybr",
        "points",
        "rle",
        "left",
        "top",
        "width",
        "height",
        "cx",
        "cy",
        "rx",
        "ry",
        "rotation",
      ),
      fc.constantFrom("1", "2.5", "", "-3", "1,2;3,4;5,6", "3, 9", "nan", "c"),
    ),
    { maxLength: 8 },
  );
  const element = fc
    .tuple(
      fc.constantFrom("box", "polygon", "polyline", "points", "ellipse", "cuboid", "mask", "skeleton", "tag", "other"),
      attributes,
    )
    .map(([name, list]) => {
      const unique = new Map(list);
      return `<${name} ${[...unique].map(([key, value]) => `${key}="${value}"`).join(" ")}/>`;
    });

  it("yields or lists every shape, whatever it says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(element, { maxLength: 10 }), async (elements) => {
        const { yielded, listed } = await shape(elements.join(""));
        expect(yielded + listed).toBe(elements.length);
      }),
      { numRuns: 500 },
    );
  });

  it("ends in frames or a named error where any byte of a real file is another", async () => {
    const good = Buffer.from(
      document(image('<box label="c" xtl="1" ytl="2" xbr="3" ybr="4"><attribute name="a">b</attribute></box>')),
    );
    const mutated = fc.tuple(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length)).map(([at, value, end]) => {
      const copy = Buffer.from(good);
      copy[at] = value;
      return copy.subarray(0, end < 40 ? end : undefined);
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 100 })), async (bytes) => {
        try {
          await read({ "annotations.xml": bytes });
        } catch (error) {
          if (!(error instanceof BobbinError)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});
