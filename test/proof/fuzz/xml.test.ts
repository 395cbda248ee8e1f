// The parsers of exports in XML, fuzzed.
import { proveFuzzed, xml } from "../../support/fuzz/proof.ts";

proveFuzzed((name) => xml.some((one) => one === name));
