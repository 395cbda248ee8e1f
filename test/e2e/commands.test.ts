// The commands that need no trainer, as a person and as a script use them: help, usage, init, check, refusals.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { bobbin, bobbinJson } from "../support/bobbin.ts";
import { assertDocumented } from "../support/documented.ts";
import { freshFolder } from "../support/folder.ts";

const sample = join(import.meta.dirname, "../../samples/thaal/thaal-cvat.zip");
const weights = join(import.meta.dirname, "../../samples/thaal/yolov8n-rebuilt.pt");
const days = "pattern:^thaal_(?<day>\\d{4}-\\d{2}-\\d{2})_";
const commands = [
  "init",
  "check",
  "export",
  "run",
  "resume",
  "cancel",
  "runs",
  "status",
  "models",
  "report",
  "evaluate",
  "verify",
  "base add",
  "setup",
  "doctor",
  "deploy",
  "models show",
  "plan",
  "budget",
  "budget raise",
  "stop",
  "prices check",
];

let folder: string;
beforeEach(() => {
  folder = freshFolder();
});
const initialise = () =>
  bobbin(
    folder,
    "init",
    sample,
    "--project",
    "thaal",
    "--recipe",
    "demo",
    "--ratios",
    "0.56,0.31,0.13",
    "--group-rule",
    days,
  );

function editConfig(change: (config: Record<string, unknown>) => void): void {
  const file = join(folder, "bobbin.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  change(config);
  writeFileSync(file, JSON.stringify(config));
}

describe("export", () => {
  it("writes any export in another format, once, and counts every label", async () => {
    const to = join(folder, "out");
    const { exit, value } = await bobbinJson(folder, "export", sample, "--as", "coco", "--to", to);
    assertDocumented(value);
    expect([exit, value.frames, value.labels, value.losses]).toEqual([
      0,
      108,
      { read: 207, written: 207, listed: 0, lost: 0 },
      [],
    ]);
    const file = readFileSync(join(to, "annotations/instances_default.json"), "utf8");
    expect((JSON.parse(file) as { annotations: unknown[] }).annotations.length).toBe(207);
    expect(readdirSync(join(to, "images")).length).toBe(108);
    const again = await bobbinJson(folder, "export", sample, "--as", "cvat", "--to", to);
    expect([again.exit, again.value.error]).toEqual([2, expect.objectContaining({ name: "OutputExists" })]);
  });

  it("makes boxes of other shapes where it is told to, and leaves nothing behind where labels are refused", async () => {
    const exports = join(import.meta.dirname, "../fixtures/exports/label-studio");
    const polygons = await bobbinJson(
      folder,
      ...[
        "export",
        join(exports, "mixed"),
        "--as",
        "ultralytics",
        "--to",
        join(folder, "a"),
        "--convert",
        "polygon-to-box",
      ],
    );
    // From the file: a rectangle, a polygon, two key points.
    expect([polygons.exit, polygons.value.labels, polygons.value.conversions, polygons.value.losses]).toEqual([
      0,
      { read: 4, written: 2, listed: 0, lost: 2 },
      { "polygon-to-box": 1 },
      [{ what: "points", count: 2, label: true }],
    ]);
    const refused = await bobbinJson(
      folder,
      "export",
      join(exports, "boxes"),
      "--as",
      "cvat",
      "--to",
      join(folder, "b"),
    );
    expect([refused.exit, refused.value.error]).toEqual([1, expect.objectContaining({ name: "DataRefused" })]);
    expect(readdirSync(folder).sort()).toEqual(["a", "b.issues.jsonl"]);
    expect(
      (await bobbin(folder, "export", join(exports, "boxes"), "--as", "tar", "--to", join(folder, "c"))).exit,
    ).toBe(2);
  });
});

describe("help and usage", () => {
  it.each(commands)("%s explains itself with an example", async (command) => {
    const { exit, stdout } = await bobbin(folder, ...command.split(" "), "--help");
    expect(exit).toBe(0);
    expect(stdout).toContain("Example:\n  $ bobbin ");
  });

  it.each([
    ["an unknown command", ["frobnicate"]],
    ["a missing argument", ["check"]],
    ["an unknown option", ["runs", "--frob"]],
    ["a wrong choice", ["check", "x.zip", "--mode", "add"]],
  ])("ends with 2 for %s, in words on stderr", async (_, argv) => {
    const { exit, stdout, stderr } = await bobbin(folder, ...argv);
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: "" });
    expect(stderr).toContain("error:");
  });
});

