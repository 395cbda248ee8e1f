// The fixed colours that charts are drawn in; the style sheet turns each into the theme's variable of the same name.
// Series colours follow Okabe and Ito's palette, which stays apart for colour-blind readers. A model has the colour of its bars.

export const inks = {
  ink: "#16202b",
  muted: "#586473",
  line: "#dfe4eb",
  s1: "#0072b3",
  s2: "#d55e01",
  s3: "#009e74",
  s4: "#b0568b",
  s5: "#a67c00",
  candidate: "#0072b4",
  production: "#7a5196",
  base: "#a9781b",
} as const;

export const series = [inks.s1, inks.s2, inks.s3, inks.s4, inks.s5] as const;
