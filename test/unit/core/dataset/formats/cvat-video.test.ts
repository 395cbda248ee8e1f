import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { memorySource } from "../../../../support/memory-source.ts";
import { readExport } from "../../../../support/read-export.ts";

const meta = (start: number, stop: number, step = 1) =>
  `<meta><task><name>t</name><start_frame>${start}</start_frame><stop_frame>${stop}</stop_frame><frame_filter>${
    step === 1 ? "" : `step=${step}`
  }</frame_filter><labels><label><name>c</name></label></labels><original_size><width>100</width><height>100</height></original_size></task></meta>`;
const document = (tracks: string, head = meta(0, 4)) =>
  `<annotations><version>1.1</version>${head}${tracks}</annotations>`;
const track = (inside: string, attributes = "") => `<track id="0" label="c" ${attributes}>${inside}</track>`;
const box = (frame: number, left: number, attributes = "") =>
  `<box frame="${frame}" outside="0" occluded="0" keyframe="1" xtl="${left}" ytl="0" xbr="${left + 10}" ybr="10" ${attributes}/>`;
const gone = (frame: number) => box(frame, 50).replace('outside="0"', 'outside="1"');
const read = (tracks: string, head?: string) => readExport(memorySource({ "annotations.xml": document(tracks, head) }));
/** Left side of the first label in each frame; null where there is none. */
const lefts = async (tracks: string, head?: string) =>
  (await read(tracks, head)).frames.map(({ labels }) => labels[0]?.label.box?.[0] ?? null);

