// XML and JSON label files, each wrong in one way.
import { type Malformed, photo } from "./case.ts";

type Row = readonly [cause: string, text: string | Uint8Array, wanted: string];

const box = '<box label="c" xtl="1" ytl="1" xbr="9" ybr="9"/>';
const image = (inside: string, attributes = 'name="a.jpg" width="128" height="128"') =>
  `<image id="0" ${attributes}>${inside}</image>`;
const cvat = (inside: string, head = "") =>
  `<?xml version="1.0"?>\n${head}<annotations><version>1.1</version>${inside}</annotations>`;
const shape = (text: string) => cvat(image(text));
const laughs = `<!DOCTYPE x [<!ENTITY a "ha">${Array.from({ length: 20 }, (_, at) => `<!ENTITY a${at} "${`&a${at === 0 ? "" : at - 1};`.repeat(10)}">`).join("")}]>`;

/** A mask of single pixels, each two from the next: side × side of them, of four corners each. */
const spots = (side: number) => {
  const row = `${"1, 1, ".repeat(side)}${2 * side}, `;
  const runs = `0, ${row.repeat(side)}0`;
  return `<mask label="c" rle="${runs}" left="0" top="0" width="${2 * side}" height="${2 * side}"/>`;
};
const spotted = spots(60);
const noise = spots(80);
const images: readonly Row[] = [
  ["XML: a type definition", cvat(image(box), "<!DOCTYPE annotations>"), "LabelFileInvalid"],
  [
    "XML: an external entity",
    cvat(image('<tag label="&x;"/>'), '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    "LabelFileInvalid",
  ],
  ["XML: entities that multiply", cvat(image('<tag label="&a19;"/>'), laughs), "LabelFileInvalid"],
  ...["&x;", "&#0;", "&#xd800;", "&", "&amp", "<"].map(
    (text): Row => ["XML: an entity that is none", cvat(image(`<tag label="${text}"/>`)), "LabelFileInvalid"],
  ),
  ...[
    cvat(image(box)).slice(0, -5),
    cvat(image(box)).slice(0, -40),
    cvat("<image>"),
    cvat(`${image(box)}</image>`),
    cvat(image("<box></bax>")),
  ].map((text): Row => ["XML: tags that do not close", text, "LabelFileInvalid"]),
  ["XML: two roots", `${cvat(image(box))}<annotations/>`, "LabelFileInvalid"],
  ["XML: an attribute twice", cvat(image('<tag label="a" label="b"/>')), "LabelFileInvalid"],
  ["XML: an attribute without quotes", cvat(image("<tag label=a/>")), "LabelFileInvalid"],
  ["XML: a control character", cvat(image('<tag label="\u0001"/>')), "LabelFileInvalid"],
  [
    "XML: no UTF-8",
    Buffer.concat([
      Buffer.from(cvat(image(box)).slice(0, -14)),
      Buffer.from([0xff, 0xfe]),
      Buffer.from("</annotations>"),
    ]),
    "LabelFileInvalid",
  ],
  ["CVAT: an image without name", cvat(image(box, 'width="128" height="128"')), "LabelFileInvalid"],
  ...["x", "-128", "1.5", "1e3", "99999999999"].map(
    (width): Row => [
      "CVAT: a size that is none",
      cvat(image(box, `name="a.jpg" width="${width}" height="128"`)),
      "LabelFileInvalid",
    ],
  ),
  ...["64", "129", "1280"].map(
    (width): Row => [
      "CVAT: another size than the image's",
      cvat(image(box, `name="a.jpg" width="${width}" height="128"`)),
      "SizeMismatch",
    ],
  ),
  ["CVAT: a frame twice", cvat(image(box) + image(box)), "FrameTwice"],
  ...[
    "../a.jpg",
    "/a.jpg",
    "a/../../b.jpg",
    "a&#9;b.jpg",
    "C:/a.jpg",
    "a//b.jpg",
    ".",
    "a\\b.jpg",
    "x".repeat(1025),
  ].map(
    (name): Row => [
      "frame name that leads astray",
      cvat(image(box, `name="${name}" width="128" height="128"`)),
      "FrameNameInvalid",
    ],
  ),
  ...["NaN", "inf", "1,5", "", "0x10", "1e400", "one"].map(
    (value): Row => ["CVAT: a coordinate that is none", shape(box.replace('"1"', `"${value}"`)), "LabelUnreadable"],
  ),
  ...["xtl", "ytl", "xbr", "ybr"].map(
    (side): Row => ["CVAT: a side missing", shape(box.replace(side, "x")), "LabelUnreadable"],
  ),
  ["CVAT: corners in the wrong order", shape(box.replace('"9"', '"0"')), "LabelUnreadable"],
  ...["", "1,2", "1,2;3,4", "1;2;3", "1,2,3;4,5,6;7,8,9", "a,b;c,d;e,f"].map(
    (points): Row => [
      "CVAT: a polygon of no points",
      shape(`<polygon label="c" points="${points}"/>`),
      "LabelUnreadable",
    ],
  ),
  ...["", "1,2", "x", "-1,17", "16,,0"].map(
    (rle): Row => [
      "CVAT: runs that do not fill the mask",
      shape(`<mask label="c" rle="${rle}" left="0" top="0" width="4" height="4"/>`),
      "LabelUnreadable",
    ],
  ),
  ["CVAT: outlines of masks beyond measure", shape(spotted.repeat(100)), "LabelFileInvalid"],
  ["CVAT: a mask of noise", shape(noise), "MaskTooFine"],
  ["CVAT: negative radii", shape('<ellipse label="c" cx="9" cy="9" rx="-1" ry="1"/>'), "LabelUnreadable"],
  ["CVAT: a shape of tomorrow", shape('<sphere label="c"/>'), "LabelKindUnknown"],
  ["CVAT: a shape without class", shape('<box xtl="1" ytl="1" xbr="9" ybr="9"/>'), "LabelWithoutClass"],
  ["CVAT: a shape outside", shape('<polygon label="c" points="200,200;210,200;210,210"/>'), "ShapeOutsideImage"],
  [
    "CVAT: an image that is not there",
    cvat(image(box) + image(box, 'name="b.jpg" width="9" height="9"')),
    "ImageMissing",
  ],
  ["CVAT: images and tracks in one file", cvat(`${image(box)}<track/>`), "LabelFileInvalid"],
];

const track = (inside: string, attributes = "") => cvat(`<track id="0" label="c" ${attributes}>${inside}</track>`);
const tracked = (frame: string, rest = "") =>
  `<box frame="${frame}" outside="0" occluded="0" keyframe="1" xtl="1" ytl="1" xbr="9" ybr="9" ${rest}/>`;
const task = (start: string, stop: string, filter = "") =>
  `<meta><task><start_frame>${start}</start_frame><stop_frame>${stop}</stop_frame><frame_filter>${filter}</frame_filter><original_size><width>128</width><height>128</height></original_size></task></meta>`;

const videos: readonly Row[] = [
  ...["x", "-1", "1.5", "", "9999999999"].map(
    (frame): Row => ["video: a frame that is no number", track(tracked(frame)), "LabelFileInvalid"],
  ),
  [
    "video: a frame twice",
    cvat(
      task("0", "3") +
        track(tracked("0") + tracked("0"))
          .replace(/^[\s\S]*?<track/, "<track")
          .replace("</annotations>", ""),
    ),
    "LabelUnreadable",
  ],
  [
    "video: a frame behind the end",
    cvat(`${task("0", "3")}<track label="c">${tracked("9")}</track>`),
    "FrameOutOfRange",
  ],
  [
    "video: more frames than a video has",
    cvat(`${task("0", "999999999")}<track label="c">${tracked("0")}</track>`),
    "LabelFileInvalid",
  ],
  [
    "video: tracks that fill memory",
    cvat(task("0", "1999999") + `<track label="c">${tracked("0")}</track>`.repeat(12)),
    "LabelFileInvalid",
  ],
  [
    "video: a shape that changes its kind",
    cvat(
      task("0", "3") +
        `<track label="c">${tracked("0")}<points frame="3" outside="1" keyframe="1" points="1,2"/></track>`,
    ),
    "LabelUnreadable",
  ],
  [
    "video: tracks of two tasks",
    track(tracked("0"), 'task_id="1"').replace(
      "</annotations>",
      `<track label="c" task_id="2">${tracked("0")}</track></annotations>`,
    ),
    "LabelFileInvalid",
  ],
];

const voc = (inside: string, size = "<size><width>128</width><height>128</height></size>") =>
  `<annotation><filename>a.jpg</filename>${size}${inside}</annotation>`;
const bounds = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox>";
const vocs: readonly Row[] = [
  ["VOC: an object without name", voc(`<object>${bounds}</object>`), "LabelWithoutClass"],
  ["VOC: an object without box", voc("<object><name>c</name></object>"), "LabelUnreadable"],
  ...["x", "NaN", "", "1,5", "1e999"].map(
    (value): Row => [
      "VOC: a side that is none",
      voc(`<object><name>c</name>${bounds.replace("<xmin>1", `<xmin>${value}`)}</object>`),
      "LabelUnreadable",
    ],
  ),
  [
    "VOC: corners in the wrong order",
    voc(`<object><name>c</name>${bounds.replace("<xmax>9", "<xmax>0")}</object>`),
    "LabelUnreadable",
  ],
  [
    "VOC: another size than the image's",
    voc(`<object><name>c</name>${bounds}</object>`, "<size><width>64</width><height>128</height></size>"),
    "SizeMismatch",
  ],
  ["VOC: tags that do not close", voc(`<object><name>c</name>${bounds}`), "LabelFileInvalid"],
  [
    "VOC: an external entity",
    `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${voc("<object><name>&x;</name></object>")}`,
    "FormatUnknown",
  ],
  [
    "VOC: a name that leads astray, beside an image of the XML's own",
    voc("").replace("a.jpg", "x/../../../b.jpg"),
    "ok",
  ],
];

const json = (fields: object, more: object = {}) =>
  JSON.stringify({
    images: [{ id: 1, width: 128, height: 128, file_name: "a.jpg" }],
    categories: [{ id: 1, name: "c" }],
    annotations: [{ id: 1, image_id: 1, category_id: 1, bbox: [1, 1, 8, 8], ...fields }],
    ...more,
  });
const cut = (at: number) => json({}).slice(0, at);
const cocos: readonly Row[] = [
  ...[100, 150, json({}).length - 1].map((at): Row => ["JSON: half a file", cut(at), "LabelFileInvalid"]),
  ["JSON: too little to know it", cut(60), "FormatUnknown"],
  ["JSON: a key twice", json({}).replace('"categories"', '"images"'), "LabelFileInvalid"],
  ["JSON: something behind the end", `${json({})}{}`, "LabelFileInvalid"],
  ["JSON: a comma too many", json({}).replace("}],", "},],"), "LabelFileInvalid"],
  ...["NaN", "Infinity", "-Infinity", "01", "1.", ".5", "undefined", "'1'", "1e"].map(
    (value): Row => [
      "JSON: a number that is none",
      json({}).replace("[1,1,8,8]", `[${value},1,8,8]`),
      "LabelUnreadable",
    ],
  ),
  [
    "JSON: no UTF-8",
    Buffer.concat([
      Buffer.from(json({}).slice(0, -3)),
      Buffer.from(',"x":"'),
      Buffer.from([0xff]),
      Buffer.from('"}]}'),
    ]),
    "LabelUnreadable",
  ],
  [
    "JSON: brackets a hundred deep",
    json({ x: JSON.parse("[".repeat(99) + "]".repeat(99)) as unknown }),
    "LabelFileInvalid",
  ],
  ["JSON: an item of 17 MB", json({ x: "x".repeat(17 * 1024 * 1024) }), "LabelFileInvalid"],
  ...[
    { bbox: [1, 1, 8] },
    { bbox: "1,1,8,8" },
    { bbox: [1, 1, -8, 8] },
    { bbox: [1, "1", 8, 8] },
    { bbox: [1, null, 8, 8] },
    { bbox: {} },
  ].map((fields): Row => ["COCO: a box that is none", json(fields), "LabelUnreadable"]),
  ...[[[1, 2, 3]], [[1, 2, 3, 4]], [["1", 2, 3, 4, 5, 6]], "x", [1, 2, 3, 4, 5, 6], 7].map(
    (segmentation): Row => ["COCO: a polygon that is none", json({ segmentation }), "LabelUnreadable"],
  ),
  ...[
    { counts: [1], size: [128, 128] },
    { counts: "###", size: [128, 128] },
    { counts: [1, -1], size: [0, 0] },
    { counts: [16384] },
    { size: [128, 128] },
    { counts: null, size: [128, 128] },
    { counts: [4], size: [2, 2, 2] },
  ].map((segmentation): Row => ["COCO: runs that do not fill the image", json({ segmentation }), "LabelUnreadable"]),
  ...[[1, 2], "x", [1, 2, "3"]].map(
    (keypoints): Row => ["COCO: key points that are no triples", json({ keypoints }), "LabelUnreadable"],
  ),
  ...[7, "1", null, -1, {}].map((id): Row => ["COCO: an unknown class", json({ category_id: id }), "ClassIdUnknown"]),
  ...[7, "1", null, [], {}].map((id): Row => ["COCO: an unknown image", json({ image_id: id }), "ImageIdUnknown"]),
  ["COCO: a score", json({ score: 0.5 }), "LabelHasConfidence"],
  [
    "COCO: an image id twice",
    json({}, { images: [1, 2].map((at) => ({ id: 1, width: 128, height: 128, file_name: `${at}.jpg` })) }),
    "ImageIdTwice",
  ],
  ...[
    { id: 1 },
    { file_name: "a.jpg" },
    { id: 1.5, file_name: "a.jpg" },
    { id: 1, file_name: 7 },
    { id: 1, file_name: "" },
  ].map(
    (each): Row => [
      "COCO: an image that is none",
      json({}, { images: [{ id: 9, file_name: "x.jpg" }, each] }),
      "LabelFileInvalid",
    ],
  ),
  ...[{ id: 1 }, { name: "c" }, { id: 1, name: "" }, { id: [], name: "c" }, "c"].map(
    (each): Row => ["COCO: a category that is none", json({}, { categories: [each] }), "LabelFileInvalid"],
  ),
  [
    "COCO: a category of two names",
    json({}, { categories: ["a", "b"].map((name) => ({ id: 1, name })) }),
    "LabelFileInvalid",
  ],
  [
    "COCO: another size than the image's",
    json({}, { images: [{ id: 1, width: 64, height: 128, file_name: "a.jpg" }] }),
    "SizeMismatch",
  ],
  ["COCO: a box outside", json({ bbox: [200, 200, 8, 8] }), "BoxOutsideImage"],
  [
    "COCO: box and polygon that contradict each other",
    json({ segmentation: [[50, 50, 60, 50, 60, 60]] }),
    "BoxNotBounds",
  ],
  ...["../a.jpg/b", "a/../../b.jpg"].map(
    (name): Row => [
      "frame name that leads astray",
      json({}, { images: [{ id: 1, width: 128, height: 128, file_name: name }] }),
      "FrameNameInvalid",
    ],
  ),
];

const region = (more: object) => ({
  id: "r",
  type: "rectanglelabels",
  original_width: 128,
  original_height: 128,
  image_rotation: 0,
  ...more,
});
const value = { x: 10, y: 10, width: 10, height: 10, rotation: 0, rectanglelabels: ["c"] };
const studio = (results: readonly unknown[], more: object = {}) =>
  JSON.stringify([
    { id: 1, data: { image: "a.jpg" }, annotations: [{ id: 1, completed_by: 1, result: results }], ...more },
  ]);
const studios: readonly Row[] = [
  ...[
    { ...value, x: "1" },
    { ...value, width: null },
    { ...value, width: -5 },
  ].map((each): Row => ["Label Studio: a place that is none", studio([region({ value: each })]), "LabelUnreadable"]),
  ["Label Studio: no class", studio([region({ value: { ...value, rectanglelabels: [] } })]), "LabelWithoutClass"],
  [
    "Label Studio: two classes",
    studio([region({ value: { ...value, rectanglelabels: ["a", "b"] } })]),
    "LabelUnreadable",
  ],
  ["Label Studio: a turned image", studio([region({ value, image_rotation: 90 })]), "LabelUnreadable"],
  ["Label Studio: no size", studio([region({ value, original_width: 0 })]), "LabelUnreadable"],
  ...[null, 7, "x", {}].map((each): Row => ["Label Studio: a result that is none", studio([each]), "LabelKindUnknown"]),
  [
    "Label Studio: a brush",
    studio([region({ type: "brushlabels", value: { rle: [1], brushlabels: ["c"] } })]),
    "LabelKindUnknown",
  ],
  [
    "Label Studio: two opinions",
    JSON.stringify([
      {
        id: 1,
        data: { image: "a.jpg" },
        annotations: [1, 2].map((by) => ({ completed_by: by, result: [region({ value })] })),
      },
    ]),
    "OpinionsDiffer",
  ],
  ["Label Studio: a task without image", studio([], { data: { text: "x" } }), "LabelFileInvalid"],
  ["Label Studio: a second item that is no task", `${studio([]).slice(0, -1)},7]`, "LabelFileInvalid"],
  ["Label Studio: a name that leads astray", studio([], { data: { image: "x/../../y.jpg" } }), "FrameNameInvalid"],
];

const labelMe = (shapes: readonly unknown[], more: object = {}) =>
  JSON.stringify({
    version: "5.5.0",
    flags: {},
    shapes,
    imagePath: "a.jpg",
    imageHeight: 128,
    imageWidth: 128,
    ...more,
  });
const drawn = {
  label: "c",
  shape_type: "polygon",
  points: [
    [1, 1],
    [20, 1],
    [20, 20],
  ],
};
const labelMes: readonly Row[] = [
  ...[
    [],
    [
      [1, 1],
      [20, 1],
    ],
    [[1, 1], [20, 1], [20]],
    [
      [1, 1],
      [20, 1],
      [20, "x"],
    ],
    null,
    "x",
    { x: 1 },
  ].map((points): Row => ["LabelMe: points that are none", labelMe([{ ...drawn, points }]), "LabelUnreadable"]),
  ["LabelMe: a corner that is no number", labelMe([drawn]).replace("[20,20]", "[20,1e400]"), "LabelUnreadable"],
  ["LabelMe: a shape that is no JSON", labelMe([drawn, drawn]).replace("20,20]]}]", "20,NaN]]}]"), "LabelUnreadable"],
  ...["", null].map((label): Row => ["LabelMe: no class", labelMe([{ ...drawn, label }]), "LabelWithoutClass"]),
  ...["rotation", "", 7, "__proto__"].map(
    (type): Row => ["LabelMe: a kind that nobody knows", labelMe([{ ...drawn, shape_type: type }]), "LabelKindUnknown"],
  ),
  ...[
    [[1, 1]],
    [
      [1, 1],
      [2, 2],
      [3, 3],
    ],
  ].map(
    (points): Row => [
      "LabelMe: a rectangle that is none",
      labelMe([{ ...drawn, shape_type: "rectangle", points }]),
      "LabelUnreadable",
    ],
  ),
  [
    "LabelMe: a circle around nothing",
    labelMe([
      {
        ...drawn,
        shape_type: "circle",
        points: [
          [5, 5],
          [5, 5],
        ],
      },
    ]),
    "BoxEmpty",
  ],
  [
    "LabelMe: a rectangle outside",
    labelMe([
      {
        ...drawn,
        shape_type: "rectangle",
        points: [
          [1, 1],
          [500, 20],
        ],
      },
    ]),
    "BoxOutsideImage",
  ],
  [
    "LabelMe: a polygon outside",
    labelMe([
      {
        ...drawn,
        points: [
          [201, 1],
          [220, 1],
          [220, 20],
        ],
      },
    ]),
    "ShapeOutsideImage",
  ],
  ["LabelMe: the same shape twice", labelMe([drawn, drawn]), "LabelDuplicate"],
  ["LabelMe: another size", labelMe([drawn], { imageWidth: 640 }), "SizeMismatch"],
  ["LabelMe: a path that is none", labelMe([drawn], { imagePath: 7 }), "LabelFileInvalid"],
  ["LabelMe: cut off", labelMe([drawn]).slice(0, -30), "LabelFileInvalid"],
  ["LabelMe: a key twice", `${labelMe([drawn]).slice(0, -1)},"shapes":[]}`, "LabelFileInvalid"],
];

const datumaro = (annotations: readonly unknown[], more: object = {}, labels: readonly unknown[] = [{ name: "c" }]) =>
  JSON.stringify({
    categories: { label: { labels } },
    items: [{ id: "a", annotations, image: { path: "a.jpg", size: [128, 128] }, ...more }],
  });
const bbox = { type: "bbox", label_id: 0, bbox: [1, 1, 20, 20] };
const datumaros: readonly Row[] = [
  ...[null, [], [1, 2, 3], [1, 2, 3, "4"], [1, 2, -3, 4], "x"].map(
    (each): Row => ["Datumaro: a box that is none", datumaro([{ ...bbox, bbox: each }]), "LabelUnreadable"],
  ),
  ["Datumaro: a side that is no number", datumaro([bbox]).replace("20,20]", "20,1e400]"), "LabelUnreadable"],
  ["Datumaro: no class", datumaro([{ ...bbox, label_id: null }]), "LabelWithoutClass"],
  ...[1, -1, 0.5, "0", "length"].map(
    (id): Row => ["Datumaro: a class that nobody named", datumaro([{ ...bbox, label_id: id }]), "ClassIdUnknown"],
  ),
  ...["caption", "cuboid_3d", "toString", "", null].map(
    (type): Row => ["Datumaro: a type that is not read", datumaro([{ ...bbox, type }]), "LabelKindUnknown"],
  ),
  ...[7, "x", null, []].map(
    (each): Row => ["Datumaro: an annotation that is none", datumaro([each]), "LabelUnreadable"],
  ),
  ...[{ counts: [1], size: [128, 128] }, { counts: "!!", size: [128, 128] }, { size: [1, 1] }, null].map(
    (rle): Row => ["Datumaro: a mask that is none", datumaro([{ ...bbox, type: "mask", rle }]), "LabelUnreadable"],
  ),
  [
    "Datumaro: an empty mask",
    datumaro([{ ...bbox, type: "mask", rle: { counts: [16384], size: [128, 128] } }]),
    "ShapeOutsideImage",
  ],
  ["Datumaro: half a key point", datumaro([{ ...bbox, type: "skeleton", points: [1, 2] }]), "LabelUnreadable"],
  ["Datumaro: a box outside", datumaro([{ ...bbox, bbox: [1, 1, 900, 20] }]), "BoxOutsideImage"],
  ["Datumaro: a box of nothing", datumaro([{ ...bbox, bbox: [1, 1, 0, 20] }]), "BoxEmpty"],
  ["Datumaro: the same box twice", datumaro([bbox, bbox]), "LabelDuplicate"],
  ["Datumaro: another size", datumaro([bbox], { image: { path: "a.jpg", size: [640, 128] } }), "SizeMismatch"],
  ["Datumaro: a name that leads astray", datumaro([bbox], { image: { path: "x/../../y.jpg" } }), "FrameNameInvalid"],
  ["Datumaro: a class without name", datumaro([bbox], {}, [{}]), "LabelFileInvalid"],
  ["Datumaro: a second item that is none", `${datumaro([bbox]).slice(0, -2)},7]}`, "LabelFileInvalid"],
  [
    "Datumaro: one image twice",
    datumaro([bbox]).replace('"items":[', '"items":[{"id":"b","annotations":[],"image":{"path":"a.jpg"}},'),
    "FrameTwice",
  ],
];

const others: readonly Row[] = [
  ...["", "   ", "\0\0\0", "7", '"x"', "null", "true", "[]", "{}", "[1,2]", '{"a": 1}', "<html></html>"].map(
    (text): Row => ["JSON of something else", text, "FormatUnknown"],
  ),
];
const otherXml: readonly Row[] = [
  ...["", "x", "<", "<x>", "<html><body/></html>", "<annotations/>", "<?xml version='1.0'?>"].map(
    (text): Row => ["XML of something else", text, "FormatUnknown"],
  ),
];

const all = (rows: readonly Row[], file: string, picture: string): readonly Malformed[] =>
  rows.map(([cause, text, wanted], at) => ({
    cause,
    variant: `${file} ${at}`,
    input: { [file]: text, [picture]: photo },
    wanted,
  }));

export const markupCorpus: readonly Malformed[] = [
  ...all(images, "annotations.xml", "images/a.jpg"),
  ...all(videos, "annotations.xml", "images/frame_000000.jpg"),
  ...all(vocs, "a.xml", "a.jpg"),
  ...all(cocos, "instances.json", "images/a.jpg"),
  ...all(studios, "project.json", "images/a.jpg"),
  ...all(labelMes, "images/a.json", "images/a.jpg"),
  ...all(datumaros, "annotations/default.json", "images/default/a.jpg"),
  ...all(others, "labels.json", "images/a.jpg"),
  ...all(otherXml, "labels.xml", "images/a.jpg"),
];
