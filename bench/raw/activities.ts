/** What the raw worker does, and all that it does. */
export interface RawActivities {
  echo(text: string): Promise<string>;
}

export const rawActivities: RawActivities = { echo: (text) => Promise.resolve(text) };