describe("CVAT for video 1.1", () => {
  it("moves a box straight on between key frames, and keeps it to the end of the task", async () => {
    expect(await lefts(track(box(0, 0) + box(2, 20)))).toEqual([0, 10, 20, 20, 20]);
  });

  it("shows nothing where the object is outside, and shows it again", async () => {
    expect(await lefts(track(box(0, 0) + gone(1) + box(3, 7)))).toEqual([0, null, null, 7, 7]);
  });

  it("moves on towards the place where the object leaves", async () => {
    expect(await lefts(track(box(0, 0) + gone(4)))).toEqual([0, 12.5, 25, 37.5, null]);
  });

  it("knows frames by their step", async () => {
    const found = await read(track(box(10, 0) + box(16, 20)), meta(10, 19, 3));
    expect(found.frames.map(({ name, labels }) => [name, labels[0]?.label.box?.[0]])).toEqual([
      ["frame_000010.PNG", 0],
      ["frame_000013.PNG", 10],
      ["frame_000016.PNG", 20],
      ["frame_000019.PNG", 20],
    ]);
  });

  it("turns the shorter way round", async () => {
    const { frames } = await read(track(box(0, 0, 'rotation="350"') + box(2, 0, 'rotation="10"')));
    expect(frames.slice(0, 3).map(({ labels }) => labels[0]?.label.rotation ?? 0)).toEqual([350, 0, 10]);
  });

  it("keeps attributes until they are set anew", async () => {
    const hot = (value: string) => `<attribute name="hot">${value}</attribute>`;
    const first = box(0, 0).replace("/>", `>${hot("yes")}</box>`);
    const { frames } = await read(track(first + box(2, 0) + box(3, 0).replace("/>", `>${hot("no")}</box>`)));
    expect(frames.map(({ labels }) => labels[0]?.label.attributes?.hot)).toEqual(["yes", "yes", "yes", "no", "no"]);
  });

  it("moves the vertices of a polygon that keeps them", async () => {
    const polygon = (frame: number, shift: number) =>
      `<polygon frame="${frame}" outside="0" occluded="0" keyframe="1" points="${shift},0;${shift + 10},0;${shift + 10},10;${shift},10"/>`;
    const { frames } = await read(track(polygon(0, 0) + polygon(4, 40)));
    expect(frames.map(({ labels }) => labels[0]?.label.points)).toEqual(
      [0, 10, 20, 30, 40].map((shift) => [shift, 0, shift + 10, 0, shift + 10, 10, shift, 10]),
    );
  });

  it("gives a vertex that is new on the right a way from its nearest on the left", async () => {
    const line = (frame: number, points: string) =>
      `<polyline frame="${frame}" outside="0" occluded="0" keyframe="1" points="${points}"/>`;
    const { frames } = await read(track(line(0, "0,0;40,0") + line(2, "0,20;20,20;40,20")));
    // The middle vertex stands half way along, as near to the first on the left as to the last: the first takes it.
    expect(frames[1]?.labels[0]?.label.points).toEqual([0, 10, 10, 10, 40, 10]);
  });

  it("reads skeletons with their points inside, and with a track a point", async () => {
    const point = (label: string, x: number, outside = 0) =>
      `<points label="${label}" keyframe="1" outside="${outside}" occluded="0" points="${x},1"/>`;
    const inside = track(
      `<skeleton frame="0" keyframe="1">${point("a", 1) + point("b", 2)}</skeleton><skeleton frame="2" keyframe="1">${point("a", 5) + point("b", 2, 1)}</skeleton>`,
    );
    const beside = track(
      `<skeleton frame="0" outside="0" keyframe="1" points="1,1"/><track id="0" label="a"><points frame="0" outside="0" keyframe="1" points="1,1"/><points frame="2" outside="0" keyframe="1" points="5,1"/></track><track id="1" label="b"><points frame="0" outside="0" keyframe="1" points="2,1"/><points frame="2" outside="1" keyframe="1" points="2,1"/></track>`,
    );
    for (const tracks of [inside, beside]) {
      const { frames } = await read(tracks);
      expect(frames.map(({ labels }) => labels[0]?.label.points)).toEqual([
        [1, 1, 2, 1],
        [3, 1, 2, 1],
        [5, 1],
        [5, 1],
        [5, 1],
      ]);
    }
  });

  it.each([
    ["a frame twice", track(box(0, 0) + box(0, 5) + gone(1)), [["LabelUnreadable", 1]]],
    ["a frame that the video does not have", track(box(9, 0)), [["FrameOutOfRange", 1]]],
    ["no class", box(0, 0) && `<track id="0">${box(0, 0) + gone(1)}</track>`, [["LabelWithoutClass", 1]]],
    ["a side that is missing", track(box(0, 0).replace('xbr="10"', "") + gone(1)), [["LabelUnreadable", 1]]],
  ])("lists a shape with %s", async (_, tracks, issues) => {
    const found = await read(tracks);
    expect(found.issues.map(({ code, labels }) => [code, labels])).toEqual(issues);
  });

  it.each([
    ["a frame that is no number", track(box(0, 0).replace('frame="0"', 'frame="x"'))],
    ["tracks of several tasks", track(box(0, 0), 'task_id="1"') + track(box(0, 0), 'task_id="2"')],
    ["images beside tracks", `${track(box(0, 0))}<image id="0" name="a.jpg"/>`],
  ])("refuses %s", async (_, tracks) => {
    await expect(read(tracks)).rejects.toMatchObject({ name: "LabelFileInvalid" });
  });

  it("refuses images whose names hold no frame number: nobody can say which frame is which", async () => {
    const source = memorySource({ "annotations.xml": document(track(box(0, 0))), "images/a.jpg": "1" });
    await expect(readExport(source)).rejects.toMatchObject({ name: "LabelFileInvalid" });
  });

  it("reads the same whether a track lists its key frames alone or every frame, as CVAT exports it", async () => {
    const keys = fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 5 });
    const values = fc.array(fc.tuple(fc.integer({ min: 0, max: 80 }), fc.boolean()), { minLength: 5, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(keys, values, async (frames, places) => {
        const shapes = [...frames]
          .sort((a, b) => a - b)
          .map((frame, at) => ({ frame, left: places[at]![0], outside: places[at]![1] }));
        const line = (frame: number, left: number, outside: boolean, key: number) =>
          box(frame, left)
            .replace('outside="0"', `outside="${outside ? 1 : 0}"`)
            .replace('keyframe="1"', `keyframe="${key}"`);
        const every = shapes.flatMap((shape, at) => {
          const next = shapes[at + 1] ?? { frame: 21, left: shape.left, outside: false };
          const between = Array.from({ length: next.frame - shape.frame - 1 }, (_, step) => {
            const share = (step + 1) / (next.frame - shape.frame);
            return line(shape.frame + step + 1, shape.left + (next.left - shape.left) * share, shape.outside, 0);
          });
          return [line(shape.frame, shape.left, shape.outside, 1), ...between];
        });
        const sparse = shapes.map(({ frame, left, outside }) => line(frame, left, outside, 1));
        const [few, all] = [
          await lefts(track(sparse.join("")), meta(0, 20)),
          await lefts(track(every.join("")), meta(0, 20)),
        ];
        expect(few.map((left) => left?.toFixed(6))).toEqual(all.map((left) => left?.toFixed(6)));
      }),
    );
  });
});
