/** `20261130T031432Z` */
export const formatCompactTime = (moment: Date): string => `${moment.toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;

/** The moment that a text begins with in this form, in milliseconds; NaN where it has none. */
export const parseCompactTime = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/s, "$1-$2-$3T$4:$5:$6Z"));

/** A run and a drill end within this time, so what is older and unlisted is left over. Milliseconds. */
export const LONGEST_MS = 12 * 3_600_000;
