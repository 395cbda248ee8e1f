// Whole frames and masks in a stack on the emulated AWS, with the real supervisor and trainer: a folder typed to `run` becomes the
// release that the laptop makes of it. Boxes: test/proof/cloud.test.ts.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { keyFile } from "../../lib/cli/paths.ts";
import { config as configSchema } from "../../lib/contracts/config.ts";
import { evaluation } from "../../lib/contracts/evaluation.ts";
import { dataKeys, registryKeys } from "../../lib/contracts/layout.ts";
import { releaseFiles } from "../../lib/contracts/names.ts";
import { createKey } from "../../lib/local/signer/local-signer.ts";
import { openStores } from "../../lib/local/store/open.ts";
import { bobbin, bobbinJson } from "../support/bobbin.ts";
import { writeClassedSample } from "../support/classed-sample.ts";
import { startEmulator } from "../support/emulator.ts";
import { numbersOf } from "../support/numbers.ts";
import { writeOutlinedSample } from "../support/outlined-sample.ts";
import { credentialsOf } from "../support/recording-front.ts";

// One of its own: a stack has one pipeline. Clients look for it when they are loaded.
const emulator = await startEmulator();
process.env.BOBBIN_EMULATOR = emulator?.url ?? "";
const { describeAws, endpoint } = await import("../support/aws.ts");
const { cdk, holder, person, sampleWeights, stackStores, unsettled } = await import("../support/cloud.ts");
afterAll(() => emulator?.stop());

/** What hangs is found; what is slow because others work on the machine is not taken for it. */
const patience = 900_000;
const someone = person({ AWS_ENDPOINT_URL: endpoint, ...credentialsOf("operator") });
const file = join(someone.folder, "bobbin.json");
const own = JSON.parse(readFileSync(file, "utf8"));

beforeAll(async () => {
  if (endpoint === "") return;
  await cdk(["bootstrap", "aws://111111111111/us-east-1"]);
  await cdk(["deploy", "--all", "--require-approval", "never"]);
}, 300_000);

const cases = [
  {
    project: "plates",
    task: "classify",
    classes: [{ name: "thaal" }, { name: "ground" }],
    primary: "top1",
    write: (folder: string) => writeClassedSample(folder, [6, 4, 3]),
    scores: ["top1", "top5"],
  },
  {
    project: "outlines",
    task: "segment",
    classes: [{ name: "thaal" }],
    primary: "mAP50",
    write: (folder: string) => writeOutlinedSample(folder, [6, 4, 3]),
    scores: ["mAP50.mask", "mAP50"],
  },
] as const;

describeAws.each(cases)("the task $task in a stack", ({ project, task, classes, primary, write, scores }) => {
  it(
    "becomes the release that the laptop makes of the same folder",
    async () => {
      const recipe = JSON.parse(readFileSync(join(someone.folder, "1.json"), "utf8"));
      // Whole frames are not laid together in a mosaic.
      if (task === "classify") delete recipe.args.mosaic;
      recipe.args.fraction = 1;
      writeFileSync(join(someone.folder, "small.json"), JSON.stringify(recipe));
      const config = configSchema.parse({
        ...own,
        project,
        model: project,
        dataset: project,
        task,
        classes,
        budget: { ...own.budget, capUsd: 1000 },
        recipe: "small.json",
        groupRule: { kind: "pattern", pattern: "thaal_(?<day>\\d{4}-\\d{2}-\\d{2})_" },
        gates: { primary, margin: 0, alpha: 0.05 },
      });
      writeFileSync(file, JSON.stringify(config));
      await createKey(keyFile(file, project));
      const location = join(someone.folder, project);
      await write(location);
      const base = ["base", "add", sampleWeights, "--name", config.architecture, "--unofficial"];
      expect((await someone.bobbin(...base)).exit).toBe(0);
      expect((await bobbin(someone.folder, ...base)).exit).toBe(0);
      expect((await someone.bobbin("config", "push", "--device", "cpu")).exit).toBe(0);

      const ours = await someone.bobbin("run", location);
      expect(ours).toMatchObject({ exit: 0, value: { status: "succeeded", version: "v0" } });
      const theirs = await bobbinJson(someone.folder, "run", location);
      expect(theirs).toMatchObject({ exit: 0, value: { status: "succeeded", version: "v0" } });
      const [cloud, laptop] = [stackStores(), openStores(join(someone.folder, "store"))];
      const bytes = async (store: typeof cloud.data, key: string) => Buffer.from((await store.get(key)).bytes);
      for (const name of ["manifest.jsonl", "split.csv"] as const) {
        const key = dataKeys.datasetFile(project, "d1", name);
        expect((await bytes(cloud.data, key)).equals(await bytes(laptop.data, key))).toBe(true);
      }
      const names = releaseFiles({ architecture: config.architecture, project, dataset: project, version: "v0" });
      const key = registryKeys.releaseFile(project, "v0", names.evaluation);
      const [found, wanted] = await Promise.all(
        [cloud, laptop].map(async ({ registry }) => evaluation.parse(JSON.parse(`${await bytes(registry, key)}`))),
      );
      expect(Object.keys(found?.models[0]?.parts.test?.all ?? {})).toEqual(expect.arrayContaining([...scores]));
      const [a, b] = [numbersOf(found), numbersOf(wanted)];
      expect(a.size).toBeGreaterThan(30);
      expect([...a.keys()]).toEqual([...b.keys()]);
      for (const [place, value] of a) expect(value).toBeCloseTo(b.get(place) ?? Number.NaN, 9);
      expect([await holder(), await unsettled("demo")]).toEqual([null, []]);
    },
    patience,
  );
});
