/** A contender whose sessions are functions from a text to a text, which has to be the same. */
export function verified(name, run) {
  const ran = [];
  return {
    name,
    runOne: async (text) => void ran.push({ text, result: await run(text) }),
    verify: async () => {
      for (const { text, result } of ran.splice(0)) {
        if (result !== text)
          throw new Error(`${name} handed over ${JSON.stringify(result)} for ${JSON.stringify(text)}`);
      }
    },
  };
}

export function numbers(count) {
  return Array.from({ length: count }, (_, nth) => nth);
}
