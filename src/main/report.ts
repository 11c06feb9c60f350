/** Tells the user, in a sentence, what takes long or went wrong on the way. */
export type Report = (message: string) => void;
