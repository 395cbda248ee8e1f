// Which store a command works on, by what was typed.
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { createContext } from "../../../lib/cli/context.ts";
import type { Output } from "../../../lib/cli/render.ts";
import { freshFolder } from "../../support/folder.ts";

const settings = join(import.meta.dirname, "../../../samples/aws/bobbin.cloud.json");
const contextOf = (folder: string, store: string) =>
  createContext({ store, config: join(folder, "bobbin.json") }, {} as Output, new AbortController().signal);

describe("the store of a command", () => {
  it("is a stack by its name", async () => {
    const context = await contextOf(freshFolder(), "aws:plates");
    expect(context.stack).toBe("plates");
    expect(() => context.store).toThrow(expect.objectContaining({ name: "UsageWrong" }));
  });

  it("is the stack of the settings beside the config, where s3 is said", async () => {
    const folder = freshFolder();
    await expect(contextOf(folder, "s3")).rejects.toMatchObject({ name: "SettingsMissing" });
    copyFileSync(settings, join(folder, "bobbin.cloud.json"));
    expect((await contextOf(folder, "s3")).stack).toBe("thaal");
    writeFileSync(join(folder, "bobbin.cloud.json"), "{}");
    await expect(contextOf(folder, "s3")).rejects.toMatchObject({ name: "ConfigInvalid" });
  });

  it.each(["./s3", "s3/", "bobbin-store", "aws:"])("is a folder where %s is said", async (store) => {
    const context = await contextOf(freshFolder(), store);
    expect(context.stack).toBeNull();
    expect(context.store).toMatch(/^\//);
  });
});
