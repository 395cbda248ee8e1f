// What a policy file must hold to beyond its form: actions and condition keys that exist, resources that are ours, reasons.
import { BobbinError } from "../../contracts/errors.ts";
import { placeholderNames } from "../names.ts";
import { many, type PolicyDocument, type Statement } from "./document.ts";
import knownText from "./generated/actions.json" with { type: "json" };

interface Service {
  readonly actions: readonly string[];
  readonly keys: readonly string[];
}
const services: Readonly<Record<string, Service>> = knownText.services;
const globalKeys: readonly string[] = knownText.globalKeys;

interface Checked {
  readonly file: string;
  readonly policy: PolicyDocument;
  readonly reasons: Readonly<Record<string, string>>;
  readonly wildcards?: Readonly<Record<string, string>> | undefined;
}

/** @throws PolicyInvalid for the first thing that does not hold */
export function checkPolicy({ file, policy, reasons, wildcards = {} }: Checked): void {
  const refuse: Refuse = (field, found, wanted) => {
    throw new BobbinError("PolicyInvalid", { file, field, found, wanted });
  };
  const sids = policy.Statement.map(({ Sid }) => Sid);
  for (const [index, sid] of sids.entries()) if (sids.indexOf(sid) !== index) refuse("Sid", sid, "a name used once");
  checkNotes("reasons", sids, reasons, refuse);
  const wide = policy.Statement.filter(isWide).map(({ Sid }) => Sid);
  checkNotes("wildcards", wide, wildcards, refuse);
  for (const statement of policy.Statement) checkStatement(statement, refuse);
}

type Refuse = (field: string, found: string, wanted: string) => never;

/** Exactly one written sentence for each Sid that needs one. */
function checkNotes(field: string, sids: readonly string[], notes: Readonly<Record<string, string>>, refuse: Refuse) {
  for (const sid of sids) if (notes[sid] === undefined) refuse(`${field}.${sid}`, "missing", "a written reason");
  for (const sid of Object.keys(notes))
    if (!sids.includes(sid)) refuse(`${field}.${sid}`, "a reason", "nothing: no statement needs it");
}

/** Allows an action pattern, or on everything. */
function isWide({ Effect, Action, Resource, NotResource }: Statement): boolean {
  if (Effect === "Deny") return false;
  return (
    NotResource !== undefined || many(Action).some((action) => action.includes("*")) || many(Resource).includes("*")
  );
}

function checkStatement(statement: Statement, refuse: Refuse): void {
  const { Sid, Action, Resource, NotResource, Condition } = statement;
  for (const action of many(Action)) checkAction(`${Sid}.Action`, action, refuse);
  if ((Resource === undefined) === (NotResource === undefined))
    refuse(`${Sid}.Resource`, "both or none", "Resource or NotResource");
  for (const resource of [...many(Resource), ...many(NotResource)]) checkResource(`${Sid}.Resource`, resource, refuse);
  const used = many(Action).map((action) => action.split(":")[0] ?? "");
  const keys = [...globalKeys, ...used.flatMap((name) => services[name]?.keys ?? [])].map(keyPattern);
  for (const tests of Object.values(Condition ?? {})) {
    for (const [key, values] of Object.entries(tests)) {
      if (!keys.some((known) => known.test(key)))
        refuse(`${Sid}.Condition`, key, `a condition key of ${used.join(", ")}`);
      for (const value of many(values)) checkPlaceholders(`${Sid}.Condition.${key}`, value, refuse);
    }
  }
}

function checkAction(field: string, action: string, refuse: Refuse): void {
  const [service = "", name = ""] = action.split(":");
  const known = services[service]?.actions ?? refuse(field, action, `a service of ${Object.keys(services).join(", ")}`);
  if (!name.includes("*")) {
    if (!known.includes(name)) refuse(field, action, `an action of ${service}, spelt as IAM spells it`);
    return;
  }
  const pattern = new RegExp(`^${name.replaceAll("*", ".*")}$`);
  if (!known.some((one) => pattern.test(one))) refuse(field, action, `a pattern that some action of ${service} fits`);
}

/** Only what a placeholder names, or everything: a raw ARN would be somebody else's. */
function checkResource(field: string, resource: string, refuse: Refuse): void {
  if (resource !== "*" && !resource.startsWith("{")) {
    refuse(field, resource, "a {placeholder} and what follows it, or *");
  }
  checkPlaceholders(field, resource, refuse);
}

/** `${aws:…}` is IAM's own variable; `{word}` is ours. */
function checkPlaceholders(field: string, text: string, refuse: Refuse): void {
  for (const [whole, name = ""] of text.matchAll(/(?<!\$)\{([^}]*)\}/g)) {
    if (!placeholderNames.some((known) => known === name))
      refuse(field, whole, `one of ${placeholderNames.join(", ")}`);
  }
}

/** Service keys end in a part that the user names: `aws:PrincipalTag/${TagKey}`, `kms:EncryptionContext:…`. */
function keyPattern(known: string): RegExp {
  const [head = "", ...rest] = known.split(/\$\{[^}]+\}|<[^>]+>/);
  const text = [head, ...rest].map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("[^/]+");
  return new RegExp(`^${text}$`, "i");
}
