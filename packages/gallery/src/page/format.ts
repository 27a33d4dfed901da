/** Numbers as people read them. */

const whole = new Intl.NumberFormat("en");
const measured = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

/** 12345 -> "12,345" */
export const count = (value: number): string => whole.format(value);

/** 1, "picture" -> "1 picture"; 2 -> "2 pictures" */
export const counted = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

export const number = (value: number): string => measured.format(value);

/** A share of 0 to 1: "97.3 %", never "100 %" for less than all, nor "0 %" for more than nothing. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.1) return "< 0.1 %";
  if (value < 100 && value > 99.9) return "> 99.9 %";
  return `${Number(value.toFixed(1))} %`;
}

/** 1536 -> "1.5 KB", a thousand to the step, as file managers show it. */
export function fileSize(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  if (unit === 0) return counted(bytes, "byte");
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${units[unit]}`;
}

/** "a/b/c.png" -> "c.png" */
export const fileName = (path: string): string => path.slice(path.lastIndexOf("/") + 1) || path;
