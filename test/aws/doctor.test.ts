// `bobbin doctor --aws` in an account where nothing is yet, asked through the real SDK. The emulated AWS knows neither quotas nor
// offers of machines; those two are answered by a server that speaks as AWS documents it.

import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "@jest/globals";
import type { DoctorAnswer } from "../../lib/contracts/answers.ts";
import { describeAws } from "../support/aws.ts";
import { bobbinJson } from "../support/bobbin.ts";
import { freshFolder } from "../support/folder.ts";

/** The emulated AWS takes it for the account too, so nothing of another test is in it. */
const account = "333333333333";
const quotas: Readonly<Record<string, number>> = { "L-DB2E81BA": 0, "L-3819A6DF": 4 };
const asked: string[] = [];
let server: Server;

function answer(target: string, body: string): string {
  if (target.endsWith("GetServiceQuota")) {
    const { QuotaCode } = JSON.parse(body) as { QuotaCode: string };
    asked.push(QuotaCode);
    return JSON.stringify({ Quota: { QuotaCode, Value: quotas[QuotaCode] } });
  }
  const query = new URLSearchParams(body);
  expect(query.get("Action")).toBe("DescribeInstanceTypeOfferings");
  asked.push(`${query.get("LocationType")} ${query.get("Filter.1.Name")} ${query.get("Filter.1.Value.1")}`);
  const items = ["use1-az4", "use1-az1"].map((zone) => `<item><location>${zone}</location></item>`).join("");
  return `<DescribeInstanceTypeOfferingsResponse><instanceTypeOfferingSet>${items}</instanceTypeOfferingSet></DescribeInstanceTypeOfferingsResponse>`;
}

async function listen(): Promise<string> {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    response.end(answer(String(request.headers["x-amz-target"] ?? ""), Buffer.concat(chunks).toString()));
  }).listen(0, "127.0.0.1");
  await new Promise((ready) => server.once("listening", ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describeAws("bobbin doctor --aws", () => {
  let folder: string;
  beforeAll(async () => {
    const other = await listen();
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: process.env.BOBBIN_EMULATOR,
      AWS_ENDPOINT_URL_SERVICE_QUOTAS: other,
      AWS_ENDPOINT_URL_EC2: other,
      AWS_ACCESS_KEY_ID: account,
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "us-east-1",
    });
  });
  afterAll(() => {
    server.close();
  });
  beforeEach(() => {
    folder = freshFolder();
    asked.length = 0;
  });

  async function doctor(settings: object | null, ...words: string[]) {
    const file = `${folder}/bobbin.cloud.json`;
    if (settings !== null) writeFileSync(file, JSON.stringify(settings));
    const { exit, value } = await bobbinJson(folder, "doctor", "--aws", "--settings", file, ...words);
    const { checks } = value as unknown as DoctorAnswer;
    return { exit, of: (name: string) => checks.find((check) => check.name === name), checks };
  }
  const cats = { schema: "bobbin/cloud/1", name: "cats", region: "us-east-1", zoneIds: ["use1-az1", "use1-az2"] };

  it("tells what an empty account is missing", async () => {
    const { exit, of } = await doctor(cats);
    expect(exit).toBe(1);
    expect(of("settings")?.state).toBe("ok");
    expect(of("identity")).toMatchObject({ state: "ok", found: expect.stringContaining(account) });
    expect(of("region")).toMatchObject({ state: "ok", found: "us-east-1" });
    expect(of("bootstrap")).toMatchObject({ state: "missing", found: "no stack CDKToolkit in this region" });
    expect(of("stack")).toMatchObject({ state: "missing", found: "no stack bobbin-cats in this region" });
    expect(of("budgets")).toMatchObject({ state: "ok", found: "may be read; 0 there" });
  });

  it.each(["aws:cats", "s3"])("is asked about the account where the store is a stack, as %s says", async (store) => {
    writeFileSync(join(folder, "bobbin.cloud.json"), JSON.stringify(cats));
    const settings = ["--settings", join(folder, "bobbin.cloud.json")];
    const { exit, value } = await bobbinJson(folder, "doctor", "--store", store, ...settings);
    const { checks } = value as unknown as DoctorAnswer;
    expect(exit).toBe(1);
    expect(checks.find(({ name }) => name === "stack")).toMatchObject({
      state: "missing",
      found: "no stack bobbin-cats in this region",
    });
  });

  it("asks for both quotas and for the zones by id", async () => {
    const { of } = await doctor({ ...cats, purchase: "onDemand" });
    expect(of("GPU quota")).toMatchObject({ state: "missing", found: expect.stringMatching(/^0 vCPU .*L-DB2E81BA/) });
    expect(of("zones")).toMatchObject({ state: "warning", found: "g6.xlarge is offered in use1-az1, not in use1-az2" });
    expect(asked.sort()).toEqual(["L-3819A6DF", "L-DB2E81BA", "availability-zone-id instance-type g6.xlarge"]);
  });

  it("looks at the account alone where nobody has said which stack", async () => {
    const { exit, of, checks } = await doctor(null);
    expect(exit).toBe(1);
    expect(of("settings")).toMatchObject({ state: "missing", todo: expect.stringContaining("docs/aws.md") });
    expect(of("stack")).toMatchObject({ state: "warning", found: "none was named" });
    expect(checks.filter(({ name }) => name === "GPU quota")).toHaveLength(2);
  });
});
