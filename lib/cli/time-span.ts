// Times as people write them: 2s, 500ms, 1m30s, 1.5h, 00:01:30, 90.
import { BobbinError } from "../contracts/errors.ts";

const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Seconds. @throws UsageWrong */
export function secondsOf(option: string, text: string): number {
  const clock = /^(?:(\d+):)?([0-5]?\d):([0-5]?\d(?:\.\d+)?)$/.exec(text);
  if (clock !== null) return Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  if (/^(?:\d+(?:\.\d+)?(?:ms|[smh]))+$/.test(text)) {
    const pieces = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smh])/g)];
    return pieces.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0), 0);
  }
  const problem = `${option} ${text} is no time; wanted e.g. 2s, 500ms, 1m30s or 00:01:30.`;
  throw new BobbinError("UsageWrong", { problem, command: "frames" });
}
