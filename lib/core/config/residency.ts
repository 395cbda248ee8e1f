// Where data may stand. Asked at synth for everything that will be made, and by Admit for what a run would touch.
import { BobbinError } from "../../contracts/errors.ts";

/**
 * @param places region by what stands there, e.g. `{ "data bucket": "eu-central-1" }`
 * @param allowed regions that data may stand in
 * @throws RegionNotAllowed, RegionsDiffer
 */
export function checkResidency(places: Readonly<Record<string, string>>, allowed: readonly string[]): void {
  const [first] = Object.values(places);
  for (const [what, region] of Object.entries(places)) {
    if (!allowed.includes(region)) {
      throw new BobbinError("RegionNotAllowed", { what, region, allowed: allowed.join(", ") || "no region" });
    }
    if (region !== first) throw new BobbinError("RegionsDiffer", { what, region, wanted: first ?? region });
  }
}
