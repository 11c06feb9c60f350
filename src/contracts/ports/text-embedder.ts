/** Turns texts into vectors that lie close where the texts mean alike. */
export interface TextEmbedder {
  /** Vectors of different models cannot be compared. */
  model: string;
  /** One a text, in order, all of the same length. Rejects where it cannot be asked, within some seconds. */
  embed(texts: readonly string[]): Promise<number[][]>;
}
