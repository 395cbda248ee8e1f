// The data behind a release: how it was divided, what each part holds, what was found wrong in it.

import { type Part, parts, type Task } from "../../contracts/common.ts";
import type { Split } from "../../contracts/dataset.ts";
import type { ReportInput } from "../../core/registry/report-input.ts";
import { isOfFrames } from "../../core/tasks.ts";
import { count, counted, percent, signed } from "../format.ts";
import { type Fragment, type Html, html } from "../html.ts";
import { alikeList } from "./alike.ts";
import { type Column, facts, given, key, labels, table } from "./common.ts";

const partNames: Readonly<Record<Part, string>> = {
  train: "train",
  val: "val",
  test: "test",
  deployment: "deployment test",
};
/** Names shown of a part; split.csv has them all. */
const groupsShown = 60;
const used = (split: Split): Part[] => parts.filter((part) => split.parts[part].groups > 0);

export function dataSection({ manifest, split, release, alike, harmless }: ReportInput): Html {
  const { difference } = manifest;
  const changes =
    manifest.parent === null
      ? "the first version"
      : `after ${manifest.parent}: ${counted(difference.framesAdded, "frame")} added, ${count(difference.framesRemoved)} removed, ${count(difference.framesChanged)} changed, ${labels[release.task].many} ${count(difference.boxesBefore)} → ${count(difference.boxesAfter)}`;
  return html`<p>Data set ${given(manifest.dataset)} ${manifest.version} (${changes}), from ${given(manifest.source.name)} (${given(manifest.source.format)}). Groups are never divided: all frames of a recording stand in one part, and a group keeps its part for ever (seed ${split.seed}).</p>
${splitBar(split)}
${partsTable(split, release.task)}
${groupNames(split)}
<h3>${titleOf(release.task)}</h3>
${classTable(split, release.classes, titleOf(release.task))}
<p class="note">The last column is the largest distance between a class's share in a part and the share that part should have. Whole groups can rarely meet it exactly.</p>
<h3>Frames that look alike in different parts</h3>
${alikeList(alike, harmless)}`;
}

/** Frames of each part as one bar; widths in percent, so that it fits every page. */
function splitBar(split: Split): Html {
  const shown = used(split);
  const total = shown.reduce((sum, part) => sum + split.parts[part].frames, 0);
  let x = 0;
  const rects = shown.map((part) => {
    const width = total === 0 ? 0 : (split.parts[part].frames / total) * 100;
    const rect = html`<rect class="fill-${part}" x="${x.toFixed(3)}%" y="0" width="${Math.max(0, width - 0.25).toFixed(3)}%" height="100%"/>`;
    x += width;
    return rect;
  });
  return html`<svg class="splitbar" role="img" aria-label="Frames of each part of the split">${rects}</svg>
${key(shown.map((part) => ({ fill: part, text: html`${partNames[part]}: ${counted(split.parts[part].frames, "frame")}, ${percent(total === 0 ? 0 : split.parts[part].frames / total)}` })))}`;
}

const titleOf = (task: Task) => `${isOfFrames(task) ? "Frames" : "Boxes"} of each class in each part`;

function partsTable(split: Split, task: Task): Html {
  const columns: Column[] = [
    { title: "Part" },
    { title: "Groups", kind: "n" },
    { title: "Frames", kind: "n" },
    { title: "Asked for", kind: "n" },
    { title: isOfFrames(task) ? "With a class" : "Boxes", kind: "n" },
  ];
  const rows = used(split).map((part): Fragment[] => {
    const { groups, frames, wantedFrames, boxes } = split.parts[part];
    const asked = part === "deployment" ? html`<span class="dim">by name</span>` : count(Math.round(wantedFrames));
    return [partNames[part], count(groups), count(frames), asked, count(boxes)];
  });
  return table("Parts of the split", columns, rows);
}

/** Which recordings stand where: the whole list is split.csv. */
function groupNames(split: Split): Html {
  const rows = used(split).map((part) => {
    const all = split.assignments.filter((assigned) => assigned.part === part).map(({ group }) => group);
    const shown = all.slice(0, groupsShown);
    const left = all.length - shown.length;
    return [
      partNames[part],
      html`${shown.map((group, index) => html`${index > 0 && ", "}${given(group)}`)}${left > 0 && html` <span class="dim">and ${count(left)} more</span>`}`,
    ] as const;
  });
  return html`<details class="more"><summary>Groups of each part, by name</summary>${facts("Groups of each part", rows)}</details>`;
}

function classTable(split: Split, classes: readonly string[], title: string): Html {
  const shown = used(split);
  const columns: Column[] = [
    { title: "Class" },
    ...shown.map((part): Column => ({ title: partNames[part], kind: "n" })),
    { title: "All", kind: "n" },
    { title: "Off by", kind: "n" },
  ];
  const other = [...new Set(shown.flatMap((part) => Object.keys(split.parts[part].boxesOfClass)))]
    .filter((name) => !classes.includes(name))
    .sort();
  const rows = [...classes, ...other].map((name): Fragment[] => {
    const boxes = shown.map((part) => split.parts[part].boxesOfClass[name] ?? 0);
    const off = split.classDeviation[name];
    return [
      html`${given(name)}${!classes.includes(name) && html` <span class="dim">(not trained)</span>`}`,
      ...boxes.map(count),
      count(boxes.reduce((sum, value) => sum + value, 0)),
      off === undefined ? signed(null) : percent(off),
    ];
  });
  return table(title, columns, rows);
}

const actions = { refused: "refused", dropped: "left out", repaired: "repaired", noted: "noted" } as const;

export function issuesSection({ manifest, issues }: ReportInput): Html {
  const codes = Object.entries(manifest.issues).sort(([a, first], [b, second]) => second - first || (a < b ? -1 : 1));
  const total = codes.reduce((sum, [, value]) => sum + value, 0);
  const { read, kept, listed } = manifest.labels;
  const balance = html`<p>${count(read)} labels were read: ${count(kept)} kept and ${count(listed)} listed with a reason. The two add up; nothing was dropped silently.</p>`;
  if (total === 0) return html`${balance}<p>Nothing was found that had to be repaired, left out or noted.</p>`;
  const rows = issues.map((issue): Fragment[] => [
    issue.code,
    actions[issue.action],
    html`${given(issue.file)}${issue.line !== undefined && html`<span class="dim">:${issue.line}</span>`}${issue.frame !== undefined && issue.frame !== issue.file && html` <span class="dim">${given(issue.frame)}</span>`}`,
    given(issue.found),
    given(issue.wanted),
  ]);
  const columns: Column[] = [
    { title: "What" },
    { title: "Action" },
    { title: "Where", kind: "long" },
    { title: "Found", kind: "long" },
    { title: "Wanted", kind: "long" },
  ];
  return html`${balance}
${table(
  "Issues by kind",
  [{ title: "What was found" }, { title: "How often", kind: "n" }],
  codes.map(([code, value]) => [code, count(value)]),
  "fit",
)}
<details class="more"><summary>${issues.length < total ? `The first ${count(issues.length)} of ${count(total)}` : `All ${count(total)}`}, line by line</summary>${table("Issues", columns, rows)}</details>`;
}
