import { proxyActivities, sleep } from "@temporalio/workflow";

const { greet } = proxyActivities<{ greet(name: string): Promise<string> }>({ startToCloseTimeout: "10s" });

export async function greeting(name: string): Promise<string> {
  return greet(name);
}

export async function twoDays(): Promise<string> {
  await sleep("2 days");
  return "rested";
}
