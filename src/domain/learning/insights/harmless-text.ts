/** Text of an agent without control characters and signs that change the direction of writing, and with no mark-up that could end the block it is quoted in. */
export function harmlessText(text: string): string {
  return text
    .replace(/\p{Cc}\[[0-9;?]*[ -/]*[@-~]/gu, '')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/gu, ' ')
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replace(/\s+/gu, ' ')
    .trim();
}

/** It is quoted with “ and ”: one alone would seem to end it. */
export function fitForQuotes(text: string): string {
  return text.replace(/[“”]/g, "'");
}
