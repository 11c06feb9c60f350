/** Three tasks, one after the other, of an agent of the plan. */
export const chainPlan = `
version: 1
name: chain
agents: { own: { connector: simulated } }
tasks:
  first: { agent: own }
  second: { agent: own, needs: [first] }
  third: { agent: own, needs: [second] }
`;
