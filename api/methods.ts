import type { App } from "./deps.ts";

/**
 * The methods that a path takes, so that 405 and 404 can be told apart. Where a path without a parameter exists it
 * alone counts: /v1/segments/preview is no segment.
 */
export function methodsOf(app: App): (path: string) => string[] {
  let known: { method: string; path: RegExp; exact: boolean }[] | undefined;
  return (path) => {
    known ??= app.routes
      .filter((route) => route.method !== "ALL")
      .map((route) => ({
        method: route.method,
        path: patternOf(route.path),
        exact: !route.path.includes(":"),
      }));
    const matching = known.filter((route) => route.path.test(path));
    const exact = matching.filter((route) => route.exact);
    return [...new Set((exact.length > 0 ? exact : matching).map((route) => route.method))];
  };
}

const patternOf = (path: string) =>
  new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/:[^/]+/g, "[^/]+")}$`);
