// The pages as text: nothing runs, nothing is fetched, names stay names, and the same input gives the same bytes.
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { ReportInput } from "../../../lib/core/registry/report-input.ts";
import { renderEvaluation } from "../../../lib/report/evaluation.ts";
import { renderGallery } from "../../../lib/report/gallery.ts";
import { renderReport } from "../../../lib/report/report.ts";
import { evaluationExample, galleryExample, reportExample } from "../../support/report-example.ts";

let example: ReportInput;
let report = "";
let pages: Readonly<Record<string, string>> = {};
beforeAll(async () => {
  example = await reportExample();
  report = await renderReport(example);
  pages = {
    report,
    gallery: await renderGallery(await galleryExample()),
    evaluation: await renderEvaluation(evaluationExample()),
  };
});

/** The example with one class, group, file and issue of another name. */
function renamed(name: string): ReportInput {
  const swap = (text: string) =>
    text.replaceAll("wheel loader", name).replaceAll(`${"2025-09-03_hall-1_camera-1"}`, name);
  const deep = (value: unknown): unknown => {
    if (typeof value === "string") return swap(value);
    if (value instanceof Uint8Array) return value;
    if (Array.isArray(value)) return value.map(deep);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inside]) => [swap(key), deep(inside)]));
  };
  return deep(example) as ReportInput;
}

/** Every tag of a page, as it stands. */
const tagsOf = (text: string) => text.match(/<\/?[a-z][^>]*>/gi) ?? [];
const namesOf = (text: string) => new Set(tagsOf(text).map((tag) => /^<\/?([a-z0-9]+)/i.exec(tag)?.[1]?.toLowerCase()));

