import type { App } from "./deps.ts";

/** Of a path that no route took: the methods it does take, so that 405 and 404 can be told apart. */
export function methodsOf(app: App): (path: string) => string[] {
  let known: { method: string; path: RegExp }[] | undefined;
  return (path) => {
    known ??= app.routes
      .filter((route) => route.method !== "ALL")
      .map((route) => ({ method: route.method, path: patternOf(route.path) }));
    const methods = known.filter((route) => route.path.test(path)).map((route) => route.method);
    return [...new Set(methods)];
  };
}

const patternOf = (path: string) =>
  new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/:[^/]+/g, "[^/]+")}$`);
