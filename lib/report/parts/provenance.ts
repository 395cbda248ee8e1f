// Where a release came from, and how anybody can check that it is this one.
import type { ReportInput } from "../../core/registry/report-input.ts";
import { count, fileSize } from "../format.ts";
import { type Fragment, type Html, html } from "../html.ts";
import { facts, given, table } from "./common.ts";

const digest = (sha256: string) => html`<code>${sha256}</code>`;

/** Whether anybody asked, before a first training, if it was needed. */
function measuredFirst(measured: ReportInput["release"]["measured"] | null): Fragment {
  if (!measured) return "No: nobody measured the off-the-shelf model on these frames before this first training.";
  const { runId, reason, override } = measured;
  return html`${reason} Run ${digest(runId)}.${override !== null && html` Trained all the same: ${given(override)}`}`;
}

export function provenanceSection({ release, files, fingerprint }: ReportInput): Html {
  const { dataset, testSet, deploymentTest, split, recipe, config, base, trainer, bobbin } = release;
  const rows: (readonly [string, Fragment])[] = [
    ["Run", digest(release.runId)],
    ["Data set", html`${given(dataset.name)} ${dataset.version}, manifest ${digest(dataset.manifestSha256)}`],
    ["Test set", html`${testSet.version}, ${digest(testSet.sha256)}`],
    ...(deploymentTest === undefined
      ? []
      : [["Deployment test", html`${count(deploymentTest.frames)} frames, ${digest(deploymentTest.sha256)}`] as const]),
    ["Split", html`seed ${split.seed}, ${digest(split.sha256)}`],
    ["Recipe", html`${given(recipe.name)} ${recipe.number}, ${digest(recipe.sha256)}`],
    ["Config", digest(config.sha256)],
    [
      "Starting weights",
      html`${given(base.name)}${base.official ? ", an official file" : ", not an official file"}, ${digest(base.sha256)}`,
    ],
    [
      "Trainer",
      html`${given(trainer.version)} on ${trainer.device}${trainer.lockSha256 !== null && html`, lock file ${digest(trainer.lockSha256)}`}`,
    ],
    ["Bobbin", html`${given(bobbin.version)}${bobbin.commit !== null && html`, commit ${digest(bobbin.commit)}`}`],
    ...(release.previous === null ? [["Measured first", measuredFirst(release.measured ?? null)] as const] : []),
    ["Signing key", digest(fingerprint)],
  ];
  return html`<p>release.json lists the SHA-256 of every file of this release and of everything it came from; release.sig.json signs release.json. The signature claims what was seen and no more: these bytes came out of this run, from this data, with these results.</p>
${facts("Provenance", rows)}
<h3>How to check it</h3>
<p>In the folder of the release, with the project's public key from a place of its own (a key that travels with the release proves nothing):</p>
<pre>bobbin verify . --key project.pub</pre>
<p>or without Bobbin, with cosign and sha256sum:</p>
<pre>cosign verify-blob-attestation --key project.pub --signature release.sig.json \\
  --type https://slsa.dev/provenance/v1 --insecure-ignore-tlog=true release.json
jq -r '.files[] | "\\(.sha256)  \\(.name)"' release.json | sha256sum --check</pre>
<details class="more"><summary>Files and their digests</summary>
${table(
  "Files of the release",
  [{ title: "File" }, { title: "Size", kind: "n" }, { title: "SHA-256", kind: "digest" }],
  files.map(({ name, bytes, sha256 }) => [html`<code>${name}</code>`, fileSize(bytes), digest(sha256)]),
)}
<p class="note">This page itself is listed in release.json, not here: a page cannot hold its own digest.</p></details>`;
}
