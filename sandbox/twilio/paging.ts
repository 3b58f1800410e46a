/** Page size and token of a Twilio list; sizes run from 1 to 1,000 and are 50 unless given. */
export function pageOf(query: URLSearchParams): { size: number; page: number; token: string | undefined } {
  const size = Number(query.get("PageSize") ?? 50);
  const page = Number(query.get("Page") ?? 0);
  return {
    size: Number.isInteger(size) ? Math.min(Math.max(size, 1), 1000) : 50,
    page: Number.isInteger(page) && page > 0 ? page : 0,
    token: query.get("PageToken") ?? undefined,
  };
}

/** The envelope of a list of the 2010-04-01 API: links are paths with the filters kept. */
export function listJson(
  key: string,
  items: unknown[],
  path: string,
  query: URLSearchParams,
  nextToken: string | undefined,
): Record<string, unknown> {
  const { size, page } = pageOf(query);
  const link = (number: number, token?: string): string => {
    const target = new URLSearchParams(query);
    target.set("PageSize", String(size));
    target.set("Page", String(number));
    target.delete("PageToken");
    if (token !== undefined) target.set("PageToken", token);
    return `${path}?${target.toString()}`;
  };
  return {
    [key]: items,
    first_page_uri: link(0),
    next_page_uri: nextToken === undefined ? null : link(page + 1, nextToken),
    previous_page_uri: null,
    page,
    page_size: size,
    start: page * size,
    end: page * size + Math.max(items.length - 1, 0),
    uri: `${path}?${query.toString()}`,
  };
}

/** The envelope of a list of the newer APIs, whose links are whole URLs. */
export function metaJson(
  key: string,
  items: unknown[],
  url: URL,
  nextToken: string | undefined,
): Record<string, unknown> {
  const { size, page } = pageOf(url.searchParams);
  const link = (number: number, token?: string): string => {
    const target = new URL(url);
    target.searchParams.set("PageSize", String(size));
    target.searchParams.set("Page", String(number));
    target.searchParams.delete("PageToken");
    if (token !== undefined) target.searchParams.set("PageToken", token);
    return target.href;
  };
  return {
    [key]: items,
    meta: {
      key,
      page,
      page_size: size,
      first_page_url: link(0),
      previous_page_url: null,
      next_page_url: nextToken === undefined ? null : link(page + 1, nextToken),
      url: url.href,
    },
  };
}
