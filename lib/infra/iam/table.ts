// policies/README.md: who may do what, on what, and why, written from the policies themselves.
import { many, type ResourceFile, type RoleFile, type Statement, type Trust } from "./document.ts";
import type { Policies } from "./load.ts";

const head = `# Who may do what

Written by \`npm run generate\` from the files in this folder; edit those.
\`{placeholder}\` is filled in with the ARN by the stack (lib/infra/names.ts).
A call is allowed where the role, the boundary and the resource's own policy agree; a refusal anywhere wins.
`;

export function policyTable({ roles, resources }: Policies): string {
  const files = [...roles.values()];
  const sections = [
    section("Roles", files.filter(({ trust }) => trust.kind !== "none").map(roleText)),
    section("Policies that roles carry", files.filter(({ trust }) => trust.kind === "none").map(roleText)),
    section("What resources say of themselves", [...resources.values()].map(resourceText)),
  ];
  return `${[head, ...sections].join("\n").trimEnd()}\n`;
}

const section = (title: string, texts: readonly string[]) => `## ${title}\n\n${texts.join("\n")}`;

function roleText(file: RoleFile): string {
  return `### ${file.role}\n\n${file.who} ${trustText(file.trust)}\n\n${rows(file)}`;
}

function resourceText(file: ResourceFile): string {
  return `### ${file.resource}\n\n${file.who}\n\n${rows(file)}`;
}

function trustText(trust: Trust): string {
  switch (trust.kind) {
    case "service":
      return `Taken on by ${trust.service}.`;
    case "people":
      return `Taken on by people whom the account lets${trust.secondFactor ? ", with a second factor" : ""}.`;
    case "program":
      return "A user, not a role, and only where the settings ask for it; a person makes its access key.";
    case "none":
      return "Not a role by itself.";
  }
}

function rows({ policy, reasons, wildcards = {} }: RoleFile | ResourceFile): string {
  const lines = policy.Statement.map((statement: Statement) => {
    const why = [reasons[statement.Sid], wildcards[statement.Sid]].filter((text) => text !== undefined).join(" ");
    return `| ${statement.Effect === "Allow" ? "may" : "**never**"} | ${code(many(statement.Action))} | ${onWhat(statement)} | ${why} |`;
  });
  return `| | calls | on | why |\n| --- | --- | --- | --- |\n${lines.join("\n")}\n`;
}

function onWhat({ Resource, NotResource, Condition, Principal }: Statement): string {
  const resource = NotResource === undefined ? code(many(Resource)) : `all but ${code(many(NotResource))}`;
  const by = Principal === undefined || Principal === "*" ? [] : [`by ${code(Object.values(Principal).flatMap(many))}`];
  const when = Object.entries(Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys ?? {}).map(([key, values]) => `${key} ${operator} ${code(many(values))}`),
  );
  return [resource, ...by, ...(when.length === 0 ? [] : [`where ${when.join(" and ")}`])].join(", ");
}

const code = (texts: readonly string[]) => texts.map((text) => `\`${text}\``).join(" ");
