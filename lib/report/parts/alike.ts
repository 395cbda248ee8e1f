// Frames of different parts that look alike: the list for the report, the picture pairs for the pages that may hold pictures.
import type { Config } from "../../contracts/config.ts";
import type { AlikeFrames } from "../../contracts/dataset.ts";
import type { PicturedPair } from "../../core/registry/report-input.ts";
import { count, counted } from "../format.ts";
import { type Fragment, type Html, html } from "../html.ts";
import { type Column, given, table } from "./common.ts";

const kinds = { reencoded: "one picture, saved again", near: "near" } as const;

const explained = html`<p class="note">Each frame outside train was compared with all of the parts before its own, at 16 x 16 levels of grey with brightness set equal. Near means less than a third of what two frames of the same camera usually differ by, so a fixed camera, where every frame looks like every other, is not one long list. A run is refused where a picture was saved again, and where a fifth of a group resembles another.</p>`;

/** null where images were not decoded: then nothing can be said. */
export function alikeList(alike: AlikeFrames | null, harmless: Config["harmless"] = []): Html {
  const known = harmless.length > 0 && harmlessTable(harmless);
  if (alike === null)
    return html`<p>The images were not decoded, so nothing can be said about frames that look alike.</p>
${known}`;
  const { compared, outside, frames, reencoded } = alike;
  const summary = html`<p>${counted(compared, "frame")} compared, ${count(outside)} of them outside train: ${frames === 0 ? "none resembles" : `${count(frames)} resemble`} a frame of another part${reencoded > 0 && `, ${count(reencoded)} of them one picture saved again`}.</p>`;
  const cameras = alike.cameras.filter(({ usual }) => usual !== null);
  return html`${summary}
${frames > 0 && pairTable(alike)}
${known}
${cameras.length > 0 && cameraTable(cameras)}
${explained}`;
}

/** What the config lets pass, and why: whoever reads the report may think otherwise. */
function harmlessTable(harmless: NonNullable<Config["harmless"]>): Html {
  const columns: Column[] = [
    { title: "Frames that may be one picture in several parts", kind: "long" },
    { title: "Reason, as bobbin.json has it", kind: "long" },
  ];
  const rows = harmless.map(({ frames, reason }): Fragment[] => [
    html`${frames.map((name) => html`${given(name)} `)}`,
    given(reason),
  ]);
  return table("Look-alikes that the config calls harmless: no run is refused for them", columns, rows);
}

function pairTable({ pairs, groups, frames }: AlikeFrames): Html {
  const columns: Column[] = [
    { title: "Frame", kind: "long" },
    { title: "Part" },
    { title: "Resembles", kind: "long" },
    { title: "Part" },
    { title: "How" },
    { title: "Apart by", kind: "n" },
  ];
  const rows = pairs.map((pair): Fragment[] => [
    given(pair.frame),
    pair.part,
    given(pair.other),
    pair.otherPart,
    kinds[pair.kind],
    pair.difference.toFixed(2),
  ]);
  const groupColumns: Column[] = [
    { title: "Group", kind: "long" },
    { title: "Part" },
    { title: "Frames alike", kind: "n" },
    { title: "Of", kind: "n" },
    { title: "To the group", kind: "long" },
    { title: "Part" },
  ];
  const groupRows = groups.map((pair): Fragment[] => [
    given(pair.group),
    pair.part,
    count(pair.alike),
    count(pair.frames),
    given(pair.other),
    pair.otherPart,
  ]);
  return html`${table("Groups that resemble one another", groupColumns, groupRows)}
<details class="more"><summary>${pairs.length < frames ? `The ${count(pairs.length)} likest of ${count(frames)}` : `All ${count(frames)}`}, frame by frame</summary>${table("Frames that look alike", columns, rows)}</details>`;
}

function cameraTable(cameras: AlikeFrames["cameras"]): Html {
  const columns: Column[] = [
    { title: "Scene, by its first group", kind: "long" },
    { title: "Groups", kind: "n" },
    { title: "Frames", kind: "n" },
    { title: "Two frames usually differ by", kind: "n" },
  ];
  const rows = cameras.map(({ camera, groups, frames, usual }): Fragment[] => [
    given(camera),
    count(groups),
    count(frames),
    (usual ?? 0).toFixed(1),
  ]);
  return html`<details class="more"><summary>What is usual for each camera, in levels of grey</summary>${table("Cameras", columns, rows)}</details>`;
}

const side = (name: string, group: string, part: string, { mime, bytes }: PicturedPair["first"]) =>
  html`<figure class="frame"><img src="data:${mime};base64,${Buffer.from(bytes).toString("base64")}" alt="${name}"><figcaption><strong>${part}</strong> · ${given(name)} <span class="dim">group ${given(group)}</span></figcaption></figure>`;

/** Each pair side by side. */
export function picturedPairs(pairs: readonly PicturedPair[]): Html {
  return html`${pairs.map(
    ({ pair, first, second }) => html`<h3>${kinds[pair.kind]}, apart by ${pair.difference.toFixed(2)}</h3>
<div class="frames">${side(pair.frame, pair.group, pair.part, first)}${side(pair.other, pair.otherGroup, pair.otherPart, second)}</div>
`,
  )}`;
}
