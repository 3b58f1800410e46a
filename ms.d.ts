// The `ms` package's canary types have no `types` export condition; without this, Temporal's Duration is `any`.
declare module "ms" {
  export type Unit =
    | "ms"
    | "s"
    | "m"
    | "h"
    | "d"
    | "w"
    | "y"
    | "second"
    | "seconds"
    | "minute"
    | "minutes"
    | "hour"
    | "hours"
    | "day"
    | "days"
    | "week"
    | "weeks";
  export type StringValue = `${number}` | `${number}${Unit}` | `${number} ${Unit}`;
  export default function ms(value: StringValue): number;
}
