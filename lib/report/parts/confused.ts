// Of two releases of whole frames: which class each takes for which. Of boxes and masks the kinds of mistakes say more.
import type { Role } from "../../contracts/common.ts";
import type { ReleaseComparison } from "../../contracts/release-comparison.ts";
import { count } from "../format.ts";
import { type Fragment, type Html, html } from "../html.ts";
import type { PaperTable } from "../tables.ts";
import { given, table } from "./common.ts";

const pairsShown = 40;

interface Confused {
  readonly label: string;
  readonly said: string;
  readonly first: number;
  readonly second: number;
}

/** Of whole frames: which class was taken for which, the most frequent first. */
function confusedOf(document: ReleaseComparison): readonly Confused[] {
  const times = (role: Role, label: string, said: string) => {
    const confusion = document.models.find((model) => model.role === role)?.confusion;
    const [row, column] = [label, said].map((name) => confusion?.labels.indexOf(name) ?? -1);
    return confusion?.matrix[row ?? -1]?.[column ?? -1] ?? 0;
  };
  return document.classes
    .flatMap((label) =>
      document.classes.map((said) => ({
        label,
        said,
        first: times("production", label, said),
        second: times("candidate", label, said),
      })),
    )
    .filter(({ label, said, first, second }) => label !== said && first + second > 0)
    .sort((a, b) => b.first + b.second - (a.first + a.second));
}

export function confusedSection(document: ReleaseComparison): Html {
  const { first, second } = document;
  const pairs = confusedOf(document);
  if (pairs.length === 0) return html`<p>Neither takes a frame for one of another class.</p>`;
  return html`<p>Frames of a class that were taken for another: how many by each release. The confusion matrices of both stand in comparison.json.</p>
${table(
  "Classes taken for one another",
  [{ title: "Label" }, { title: "Said" }, { title: second.version, kind: "n" }, { title: first.version, kind: "n" }],
  pairs
    .slice(0, pairsShown)
    .map((pair): Fragment[] => [given(pair.label), given(pair.said), count(pair.second), count(pair.first)]),
  "fit",
)}${pairs.length > pairsShown && html`<p class="note">The ${pairsShown} most frequent of ${count(pairs.length)}; all stand in errors.csv.</p>`}`;
}

export function confusedTable(document: ReleaseComparison): PaperTable {
  const { first, second } = document;
  return {
    caption: `Frames of a class that ${first.name} and ${second.name} took for another.`,
    label: "tab:confused",
    columns: [{ title: "label" }, { title: "said" }, { title: first.version }, { title: second.version }],
    rows: confusedOf(document).map((pair) => [pair.label, pair.said, pair.first, pair.second]),
  };
}
