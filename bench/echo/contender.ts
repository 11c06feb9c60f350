/** One side of a comparison. */
export interface Contender {
  name: string;
  /** Runs one session of the work from its start to its result, as the client sees it. */
  runOne(text: string): Promise<void>;
  /** Throws where what ran since the last call did not echo its text; called outside of what is measured. */
  verify(): Promise<void>;
  /** Lets go of what it holds beyond the installation. */
  close?(): Promise<void>;
}
