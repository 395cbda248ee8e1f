// The stacks as a graph, drawn from their templates: what each of them makes, and which resource names which other.
import { basename } from "node:path";
import { cluster, edgeLine, graph, nodeLine } from "./dot.ts";

export interface StackTemplate {
  readonly name: string;
  readonly resources: Readonly<Record<string, TemplateResource>>;
}

interface TemplateResource {
  readonly Type: string;
  readonly Properties?: unknown;
}

/** Rules and rights are in policies/README.md, addresses in docs/aws.md; here they would hide everything else. */
const hidden = new Set([
  "AWS::CDK::Metadata",
  "AWS::EC2::Route",
  "AWS::EC2::RouteTable",
  "AWS::EC2::SubnetRouteTableAssociation",
  "AWS::EC2::VPCGatewayAttachment",
  "AWS::IAM::InstanceProfile",
  "AWS::IAM::ManagedPolicy",
  "AWS::IAM::Role",
  "AWS::KMS::Alias",
  "AWS::Lambda::Permission",
  "AWS::Logs::LogGroup",
  "AWS::S3::BucketPolicy",
  "AWS::SNS::TopicPolicy",
  "AWS::SQS::QueuePolicy",
]);

export function stacksGraph(stacks: readonly StackTemplate[]): string {
  const clusters = stacks.map(({ name, resources }) => cluster(name, shown(resources).map(node)));
  return graph("stacks", "LR", [...clusters, ...stacks.flatMap(({ resources }) => edges(resources))]);
}

function shown(resources: StackTemplate["resources"]): [string, TemplateResource][] {
  return Object.entries(resources).filter(([, { Type }]) => !hidden.has(Type));
}

function node([id, { Type }]: [string, TemplateResource]): string {
  const [, service = "", kind = ""] = Type.split("::");
  return nodeLine(id, { label: `${readable(id)}\n${service} ${kind}` });
}

/** A logical id without the digest that CDK puts behind it. */
function readable(id: string): string {
  return basename(id).replace(/[0-9A-F]{8}$/, "");
}

function edges(resources: StackTemplate["resources"]): string[] {
  const ids = new Set(shown(resources).map(([id]) => id));
  return shown(resources).flatMap(([from, { Properties }]) =>
    [...new Set(named(Properties))].filter((to) => ids.has(to) && to !== from).map((to) => edgeLine(from, to)),
  );
}

/** Logical ids in a template's value, by Ref and Fn::GetAtt. */
function named(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(named);
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === "Ref" && typeof inner === "string") return [inner];
    if (key === "Fn::GetAtt") return [String(Array.isArray(inner) ? inner[0] : inner).split(".")[0] ?? ""];
    return named(inner);
  });
}