describe("a report", () => {
  it("says the verdict and why before any number", () => {
    const text = report.slice(report.indexOf("<body>"));
    const at = (part: string) => text.indexOf(part);
    expect(at("<strong>Promote.</strong> The candidate is better on mAP50")).toBeGreaterThan(0);
    expect(at("<strong>Promote.</strong>")).toBeLessThan(at('class="tiles"'));
    expect(text).toContain("v0.10 = d12 + t3 + recipe r2");
  });

  it("shows the scores on the test sets before, and nothing of them where this is the first", async () => {
    const row = /<tr><th scope="row">t1<\/th>.*?<\/tr>/s.exec(report)?.[0] ?? "";
    expect(row.replace(/<[^>]+>/g, "")).toContain("9695");
    expect(row).toContain("4444444444444444");
    const { testSets: _, ...first } = example.evaluation;
    expect(await renderReport({ ...example, evaluation: first })).not.toContain("On the test sets before");
  });

  it("gives equal bytes for equal input, also while others are drawn", async () => {
    const [first, other, second] = await Promise.all([
      renderReport(example),
      renderReport(renamed("x")),
      renderReport(example),
    ]);
    expect(first === report && second === report).toBe(true);
    expect(other === report).toBe(false);
  });

  it.each(["report", "gallery", "evaluation"])("%s: no script, no style attribute, no handler, no address", (name) => {
    const text = pages[name] ?? "";
    expect(tagsOf(text).filter((tag) => /\s(style|on\w+|srcset)\s*=/i.test(tag))).toEqual([]);
    for (const forbidden of ["script", "iframe", "object", "embed", "base", "form", "video"])
      expect(namesOf(text).has(forbidden)).toBe(false);
    const addresses = tagsOf(text).flatMap((tag) =>
      [...tag.matchAll(/\s(?:src|href|xlink:href|action)="([^"]*)"/g)].map(([, address]) => address ?? ""),
    );
    expect(addresses.filter((address) => !/^(#|data:(image\/(png|jpeg);base64,|,$))/.test(address))).toEqual([]);
  });

  it.each(["report", "gallery", "evaluation"])(
    "%s: its policy allows its own style sheet and data pictures alone",
    (name) => {
      const text = pages[name] ?? "";
      const sheets = [...text.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, sheet]) => sheet ?? "");
      expect(sheets).toHaveLength(1);
      const digest = createHash("sha256")
        .update(sheets[0] ?? "")
        .digest("base64");
      expect(text).toContain(
        `content="default-src 'none'; img-src data:; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'"`,
      );
      expect(sheets[0]).not.toMatch(/url\(|@import/);
    },
  );

  it("says what the config lets pass as harmless, and why, whatever is written there", async () => {
    const harmless = [{ frames: ["a/1.jpg", "b/1.jpg"], reason: "<b>the test card</b>" }];
    const text = await renderReport({ ...(await reportExample()), harmless });
    expect(text).toContain("a/1.jpg");
    expect([text.includes("the test card"), text.includes("<b>the test card")]).toEqual([true, false]);
    expect(report).not.toContain("calls harmless");
  });

  it("gives each of the five losses of masks a colour of its own", async () => {
    const example = await reportExample();
    const epochs = example.training.epochs.map((epoch) => ({
      ...epoch,
      losses: { ...epoch.losses, train: { boxLoss: 1, segmentLoss: 2, classLoss: 3, dflLoss: 4, semanticLoss: 5 } },
    }));
    const text = await renderReport({ ...example, training: { ...example.training, epochs } });
    const [, key = ""] = /Losses[\s\S]*?<ul class="key lines">([\s\S]*?)<\/ul>/.exec(text) ?? [];
    const names = ["box", "segment", "class", "dfl", "semantic"];
    const colours = names.map(
      (name) => new RegExp(`stroke="(#[0-9a-f]{6})"[^<]*(?:<[^>]*>)*${name}</li>`).exec(key)?.[1],
    );
    expect(colours.every((colour) => colour !== undefined)).toBe(true);
    expect(new Set(colours).size).toBe(names.length);
  });

  it("speaks of outlines in a gallery that draws some", async () => {
    const gallery = await galleryExample();
    expect(await renderGallery(gallery)).toContain("every box");
    const [first, ...others] = gallery.worst;
    const outlines = [[300, 450, 500, 450, 500, 700]];
    const outlined = { ...first!, labels: first!.labels.map((label) => ({ ...label, outlines })) };
    const text = await renderGallery({ ...gallery, task: "segment", worst: [outlined, ...others] });
    expect(text).toContain("every outline");
    expect(text).toContain('<path class="box box-label mask-label" d="M');
  });

  it("has no id twice", () => {
    const ids = tagsOf(report).flatMap((tag) => /\sid="([^"]+)"/.exec(tag)?.[1] ?? []);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.length).toBeGreaterThan(8);
  });

  it("shows a class named like an attack as its name", async () => {
    const attack = "</script><img src=x onerror=alert(1)>";
    const text = await renderReport(renamed(attack));
    expect(text).not.toContain("<img src=x");
    expect(text.replaceAll("<wbr>", "")).toContain("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;");
  });

  it("lets no name add a tag, whatever it is made of", async () => {
    const plain = tagsOf(await renderReport(renamed("plain"))).filter((tag) => tag !== "<wbr>");
    const hostile = fc.oneof(
      fc.string({
        unit: fc.constantFrom("<", ">", '"', "'", "&", "=", "/", "svg", " ", "onload", "é"),
        minLength: 1,
        maxLength: 20,
      }),
      fc.constantFrom(
        '"><svg onload=1>',
        "'-->",
        "]]>",
        "&lt;b&gt;",
        `$${"{7*7}"}`,
        "$&",
        "</td></table>",
        "data:text/html,<p>",
      ),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (name) => {
        fc.pre(!["person", "forklift", "__proto__"].includes(name));
        const tags = tagsOf(await renderReport(renamed(name))).filter((tag) => tag !== "<wbr>");
        const shape = (list: readonly string[]) => list.map((tag) => /^<\/?[a-z0-9]+/i.exec(tag)?.[0]).join("");
        expect(shape(tags)).toBe(shape(plain));
      }),
      { numRuns: 12 },
    );
  });

  it("draws each curve on an axis of its own", () => {
    const figures = report.match(/<figure class="chart">[\s\S]*?<\/figure>/g) ?? [];
    expect(figures.map((figure) => /<figcaption>([^<]+)/.exec(figure)?.[1]?.trim())).toEqual([
      "Losses",
      "mAP",
      "Precision and recall",
      "Learning rate",
    ]);
    for (const figure of figures) expect(figure).toMatch(/<svg [^>]*viewBox=/);
    expect(report).toContain("Ultralytics&#39; own figures".replace("&#39;", "'"));
  });

  it("leaves the candidate alone where nothing was compared", async () => {
    const { evaluation } = example;
    const alone: ReportInput = {
      ...example,
      evaluation: {
        ...evaluation,
        models: evaluation.models.filter(({ role }) => role === "candidate"),
        comparison: {
          ...evaluation.comparison,
          verdict: "inconclusive",
          baseline: "base",
          reference: null,
          difference: null,
          p: null,
          smallestP: null,
          method: "none",
          permutations: 0,
          groups: 1,
          groupsWanted: 6,
          reason: "one test group decides nothing",
        },
      },
      plots: [],
      issues: [],
      manifest: { ...example.manifest, issues: {} },
      training: { ...example.training, epochs: [] },
      states: [],
    };
    const text = await renderReport(alone);
    expect(text).toContain("<strong>Inconclusive.</strong> One test group decides nothing.");
    expect(text).not.toMatch(/NaN|undefined|\[object|Infinity/);
    expect(report).not.toMatch(/NaN|undefined|\[object|Infinity/);
  });
});
