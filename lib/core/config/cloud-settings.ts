// Reads bobbin.cloud.json: what a person said, with what follows from it. Refuses a region before anything is made.
import * as z from "zod";
import { type CloudSettings, cloudSettings } from "../../contracts/cloud.ts";
import { BobbinError } from "../../contracts/errors.ts";
import type { Prices } from "../../contracts/ledger.ts";
import { pricePerHour, pricesOf } from "../budget/price-table.ts";
import { checkResidency } from "./residency.ts";

/** Zones that had all three instance types when it was looked up (2026-11); elsewhere the settings must name them. */
const knownZoneIds: Readonly<Record<string, readonly string[]>> = {
  "us-east-1": ["use1-az1", "use1-az2", "use1-az4", "use1-az6"],
};

/** @throws ConfigInvalid, RegionNotAllowed */
export function parseSettings(file: string, text: string): CloudSettings {
  const invalid = (field: string, found: string, wanted: string, cause?: unknown): never => {
    throw new BobbinError("ConfigInvalid", { file, field, found, wanted }, { cause });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    invalid("the file", "no JSON", "JSON", cause);
  }
  const parsed = cloudSettings.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return invalid(
      issue?.path.join(".") || "the file",
      issue?.code ?? "wrong",
      issue?.message ?? z.prettifyError(parsed.error),
    );
  }
  const said = parsed.data;
  const allowedRegions = said.allowedRegions.length === 0 ? [said.region] : said.allowedRegions;
  checkResidency({ "whole stack": said.region }, allowedRegions);
  const zoneIds = said.zoneIds.length === 0 ? [...(knownZoneIds[said.region] ?? [])] : said.zoneIds;
  if (zoneIds.length === 0) {
    invalid("zoneIds", "none", `the ids of the zones of ${said.region} that have ${said.instanceType}, e.g. use1-az1`);
  }
  hourPrice(said);
  if (said.budget !== undefined && said.budget.starts >= said.budget.ends) {
    invalid("budget.ends", said.budget.ends, `a date after ${said.budget.starts}`);
  }
  if (said.cvat && said.datasets.length === 0) invalid("datasets", "none", "the data sets that CVAT exports");
  return { ...said, allowedRegions, zoneIds };
}

/** Micro-dollars of an hour of the machine, at most. @throws PriceMissing where neither the settings nor the table say */
function hourPrice({ hourUsd, region, instanceType }: CloudSettings): number {
  const hour = hourUsd === undefined ? pricePerHour(region, instanceType) : Math.ceil(hourUsd * 1e6);
  if (hour === null) throw new BobbinError("PriceMissing", { machine: instanceType, region });
  return hour;
}

/** What promises are made by. @param idleMonth micro-dollars of a month in which nothing runs */
export function settingsPrices(settings: CloudSettings, idleMonth: number): Prices {
  const { region, instanceType, hourUsd, jobAttempts, capacityWaitMinutes, network } = settings;
  return pricesOf({
    ...{ region, instanceType, idleMonth },
    ...{ hour: hourPrice(settings), said: hourUsd !== undefined },
    ...{ tries: jobAttempts, waitSeconds: capacityWaitMinutes * 60, nat: network === "private" },
  });
}
