/** Three dead letters. */
export const THREE_DEAD = {
  items: { a: "1", b: "2", c: "3" },
  attempts: { a: 3, b: 1 },
  errors: { a: "no", b: "" },
  dead: { a: 7, b: 5, c: 6 },
};
