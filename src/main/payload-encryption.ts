/** `off`: new payloads are plain, encrypted ones can be read. `on`: new ones are encrypted, plain ones can be read. `required`: plain ones are refused. */
export const payloadEncryptions = ['off', 'on', 'required'] as const;
export type PayloadEncryption = (typeof payloadEncryptions)[number];
