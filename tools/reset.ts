import { resetHome } from "./home.ts";
import { main, say } from "./say.ts";

await main(async () => {
  await resetHome();
  say("Emptied .campanile/");
  return 0;
});
