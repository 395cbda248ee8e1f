// The parsers of exports of lines, archives, pictures, and our own documents, fuzzed.
import { json, proveFuzzed, xml } from "../../support/fuzz/proof.ts";

proveFuzzed((name) => [...json, ...xml].every((one) => one !== name));
