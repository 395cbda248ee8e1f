// One line of `bobbin doctor`: what was looked at, how it stands, what was found and what to do.
import type { DoctorAnswer } from "../../contracts/answers.ts";

export type Check = DoctorAnswer["checks"][number];

export const ok = (name: string, found: string): Check => ({ name, state: "ok", found, todo: null });
/** Nothing works without it. */
export const missing = (name: string, found: string, todo: string): Check => ({ name, state: "missing", found, todo });
/** It works, and somebody will be sorry later. */
export const warning = (name: string, found: string, todo: string): Check => ({ name, state: "warning", found, todo });
