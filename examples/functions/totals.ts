interface Order {
  lines: { amount: number }[];
  taxRate: number;
}

export default function totals({ lines, taxRate }: Order): { net: number; total: number } {
  const net = lines.reduce((sum, { amount }) => sum + amount, 0);
  return { net, total: Math.round(net * (1 + taxRate) * 100) / 100 };
}
