// What an account's answers mean for whoever wants to train there: each with what was found and what to do. Pure, so that every
// answer an account can give is a line of a test.

import { stackNames } from "../../contracts/cloud.ts";
import { type Check, missing, ok, warning } from "./check.ts";
import { isOurs } from "./deploy-plan.ts";
import type { AccountFacts, Bootstrap, Look, Looks, Machine, Plan, StackFacts } from "./facts.ts";

/** Of every instance type in the settings; a quota below it starts none of them. */
const machineVcpus = 4;
/** Service Quotas' codes for "Running On-Demand G and VT instances" and "All G and VT Spot Instance Requests". */
export const quotaCodes = { onDemand: "L-DB2E81BA", spot: "L-3819A6DF" } as const;
const purchaseWords = { onDemand: "on demand", spot: "Spot" } as const;

export function accountFindings(facts: AccountFacts, plan: Plan): readonly Check[] {
  const { name, region, identity, looks } = facts;
  return [
    ...(identity === null ? [] : [identityFinding(identity)]),
    regionFinding(region, plan),
    ...(looks === null ? [] : lookFindings(looks, name, plan, plan?.region ?? region ?? "")),
  ];
}

function identityFinding(identity: NonNullable<AccountFacts["identity"]>): Check {
  return "seen" in identity
    ? ok("identity", `${identity.seen.arn} in account ${identity.seen.account}`)
    : missing("identity", identity.refused, "Sign in (`aws sso login`, `aws configure`) or set AWS_PROFILE.");
}

function regionFinding(region: string | null, plan: Plan): Check {
  if (plan !== null && plan.region !== region) {
    const todo = `Bobbin stands in ${plan.region}: \`export AWS_REGION=${plan.region}\`.`;
    return missing("region", region ?? "AWS_REGION is not set", todo);
  }
  const todo = "Set it to where Bobbin is to stand, e.g. `export AWS_REGION=us-east-1`.";
  return region === null ? missing("region", "AWS_REGION is not set", todo) : ok("region", region);
}

function lookFindings(looks: Looks, name: string | null, plan: Plan, region: string): readonly Check[] {
  const stack = looks.stack !== null && "seen" in looks.stack ? looks.stack.seen : null;
  const machine = stack !== null && "seen" in stack.machine ? stack.machine.seen : plan;
  return [
    asked("bootstrap", looks.bootstrap, "cloudformation:DescribeStacks", (seen) => bootstrapFinding(seen, name)),
    ...quotaFindings(looks, machine, region),
    ...zoneFindings(looks, machine),
    asked(
      "budgets",
      looks.budgets,
      "budgets:ViewBudget",
      (names) => budgetFinding(names, stack === null ? null : name),
      {
        todo: "The root user switches on “IAM user and role access to Billing information” under Account; then grant budgets:ViewBudget.",
      },
    ),
    ...stackFindings(looks, name),
  ];
}

/** A finding where AWS answered, a warning where it did not: what could not be seen may still be right. */
function asked<T>(
  name: string,
  look: Look<T>,
  action: string,
  finding: (seen: T) => Check,
  { todo = `Ask whoever runs the account for ${action}, or let them run this.` } = {},
): Check {
  return "seen" in look ? finding(look.seen) : warning(name, `could not be asked: ${look.refused}`, todo);
}

function bootstrapFinding(seen: Bootstrap | null, name: string | null): Check {
  if (seen === null) return missing("bootstrap", "no stack CDKToolkit in this region", "`bobbin deploy` makes it.");
  const found = `version ${seen.version}`;
  return name === null || isOurs(name, seen)
    ? ok("bootstrap", found)
    : warning(
        "bootstrap",
        `${found}, and CloudFormation deploys with ${seen.policies.join(", ") || "an administrator's rights"}`,
        "`bobbin deploy` gives it no more rights than Bobbin needs.",
      );
}

function budgetFinding(names: readonly string[], name: string | null): Check {
  const found = `may be read; ${names.length} there`;
  if (name === null) return ok("budgets", found);
  const own = stackNames(name).main;
  return names.includes(own)
    ? ok("budgets", `${own} watches what the account costs`)
    : warning(
        "budgets",
        `${found}, none of them ${own}`,
        "Set `budget` of bobbin.cloud.json, and deploy: AWS then tells people what its bill says.",
      );
}

function quotaFindings({ quotas }: Looks, machine: Machine | Plan, region: string): readonly Check[] {
  if ("refused" in quotas) {
    const unseen = (): Check => ok("GPU quota", "");
    return [asked("GPU quota", quotas, "servicequotas:GetServiceQuota", unseen)];
  }
  const purchases = machine === null ? (["spot", "onDemand"] as const) : [machine.purchase];
  return purchases.map((purchase) => quotaFinding(purchase, quotas.seen[purchase], region));
}

