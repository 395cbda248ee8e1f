// Errors of money: what a budget refuses, and ledgers that cannot be read.
import * as z from "zod";
import { defineErrors } from "./define.ts";

const text = z.string();
export const budgetErrors = defineErrors({
  RejectedOverBudget: {
    exit: 1,
    data: z.strictObject({ budget: text, limit: text, wanted: z.int(), left: z.int() }),
    say: "This could cost {wanted:usd}, and {limit} of the budget {budget} has {left:left} left.",
    todo: "Choose a smaller recipe, or raise the budget with a reason: `bobbin budget raise --to DOLLARS --reason WHY`.",
  },
  BudgetTooSmall: {
    exit: 1,
    data: z.strictObject({ budget: text, cap: z.int(), idle: z.int(), ends: text }),
    say: "The budget {budget} holds {cap:usd}; until {ends} the account alone costs {idle:usd} while nothing runs.",
    todo: "Set a higher `budget.capUsd` or an earlier `budget.ends` in bobbin.json.",
  },
  BudgetEnded: {
    exit: 1,
    data: z.strictObject({ budget: text, ends: text }),
    say: "The budget {budget} ended at {ends}.",
    todo: "Set a new end date in bobbin.json under a new budget name.",
  },
  BudgetClosed: {
    exit: 1,
    data: z.strictObject({ budget: text, reason: text }),
    say: "The budget {budget} is closed: {reason}.",
    todo: "Open it with a reason: `bobbin budget raise --to DOLLARS --reason WHY`.",
  },
  BudgetTermsChanged: {
    exit: 2,
    data: z.strictObject({ budget: text, term: text, found: text, wanted: text }),
    say: "bobbin.json sets {term} of the budget {budget} to {found}; its ledger says {wanted} since its first run.",
    todo: "A budget keeps its terms for its whole life: put {wanted} back, give the budget a new name, or raise its cap with `bobbin budget raise`.",
  },
  BudgetRaiseInvalid: {
    exit: 2,
    data: z.strictObject({ budget: text, found: text, wanted: text }),
    say: "The budget {budget} cannot be raised to {found}; wanted {wanted}.",
    todo: "A cap is never lowered, and never below what is committed: see `bobbin budget`.",
  },
  BudgetMissing: {
    exit: 2,
    data: z.strictObject({ budget: text }),
    say: "Nothing has been promised from the budget {budget} yet.",
    todo: "Change `budget` in bobbin.json; it is fixed by the first run.",
  },
  LedgerNewer: {
    exit: 3,
    data: z.strictObject({ found: text, wanted: text }),
    say: "The ledger is of the form {found}; this Bobbin knows {wanted}.",
    todo: "Use the newer Bobbin that wrote it; nothing was started and nothing was changed.",
  },
  LedgerEdited: {
    exit: 3,
    data: z.strictObject({ budget: text, problem: text }),
    say: "The ledger of the budget {budget} is not as Bobbin wrote it: {problem}.",
    todo: "Bring it back from an earlier version of the object; nothing was started and nothing was changed.",
  },
  RunTooLong: {
    exit: 1,
    data: z.strictObject({ recipe: text, predicted: z.int(), timeout: z.int(), epochs: z.int(), fits: z.int() }),
    say: "{epochs} epochs of the recipe {recipe} would take {predicted} s here, by the last training like it; its time limit is {timeout} s.",
    todo: "Set `epochs` to at most {fits} in the recipe, or `timeoutSeconds` to more than {predicted}.",
  },
  PriceMissing: {
    exit: 2,
    data: z.strictObject({ machine: text, region: text }),
    say: "Nobody has looked up what an hour of {machine} costs in {region}, and hourUsd does not say it.",
    todo: "Set `hourUsd` in bobbin.cloud.json: an hour on demand, disk and address included. A bound that is guessed is none.",
  },
  RateLimited: {
    exit: 1,
    data: z.strictObject({ limit: text, found: text, wanted: text }),
    say: "{limit} allows {wanted}, and this would be {found}.",
    todo: "Wait, or change `budget` in bobbin.json.",
  },
});
