import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BundleOptions, bundleWorkflowCode, DefaultLogger } from "@temporalio/worker";

const project = join(import.meta.dirname, "..");

/** Where the workflow code of the project is; tests' own workflows elsewhere are not counted. */
const counted = join(project, "workflows");

type WebpackConfig = Parameters<NonNullable<BundleOptions["webpackConfigHook"]>>[0];

function withCounters(config: WebpackConfig): WebpackConfig {
  const rules = config.module?.rules ?? [];
  const counter = {
    enforce: "pre" as const,
    test: (file: string) => file.startsWith(counted) && file.endsWith(".ts"),
    use: { loader: join(import.meta.dirname, "instrument.ts") },
  };
  return { ...config, module: { ...config.module, rules: [...rules, counter] } };
}

/** Bundles workflow code once for all test files into `target`, with coverage counters where asked. */
export async function buildWorkflowBundle(
  workflowsPath: string,
  target: string,
  coverage: boolean,
): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    logger: new DefaultLogger("ERROR"),
    ...(coverage && {
      workflowInterceptorModules: [join(import.meta.dirname, "workflowCoverageInterceptor.ts")],
      webpackConfigHook: withCounters,
    }),
  });
  await writeFile(target, code);
  return target;
}
