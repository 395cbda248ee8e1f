// The page of `bobbin check --pairs`: frames of different parts that look alike, side by side. It shows frames, so it is never signed.
import type { AlikeFrames } from "../contracts/dataset.ts";
import type { PicturedPair } from "../core/registry/report-input.ts";
import { html } from "./html.ts";
import { contents, page, type Section, sectionsOf } from "./page.ts";
import { alikeList, picturedPairs } from "./parts/alike.ts";
import { given } from "./parts/common.ts";

export interface PairsPageInput {
  readonly source: string;
  readonly alike: AlikeFrames;
  readonly pairs: readonly PicturedPair[];
}

/** Equal input gives equal bytes. */
export function renderPairs({ source, alike, pairs }: PairsPageInput): string {
  const sections: Section[] = [
    { id: "list", title: "The list", body: alikeList(alike) },
    {
      id: "pairs",
      title: "Side by side",
      body: pairs.length === 0 ? html`<p>There is no pair to show.</p>` : picturedPairs(pairs),
    },
  ];
  return page(
    `${source}: frames that look alike`,
    html`<header><p class="eyebrow">Check</p><h1>Frames of ${given(source)} that look alike in different parts</h1>
<p>What a model has seen in training tells nothing about it in test. This page holds pictures of frames: keep it where they may be.</p></header>
${contents(sections)}
${sectionsOf(sections)}`,
  );
}
