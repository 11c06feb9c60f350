const prices = { pencil: 0.8, notebook: 4.5 };

/** One line of the order with its price. What it throws fails the attempt, with the message. */
export function price({ item, quantity }) {
  if (!Object.hasOwn(prices, item)) throw new Error(`nobody sells ${item}`);
  return { item, quantity, amount: Math.round(prices[item] * quantity * 100) / 100 };
}
