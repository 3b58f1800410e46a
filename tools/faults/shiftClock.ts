/** Loaded before a process (`--import`): its clock is off by CLOCK_SHIFT_MS, as that of a machine without NTP may be. */
const shiftMs = Number(process.env["CLOCK_SHIFT_MS"] ?? 0);
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct: (_target, given: [], newTarget) =>
    Reflect.construct(RealDate, given.length === 0 ? [RealDate.now() + shiftMs] : given, newTarget) as Date,
  apply: () => new RealDate(RealDate.now() + shiftMs).toString(),
  get: (target, key, receiver) =>
    key === "now" ? () => RealDate.now() + shiftMs : (Reflect.get(target, key, receiver) as unknown),
});