describe("init", () => {
  it("chooses no group rule for anybody: it names those that fit and writes nothing", async () => {
    const { exit, value } = await bobbinJson(folder, "init", sample);
    assertDocumented(value);
    expect(exit).toBe(2);
    expect(value).toMatchObject({ error: { name: "GroupRuleMissing" } });
    expect(JSON.stringify(value)).toContain("(3 groups)");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("writes a config that check takes, a key for its owner alone, and its public half", async () => {
    const { exit, value } = await bobbinJson(folder, "init", sample, "--project", "thaal", "--group-rule", days);
    assertDocumented(value);
    expect(exit).toBe(0);
    const key = join(folder, ".bobbin/keys/thaal.pem");
    expect(statSync(key).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${key}.pub`, "utf8")).toContain("BEGIN PUBLIC KEY");
    expect(readFileSync(join(folder, ".bobbin/.gitignore"), "utf8").split("\n")).toContain("keys/");
    const config = JSON.parse(readFileSync(join(folder, "bobbin.json"), "utf8")) as Record<string, unknown>;
    expect(config).toMatchObject({ signingKey: { fingerprint: value.fingerprint }, classes: [{ name: "thaal" }] });
    expect(existsSync(join(folder, String(config.$schema)))).toBe(true);
  });

  it("leaves a config that is there as it is", async () => {
    await initialise();
    const before = readFileSync(join(folder, "bobbin.json"), "utf8");
    const { exit, stderr } = await initialise();
    expect(exit).toBe(2);
    expect(stderr).toContain("ConfigExists");
    expect(readFileSync(join(folder, "bobbin.json"), "utf8")).toBe(before);
  });

  it("writes nothing for an export that is none", async () => {
    const file = join(folder, "x.zip");
    writeFileSync(file, "not a zip");
    const { exit, stderr } = await bobbin(folder, "init", file, "--group-rule", "frame");
    expect(exit).toBe(1);
    expect(stderr).toContain("ArchiveInvalid");
    expect(readdirSync(folder)).toEqual(["x.zip"]);
  });
});

describe("check", () => {
  it("tells the split that a run would make, and writes no store", async () => {
    await initialise();
    const { exit, value } = await bobbinJson(folder, "check", sample);
    assertDocumented(value);
    expect(exit).toBe(0);
    // Counted with grep in the YOLO labels of the same frames: 108 frames, 207 boxes, days of 60, 34 and 14 frames.
    expect(value).toMatchObject({
      frames: 108,
      groups: 3,
      labels: { read: 207, kept: 207, listed: 0 },
      split: { train: { groups: 1, frames: 60 }, val: { groups: 1, frames: 34 }, test: { groups: 1, frames: 14 } },
      ok: true,
    });
    expect(existsSync(join(folder, "store"))).toBe(false);
  });

  it("says what is to be typed before a run, until it was", async () => {
    await initialise();
    const before = ["bobbin base add yolov8n.pt --name yolov8n"];
    expect((await bobbinJson(folder, "check", sample)).value).toMatchObject({ ok: true, before });
    expect((await bobbin(folder, "check", sample)).stdout).toContain(`Before it: ${before[0]}`);
    await bobbin(folder, "base", "add", weights, "--name", "yolov8n", "--unofficial");
    expect((await bobbinJson(folder, "check", sample)).value).toMatchObject({ ok: true, before: [] });
  });

  it("names every reason for which a run would be refused, with exit 1", async () => {
    await initialise();
    editConfig((config) => {
      config.classes = [{ name: "tray" }];
      config.groupRule = { kind: "pattern", pattern: "^thaal_(?<year>\\d{4})" };
    });
    const { exit, value } = await bobbinJson(folder, "check", sample, "--no-decode");
    assertDocumented(value);
    expect(exit).toBe(1);
    const names = (value.errors as { name: string }[]).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["ClassUnknown", "TooFewGroups"]));
  });

  it("says what is wrong in a config, where, and what is wanted", async () => {
    await initialise();
    editConfig((config) => {
      config.gates = { alpha: 2 };
    });
    const { exit, stderr } = await bobbin(folder, "check", sample);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/ConfigInvalid: .*bobbin\.json: gates\.alpha is 2, wanted/);
  });

  it("wants a config first", async () => {
    const { exit, stderr } = await bobbin(folder, "check", sample);
    expect(exit).toBe(2);
    expect(stderr).toContain("Make one with `bobbin init EXPORT`");
  });
});

describe("recipes", () => {
  it("are refused by argument, with the nearest name", async () => {
    await initialise();
    writeFileSync(
      join(folder, "mine.json"),
      JSON.stringify({ schema: "bobbin/recipe/1", name: "mine", args: { epoch: 3 } }),
    );
    editConfig((config) => {
      config.recipe = "mine.json";
    });
    const { exit, value } = await bobbinJson(folder, "check", sample);
    expect(exit).toBe(2);
    expect(value).toMatchObject({
      error: { name: "RecipeArgumentUnknown", data: { argument: "epoch", nearest: "epochs" } },
    });
  });
});

describe("run", () => {
  it("is refused before anything where the trainer is missing", async () => {
    await initialise();
    const { exit, value } = await bobbinJson(folder, "run", sample, "--env", join(folder, "no-env"));
    assertDocumented(value);
    expect(exit).toBe(2);
    expect(value).toMatchObject({ error: { name: "TrainerMissing" } });
    expect(String(value.todo)).toContain("bobbin setup");
  });
});

describe("starting weights", () => {
  it("that are not the official file need a word", async () => {
    const refused = await bobbinJson(folder, "base", "add", weights, "--name", "yolov8n");
    assertDocumented(refused.value);
    expect(refused).toMatchObject({ exit: 1, value: { error: { name: "BaseWeightsUnofficial" } } });
    const taken = await bobbinJson(folder, "base", "add", weights, "--name", "yolov8n", "--unofficial");
    assertDocumented(taken.value);
    expect(taken).toMatchObject({ exit: 0, value: { official: false, bytes: statSync(weights).size } });
  });
});

describe("an empty store", () => {
  it("has no runs, no models and says what to do", async () => {
    expect(await bobbin(folder, "runs")).toMatchObject({ exit: 0, stdout: "No runs yet: bobbin run EXPORT\n" });
    expect(await bobbin(folder, "models")).toMatchObject({ exit: 0, stdout: "No releases yet: bobbin run EXPORT\n" });
    expect(await bobbinJson(folder, "status")).toMatchObject({ exit: 2, value: { error: { name: "RunMissing" } } });
    expect(await bobbinJson(folder, "report", "v0")).toMatchObject({
      exit: 2,
      value: { error: { name: "ReleaseMissing" } },
    });
    expect(await bobbinJson(folder, "resume", "01ARZ3NDEKTSV4RRFFQ69G5FAV")).toMatchObject({
      exit: 2,
      value: { error: { name: "RunMissing" } },
    });
  });
});
