// Errors of what people write by hand: command lines, configs, recipes.
import * as z from "zod";
import { defineErrors } from "./define.ts";

const text = z.string();
export const configErrors = defineErrors({
  UsageWrong: {
    exit: 2,
    data: z.strictObject({ problem: text, command: text }),
    say: "{problem}",
    todo: "See `bobbin {command} --help`.",
  },
  ConfigMissing: {
    exit: 2,
    data: z.strictObject({ path: text }),
    say: "There is no {path}.",
    todo: "Make one with `bobbin init EXPORT`.",
  },
  ConfigInvalid: {
    exit: 2,
    data: z.strictObject({ file: text, field: text, found: text, wanted: text }),
    say: "{file}: {field} is {found}, wanted {wanted}.",
    todo: "Mend the file; its JSON Schema stands in `$schema`.",
  },
  ConfigExists: {
    exit: 2,
    data: z.strictObject({ path: text }),
    say: "{path} exists already and is left as it is.",
    todo: "Edit it, or move it away first.",
  },
  GroupRuleMissing: {
    exit: 2,
    data: z.strictObject({ proposals: text }),
    say: "Which frames belong together? There is no default group rule. Rules that fit the names: {proposals}.",
    todo: "Choose one: `bobbin init EXPORT --group-rule RULE`.",
  },
  RecipeMissing: {
    exit: 2,
    data: z.strictObject({ recipe: text, wanted: text }),
    say: "There is no recipe {recipe}; there are {wanted}, or the path of a file.",
    todo: "Mend `recipe` in bobbin.json.",
  },
  RecipeArgumentUnknown: {
    exit: 2,
    data: z.strictObject({ argument: text, nearest: text }),
    say: "The recipe sets {argument}, which Ultralytics does not know; the nearest name is {nearest}.",
    todo: "Mend the recipe.",
  },
  RecipeArgumentWithheld: {
    exit: 2,
    data: z.strictObject({ argument: text, reason: text }),
    say: "The recipe sets {argument}, which a recipe may not: {reason}.",
    todo: "Leave it out.",
  },
  RecipeArgumentInvalid: {
    exit: 2,
    data: z.strictObject({ argument: text, found: text, wanted: text }),
    say: "The recipe sets {argument} to {found}, wanted {wanted}.",
    todo: "Mend the recipe.",
  },
  RecipeClassUnknown: {
    exit: 2,
    data: z.strictObject({ class: text, wanted: text }),
    say: "The recipe trains a class {class} that the config does not know; it knows {wanted}.",
    todo: "Mend `classes` in the recipe.",
  },
  BaseWeightsMissing: {
    exit: 2,
    data: z.strictObject({ name: text, command: text }),
    say: "The store has no starting weights {name}.",
    todo: "Add them: `{command}`.",
  },
  BaseWeightsUnofficial: {
    exit: 1,
    data: z.strictObject({ file: text, name: text, found: text, wanted: text }),
    say: "{file} has SHA-256 {found}; the official {name} has {wanted}.",
    todo: "Download the official file, or say that you mean this one: `--unofficial`.",
  },
  TrainerMissing: {
    exit: 2,
    data: z.strictObject({ env: text, command: text }),
    say: "The trainer's environment is not at {env}.",
    todo: "Make it: `{command}`.",
  },
  KeyMissing: {
    exit: 2,
    data: z.strictObject({ path: text }),
    say: "The signing key is not at {path}.",
    todo: "Make one with `bobbin init`, or bring it from where the project was made.",
  },
  KeyExists: {
    exit: 2,
    data: z.strictObject({ path: text }),
    say: "{path} exists already; a signing key is never overwritten.",
    todo: "Use that key, or move it away first.",
  },
  KeyUnreadable: {
    exit: 2,
    data: z.strictObject({ path: text, found: text, wanted: text }),
    say: "{path} is no key for releases: found {found}, wanted {wanted}.",
    todo: "Use the key that `bobbin init` made, or bring it back from a copy.",
  },
  KeyNotPinned: {
    exit: 1,
    data: z.strictObject({ found: text, wanted: text }),
    say: "The signing key has the fingerprint {found}, bobbin.json pins {wanted}.",
    todo: "Use the project's own key, or pin the new one on purpose.",
  },
  ClassesChanged: {
    exit: 1,
    data: z.strictObject({ found: text, wanted: text }),
    say: "The classes {found} are not those of the releases before, {wanted}, in another order or number.",
    todo: "That is a new major version: it is given automatically when classes, task or architecture change; check bobbin.json if you did not mean it.",
  },
  PythonMissing: {
    exit: 2,
    data: z.strictObject({ found: text, wanted: text }),
    say: "No Python for the trainer: found {found}, wanted {wanted}.",
    todo: "Install Python 3.11 (with its venv module) and put it on the path.",
  },
  SettingsMissing: {
    exit: 2,
    data: z.strictObject({ path: text }),
    say: "There is no {path}, which says where in AWS Bobbin stands.",
    todo: "Write it as docs/aws.md shows, or name another one with `--settings`.",
  },
  StackMissing: {
    exit: 2,
    data: z.strictObject({ stack: text, region: text, problem: text }),
    say: "There is no stack {stack} in {region}: {problem}.",
    todo: "Look at the name and the region (AWS_REGION), and deploy it first: docs/aws.md says how.",
  },
  CredentialsMissing: {
    exit: 2,
    data: z.strictObject({ problem: text }),
    say: "AWS does not know who asks: {problem}.",
    todo: "Sign in (`aws sso login`, `aws configure`) or set AWS_PROFILE, then try again.",
  },
  SourceMissing: {
    exit: 2,
    data: z.strictObject({ path: text }),
    say: "A stack is made from Bobbin's source, and there is no {path}.",
    todo: "Clone the repository, `make setup` there, and run it as `npx bobbin deploy` from that folder.",
  },
  BootstrapTaken: {
    exit: 1,
    data: z.strictObject({ found: text, region: text }),
    say: "CDK's bootstrap in {region} deploys with {found}; other applications of the account may rest on it.",
    todo: "`--no-bootstrap` leaves it and deploys with those rights; `--replace-bootstrap` gives it Bobbin's, and takes the others away.",
  },
  DeployFailed: {
    exit: 3,
    data: z.strictObject({ command: text, problem: text }),
    say: "`{command}` failed: {problem}.",
    todo: "Read what it printed; `bobbin doctor --aws` says what the account is missing. What stood before still stands.",
  },
  RegionNotAllowed: {
    exit: 1,
    data: z.strictObject({ what: text, region: text, allowed: text }),
    say: "The {what} would stand in {region}; allowed is {allowed}.",
    todo: "Deploy into an allowed region, or add the region to `allowedRegions` on purpose.",
  },
  RegionsDiffer: {
    exit: 1,
    data: z.strictObject({ what: text, region: text, wanted: text }),
    say: "The {what} would stand in {region}, everything else in {wanted}.",
    todo: "Give all of them one region: `region` in bobbin.cloud.json and in bobbin.json.",
  },
  PolicyInvalid: {
    exit: 2,
    data: z.strictObject({ file: text, field: text, found: text, wanted: text }),
    say: "policies/{file}: {field} is {found}, wanted {wanted}.",
    todo: "Mend the policy; nothing is deployed before.",
  },
  SetupFailed: {
    exit: 3,
    data: z.strictObject({ command: text, problem: text }),
    say: "`{command}` failed: {problem}.",
    todo: "Read what it printed; with a network and 8 GB of free disk run `bobbin setup` again.",
  },
});
