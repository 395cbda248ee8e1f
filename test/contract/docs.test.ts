// What the documentation tells a person to type exists: commands with their options, errors by name, files behind links.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { isErrorName } from "../../lib/contracts/errors.ts";
import { bobbin } from "../support/bobbin.ts";

const root = dirname(dirname(import.meta.dirname));
const below = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((name) => name.endsWith(".md"));
const pages = ["README.md", ...below("docs")].map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));

/** Words after `bobbin` wherever a page writes them as code. */
function commandsOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```\w*\n(.*?)^```/gms)].flatMap(([, block = ""]) => block.split("\n"));
  const spans = [...text.replaceAll(/^```.*?^```/gms, "").matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span);
  return [...blocks, ...spans].flatMap((code) => {
    const typed = /^\s*(?:npx )?bobbin ([a-z].*)$/.exec(code.replace(/\s+(#|\||\u2192).*$/, ""))?.[1];
    return typed === undefined ? [] : [typed.trim()];
  });
}

const help = new Map<string, Promise<{ stdout: string }>>();
function helpOf(...command: string[]) {
  const key = command.join(" ");
  const said = help.get(key) ?? bobbin(root, ...command, "--help");
  help.set(key, said);
  return said;
}

/** What of a command line does not exist. */
async function unknownIn(line: string): Promise<string[]> {
  const words = line.split(/\s+/);
  const [first = "", second = ""] = words;
  const isGroup = /^Commands:/m.test((await helpOf(first)).stdout) && /^[a-z]+$/.test(second);
  const command = isGroup ? [first, second] : [first];
  const { stdout } = await helpOf(...command);
  // Asked about a command that it does not know, the program tells of all that it knows.
  if (!stdout.startsWith(`Usage: bobbin ${command.join(" ")} `)) return [line];
  const known = `${stdout}\n${(await helpOf()).stdout}`;
  const options = words.filter((word) => word.startsWith("--")).map((word) => word.replace(/[^a-z-].*$/, ""));
  return options
    .filter((option) => !new RegExp(`${option}\\b(?!-)`).test(known))
    .map((option) => `${option} of ${line}`);
}

describe("the documentation", () => {
  it.each(pages.filter(({ text }) => commandsOf(text).length > 0))(
    "$name names commands that are there",
    async ({ text }) => {
      const unknown = await Promise.all(commandsOf(text).map(unknownIn));
      expect(unknown.flat()).toEqual([]);
    },
  );

  it("tells a command that is not there from one that is", async () => {
    const said = await Promise.all(
      ["deploy --dry-run", "conjure", "deploy --dry", "config pull", "config push --recipe plan"].map(unknownIn),
    );
    expect(said.map((one) => one.length)).toEqual([0, 1, 1, 1, 0]);
  });

  it("names errors that Bobbin knows", () => {
    const runbook = pages.find(({ name }) => name === "docs/runbook.md")?.text ?? "";
    const rows = runbook.split("\n").filter((line) => line.startsWith("| `"));
    const named = rows.flatMap((row) =>
      [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
    );
    expect(named.length).toBeGreaterThan(20);
    // AWS's own, and how the watch over dead runs calls their end.
    const others = ["AccessDenied", "RunStopped"];
    expect(named.filter((name) => !isErrorName(name) && !others.includes(name))).toEqual([]);
  });

  it.each(pages)("$name links to what is there", ({ name, text }) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = ""]) => link);
    const broken = links.filter((link) => {
      const [path = "", anchor] = link.split("#");
      const file = path === "" ? join(root, name) : join(root, dirname(name), path);
      return !existsSync(file) || (anchor !== undefined && !headingsOf(file).includes(anchor));
    });
    expect(broken).toEqual([]);
  });
});

/** As a heading is addressed. */
function headingsOf(file: string): string[] {
  const headings = readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}
