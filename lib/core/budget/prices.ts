// Prices of places that charge nothing.
import type { Prices } from "../../contracts/ledger.ts";

/** A laptop costs nothing that Bobbin could promise. */
export const freePrices: Prices = { admission: 0, trainHour: 0, predictHour: 0 };
