import { parsePhone, type Region } from "./phone.ts";

/**
 * Public registers of people who want no advertising, with the country their numbers are national in.
 * repep: Registro Público para Evitar Publicidad, kept by Profeco. Whoever is on it must not be sent advertising: Ley
 * Federal de Protección al Consumidor, arts. 18 and 18 bis
 * (https://www.diputados.gob.mx/LeyesBiblio/pdf/LFPC.pdf).
 */
export const SCRUB_LISTS = { repep: { region: "MX", law: "Mexico, REPEP" } } as const satisfies Record<
  string,
  { region: Region; law: string }
>;
export type ScrubSource = keyof typeof SCRUB_LISTS;
export const SCRUB_SOURCES = Object.keys(SCRUB_LISTS) as [ScrubSource, ...ScrubSource[]];

/** The canonical number that a line of such a register names; null where it names none, undefined where the line is blank or a header. */
export function readScrubLine(source: ScrubSource, line: string): string | null | undefined {
  if (!/\d/.test(line)) return undefined;
  for (const cell of line.split(/[,;|\t]/)) {
    const parsed = parsePhone(cell.replaceAll('"', "").trim(), SCRUB_LISTS[source].region);
    if (parsed.ok) return parsed.canonical;
  }
  return null;
}
