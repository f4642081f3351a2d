/** What a call does with items, for the texts of errors: "ack an item", "ack 3 items". */
export function actionOn(verb: string, count: number): string {
  return count === 1 ? `${verb} an item` : `${verb} ${count} items`;
}
