/** Local date and time: `2026-03-01 09:05:07`. */
export function formatDate(epochMs: number): string {
  const date = new Date(epochMs);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join('-');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  return `${day} ${time}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