function quotaFinding(purchase: keyof typeof quotaCodes, vcpus: number, region: string): Check {
  const name = "GPU quota";
  const found = `${vcpus} vCPU of G and VT machines ${purchaseWords[purchase]} (${quotaCodes[purchase]})`;
  if (vcpus < machineVcpus) {
    const request = `aws service-quotas request-service-quota-increase --region ${region} --service-code ec2 --quota-code ${quotaCodes[purchase]} --desired-value ${machineVcpus}`;
    return missing(
      name,
      found,
      `One machine has ${machineVcpus}: jobs would sit RUNNABLE and never start. Ask for exactly ${machineVcpus}: \`${request}\`.`,
    );
  }
  if (vcpus > machineVcpus) {
    return warning(
      name,
      found,
      `Enough. At exactly ${machineVcpus} AWS itself would refuse a second machine, the only limit that no mistake of a program can pass; a support case lowers it.`,
    );
  }
  return ok(name, found);
}

function zoneFindings({ offers }: Looks, machine: Machine | Plan): readonly Check[] {
  if (offers === null || machine === null) return [];
  const { instanceType, zoneIds } = machine;
  const finding = (offered: readonly string[]) => {
    const have = zoneIds.filter((zone) => offered.includes(zone));
    const todo =
      offered.length === 0
        ? `${instanceType} is not offered in this region: take another \`instanceType\` or \`region\`.`
        : `Set \`zoneIds\` of bobbin.cloud.json to ${offered.join(", ")} or some of them, and deploy.`;
    if (have.length === zoneIds.length) return ok("zones", `${instanceType} is offered in ${have.join(", ")}`);
    const rest = zoneIds.filter((zone) => !offered.includes(zone)).join(", ");
    return have.length === 0
      ? missing("zones", `${instanceType} is offered in none of ${rest}`, todo)
      : warning("zones", `${instanceType} is offered in ${have.join(", ")}, not in ${rest}`, todo);
  };
  return [asked("zones", offers, "ec2:DescribeInstanceTypeOfferings", finding)];
}

function stackFindings({ stack }: Looks, name: string | null): readonly Check[] {
  if (stack === null || name === null) {
    const todo = "Name one: `--store aws:NAME`, or run this where bobbin.cloud.json is.";
    return [warning("stack", "none was named", todo)];
  }
  const main = stackNames(name).main;
  if ("refused" in stack || stack.seen === null) {
    const absent = () => missing("stack", `no stack ${main} in this region`, "`bobbin deploy` makes it.");
    return [asked("stack", stack, "cloudformation:DescribeStacks", absent)];
  }
  const { seen } = stack;
  if (seen.outputs === null) {
    const todo = "`bobbin deploy` with the version of Bobbin that you use.";
    return [missing("stack", `${main} is ${seen.status}, its outputs are of another version of Bobbin`, todo)];
  }
  return [
    statusFinding(main, seen),
    asked("image", seen.image, "ecr:DescribeImages", (built) => imageFinding(built, seen.outputs)),
    asked("alarms", seen.subscriptions, "sns:ListSubscriptionsByTopic", (people) =>
      alarmFinding(people, seen.outputs?.AlarmTopic ?? ""),
    ),
  ];
}

function statusFinding(main: string, { status, outputs }: StackFacts): Check {
  const found = `${main} is ${status}, with ${Object.keys(outputs ?? {}).length} outputs`;
  return /^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status)
    ? ok("stack", found)
    : warning("stack", found, `What went wrong: \`aws cloudformation describe-stack-events --stack-name ${main}\`.`);
}

function imageFinding(built: boolean, outputs: StackFacts["outputs"]): Check {
  const image = `${outputs?.ImageRepository}:${outputs?.ImageTag}`;
  if (built) return ok("image", image);
  const todo = `The first run builds it, which takes it some minutes longer; to have it before: \`aws codebuild start-build --project-name ${outputs?.ImageProject}\`.`;
  return warning("image", `${image} has not been built`, todo);
}

function alarmFinding({ confirmed, pending }: { confirmed: number; pending: number }, topic: string): Check {
  if (pending > 0) {
    const todo = "Follow the link in the mail that AWS sent; nothing is told before.";
    return warning("alarms", `${confirmed} told, ${pending} not confirmed`, todo);
  }
  if (confirmed > 0) return ok("alarms", `${confirmed} told`);
  const todo = `\`aws sns subscribe --topic-arn ${topic} --protocol email --notification-endpoint YOU@EXAMPLE.ORG\`, then follow the link in the mail.`;
  return warning("alarms", "nobody is told how runs end or what they cost", todo);
}
