/** From the worst to the mildest. */
export const severities = ['critical', 'high', 'medium', 'low'];
