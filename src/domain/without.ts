/** `Omit` that keeps the members of a union apart. */
export type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
