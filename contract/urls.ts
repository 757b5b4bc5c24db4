/** The address without slashes at its end: two spellings of one address. */
export function stripTrailingSlashes(url: URL): string {
  let end = url.href.length;
  while (url.href[end - 1] === "/") end -= 1;
  return url.href.slice(0, end);
}

export const isHttpsUrl = (text: string): boolean => URL.canParse(text) && new URL(text).protocol === "https:";
