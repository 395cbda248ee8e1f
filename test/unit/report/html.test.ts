// Escaping: whatever a name is made of, it comes out as text.
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { html } from "../../../lib/report/html.ts";
import { holds } from "../../support/property.ts";

/** What a browser reads back from escaped text. */
const read = (text: string) =>
  text
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, "&");

/** Mostly what is dangerous, in any order, among other text. */
const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      "<",
      ">",
      '"',
      "'",
      "&",
      ";",
      "=",
      "/",
      "a",
      "&lt;",
      "&#39;",
      "\u0000",
      "\u001b",
      "\ud800",
      "\udc00",
    ),
    fc.string({ unit: "binary", maxLength: 2 }),
  ),
});

describe("html", () => {
  it("lets no value open a tag, close an attribute or start an entity", () => {
    holds(
      fc.property(hostile, (value) => {
        const { text } = html`${value}`;
        expect(text).not.toMatch(/[<>"']/);
        expect(text.replace(/&(amp|lt|gt|quot|#39);/g, "")).not.toContain("&");
      }),
    );
  });

  it("keeps every printable text as it is for the reader", () => {
    holds(
      fc.property(fc.string({ unit: "grapheme" }), (value) => {
        expect(read(html`${value}`.text)).toBe(value);
      }),
    );
  });

  it("replaces what no page can carry", () => {
    expect(html`a${"\u0000\u001b\u0085"}b${"\ud800"}c`.text).toBe("a\ufffd\ufffd\ufffdb\ufffdc");
  });

  it("joins lists and leaves nothing for nothing", () => {
    expect(html`<ul>${["a", "<"].map((item) => html`<li>${item}</li>`)}${null}${false}${undefined}</ul>`.text).toBe(
      "<ul><li>a</li><li>&lt;</li></ul>",
    );
    expect(html`${0}${""}`.text).toBe("0");
  });
});
