import { stripTypeScriptTypes } from "node:module";
import { createInstrumenter } from "istanbul-lib-instrument";

/**
 * Webpack loader that counts branches in workflow code. Types are blanked out, not compiled away, so the
 * counters sit at the places of the source itself and no branch is one that a compiler made.
 */
export default function instrument(this: { resourcePath: string }, source: string): string {
  const plain = stripTypeScriptTypes(source, { mode: "strip" });
  return createInstrumenter({ esModules: true }).instrumentSync(plain, this.resourcePath);
}
