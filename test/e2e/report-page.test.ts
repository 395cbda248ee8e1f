// The pages in a real browser, headless Chromium: no console error, no request, no sideways scrolling, readable without script.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import chromium from "@sparticuz/chromium";
import type { Browser, Page } from "playwright-core";
import { renderEvaluation } from "../../lib/report/evaluation.ts";
import { drawExperiment } from "../../lib/report/experiment.ts";
import { renderGallery } from "../../lib/report/gallery.ts";
import { drawMeasurement } from "../../lib/report/measurement.ts";
import { drawComparison } from "../../lib/report/release-comparison.ts";
import { renderReport } from "../../lib/report/report.ts";
import { comparisonExample } from "../support/comparison-example.ts";
import { ablationExample, foldsExample } from "../support/experiment-example.ts";
import { measurementExample } from "../support/measurement-example.ts";
import { evaluationExample, galleryExample, reportExample } from "../support/report-example.ts";

const { chromium: launcher } = createRequire(import.meta.url)("playwright-core") as typeof import("playwright-core");
const attack = '</script><img src="https://example.invalid/x.png" onerror="document.title=\'run\'">';

let folder = "";
let browser: Browser;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bobbin-pages-"));
  const example = await reportExample();
  const hostile = JSON.parse(
    JSON.stringify(example.split).replaceAll("wheel loader", JSON.stringify(attack).slice(1, -1)),
  );
  const two = await comparisonExample(attack);
  const pages = {
    report: await renderReport(example),
    gallery: await renderGallery(await galleryExample()),
    evaluation: await renderEvaluation(evaluationExample()),
    measurement: (await drawMeasurement(measurementExample(attack)))["report.html"],
    comparison: (await drawComparison(two.document, two.changed))["report.html"],
    ablation: (await drawExperiment(ablationExample(attack)))["report.html"],
    folds: (await drawExperiment(foldsExample(attack)))["report.html"],
    hostile: await renderReport({ ...example, split: hostile, release: { ...example.release, classes: [attack] } }),
  };
  for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, `${name}.html`), text);
  browser = await launcher.launch({
    executablePath: await chromium.executablePath(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"],
  });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Seen {
  readonly page: Page;
  readonly console: string[];
  readonly requests: string[];
}

async function open(
  name: string,
  width: number,
  colorScheme: "light" | "dark",
  javaScriptEnabled = true,
): Promise<Seen> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled });
  const page = await context.newPage();
  const seen: Seen = { page, console: [], requests: [] };
  page.on("console", (message) => seen.console.push(message.text()));
  page.on("pageerror", (error) => seen.console.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  await page.goto(pathToFileURL(join(folder, `${name}.html`)).href);
  return seen;
}

const own = (url: string) => url.startsWith("data:") || url.startsWith(pathToFileURL(folder).href);
const views = ["report", "gallery", "evaluation", "measurement", "comparison", "ablation", "folds", "hostile"].flatMap(
  (name) =>
    ([1280, 390] as const).flatMap((width) =>
      (["light", "dark"] as const).map((scheme) => [name, width, scheme] as const),
    ),
);

describe("in Chromium", () => {
  it.each(views)("%s at %d px, %s: quiet, still, and no wider than the window", async (name, width, scheme) => {
    const { page, console, requests } = await open(name, width, scheme);
    expect(console).toEqual([]);
    expect(requests.filter((url) => !own(url))).toEqual([]);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    expect(await page.evaluate("document.title")).not.toBe("run");
    // The style sheet was let in by the page's own policy: without it the margins would be the browser's.
    expect(await page.evaluate("getComputedStyle(document.body).margin")).toBe("0px");
    const paper = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(paper).toBe(scheme === "light" ? "rgb(255, 255, 255)" : "rgb(17, 22, 28)");
    await page.context().close();
  });

  it("draws charts in the colours of the theme", async () => {
    const ink = async (scheme: "light" | "dark") => {
      const { page } = await open("report", 1280, scheme);
      const colour = await page.evaluate('getComputedStyle(document.querySelector(".chart>svg .mark-text text")).fill');
      await page.context().close();
      return colour;
    };
    expect([await ink("light"), await ink("dark")]).toEqual(["rgb(88, 100, 114)", "rgb(158, 171, 184)"]);
  });

  it("is readable without script, and a plot grows at a click", async () => {
    const { page } = await open("report", 1280, "light", false);
    expect(await page.innerText(".verdict")).toContain("Promote.");
    const picture = page.locator("#plots details img").first();
    const before = await picture.boundingBox();
    await picture.click();
    const after = await picture.boundingBox();
    expect((after?.width ?? 0) / (before?.width ?? 1)).toBeGreaterThan(2);
    await page.context().close();
  });

  it("would tell: a page with a foreign picture and a script is noisy", async () => {
    const report = await renderReport(await reportExample());
    writeFileSync(
      join(folder, "noisy.html"),
      report.replace("</main>", '<img src="https://example.invalid/x.png"><script>1</script></main>'),
    );
    const { page, console } = await open("noisy", 1280, "light");
    expect(console.length).toBeGreaterThanOrEqual(2);
    await page.context().close();
  });
});
