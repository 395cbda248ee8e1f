// What AWS says of an account before anybody trains in it. lib/aws/look-at-account.ts asks, findings.ts decides what it means.
import type { CloudSettings, StackOutputs } from "../../contracts/cloud.ts";

/** What AWS answered, or why it did not: rights are often missing, and one refusal must not hide the other answers. */
export type Look<T> = { readonly seen: T } | { readonly refused: string };

/** What `bobbin.cloud.json` asks for; null where there is none. */
export type Plan = Pick<CloudSettings, "region" | "instanceType" | "purchase" | "zoneIds"> | null;

/** What is rented for a job: as the environment behind the queue says, or as planned where no stack stands yet. */
export interface Machine {
  readonly instanceType: string;
  readonly purchase: CloudSettings["purchase"];
  /** Zones of the subnets. */
  readonly zoneIds: readonly string[];
}

export interface StackFacts {
  readonly status: string;
  /** Null where another version of Bobbin made them. */
  readonly outputs: StackOutputs | null;
  readonly machine: Look<Machine>;
  /** Whether the image of this version has been built. */
  readonly image: Look<boolean>;
  readonly subscriptions: Look<{ readonly confirmed: number; readonly pending: number }>;
}

export interface Bootstrap {
  readonly version: string;
  /** ARNs of the policies that CloudFormation deploys with. */
  readonly policies: readonly string[];
}

/** What is only asked when AWS knows who asks. */
export interface Looks {
  readonly bootstrap: Look<Bootstrap | null>;
  /** vCPUs of G and VT machines that may run at once. */
  readonly quotas: Look<Readonly<Record<CloudSettings["purchase"], number>>>;
  /** Null where no name was given. */
  readonly stack: Look<StackFacts | null> | null;
  /** Zones that offer the machine; null where nobody has said which machine. */
  readonly offers: Look<readonly string[]> | null;
  /** Names of the account's budgets. */
  readonly budgets: Look<readonly string[]>;
}

export interface AccountFacts {
  /** `name` of the settings, from them or from `--store aws:NAME`. */
  readonly name: string | null;
  /** The region that every AWS program takes: from AWS_REGION or the profile. */
  readonly region: string | null;
  /** Null where there is no region to ask in. */
  readonly identity: Look<{ readonly account: string; readonly arn: string }> | null;
  readonly looks: Looks | null;
}
