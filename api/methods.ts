import type { App } from "./deps.ts";

/** The methods that a path takes, so that 405 and 404 can be told apart; none where nothing is there. */
export interface Methods {
  /**
   * Of a path without a parameter, which alone counts where there is one: /v1/segments/preview is no segment. Asked of
   * every request, so it is one look-up.
   */
  ofExact(path: string): readonly string[];
  /** Of a path that no route has taken. */
  ofUntaken(path: string): readonly string[];
}

export function methodsOf(app: App): Methods {
  let exact: Map<string, string[]> | undefined;
  const routes = () => app.routes.filter((route) => route.method !== "ALL");
  return {
    ofExact(path) {
      exact ??= new Map(
        [...Map.groupBy(routes(), (route) => route.path)]
          .filter(([known]) => !known.includes(":"))
          .map(([known, some]) => [known, [...new Set(some.map((route) => route.method))]]),
      );
      return exact.get(path) ?? [];
    },
    ofUntaken(path) {
      const matching = routes().filter((route) => patternOf(route.path).test(path));
      return [...new Set(matching.map((route) => route.method))];
    },
  };
}

const patternOf = (path: string) =>
  new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/:[^/]+/g, "[^/]+")}$`);
