// report_<version>.html: what a release is worth, for people. One file, no script, no request; the verdict comes first.
import type { ReportInput } from "../core/registry/report-input.ts";
import { html } from "./html.ts";
import { contents, page, type Section, sectionsOf } from "./page.ts";
import { breakdownSection } from "./parts/breakdown.ts";
import { comparisonSection } from "./parts/comparison.ts";
import { confusionSection } from "./parts/confusion.ts";
import { dataSection, issuesSection } from "./parts/data.ts";
import { provenanceSection } from "./parts/provenance.ts";
import { testSetsSection } from "./parts/test-sets.ts";
import { costSection, plotsSection, trainingSection } from "./parts/training.ts";
import { equation, heading } from "./parts/verdict.ts";

/** Equal input gives equal bytes. */
export async function renderReport(input: ReportInput): Promise<string> {
  const { release, evaluation } = input;
  const all: readonly Section[] = [
    { id: "comparison", title: "Base against candidate", body: comparisonSection(evaluation) },
    { id: "test-sets", title: "On the test sets before", body: testSetsSection(evaluation) },
    { id: "where", title: "Where it is good, and where not", body: breakdownSection(evaluation) },
    { id: "confusion", title: "What it mistakes for what", body: confusionSection(evaluation) },
    { id: "data", title: "The data", body: dataSection(input) },
    { id: "issues", title: "Issues found in the data", body: issuesSection(input) },
    { id: "training", title: "Training", body: await trainingSection(input) },
    { id: "plots", title: "Ultralytics' plots", body: plotsSection(input) },
    { id: "cost", title: "Cost and time", body: costSection(input) },
    { id: "provenance", title: "Provenance, and how to verify", body: provenanceSection(input) },
  ];
  const sections = all.filter(({ body }) => body !== null);
  return page(
    `${release.model} ${release.version}: release report`,
    html`${heading(input)}
${contents(sections)}
${sectionsOf(sections)}
<footer>${equation(release)} · made by Bobbin ${release.bobbin.version}. Pictures of frames are not part of the signed release; they stand in the gallery beside the run, where they can be erased.</footer>`,
  );
}
