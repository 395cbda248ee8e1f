// The parsers of exports in JSON, fuzzed.
import { json, proveFuzzed } from "../../support/fuzz/proof.ts";

proveFuzzed((name) => json.some((one) => one === name));
