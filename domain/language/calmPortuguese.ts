import type { Swap } from "./calmWords.ts";

/** What an advertisement says loudly, and what says the same calmly; the first that fits a place has it. */
export const PORTUGUESE: readonly Swap[] = [
  [
    /(?<!\p{L})(?:compre|pe[çc]a|garanta|reserve|ligue|inscreva-se|assine) (?:j[aá]|agora)(?: mesmo)?(?= *(?:[.!?,]|$))/giu,
    "peça quando quiser",
  ],
  [
    /(?<!\p{L})(?:compre|pe[çc]a|garanta|reserve|resgate|solicite) (?:j[aá]|agora)(?: mesmo)? /giu,
    "você pode pedir ",
  ],
  [/(?<!\p{L})(?:ligue|escreva|acesse|entre) (?:j[aá]|agora)(?: mesmo)?(?!\p{L})/giu, "fale conosco"],
  [
    /(?<!\p{L})clique aqui (?:para (?:ver |ter |obter |receber |resgatar |ganhar )?|e (?:ganhe|receba|resgate|garanta) )/giu,
    "aqui você vê ",
  ],
  [
    /(?<!\p{L})clique (?:j[aá] |agora )?(?:aqui:? ?|n[oe] (?:link:? ?)?|neste link:? ?|em )?(?=[\uE000-\uF8FF])/giu,
    "está em ",
  ],
  [/(?<!\p{L})clique (?:j[aá] |agora )?aqui(?!\p{L})/giu, "está aqui"],
  [/(?<!\p{L})clique e (?:ganhe|receba|resgate|garanta)(?!\p{L})/giu, "aqui você vê"],
  [/(?<!\p{L})(?:oferta|promo[çc][aã]o|promo) por tempo limitado(?!\p{L})/giu, "disponível por alguns dias"],
  [/(?<!\p{L})tempo limitado(?!\p{L})/giu, "alguns dias"],
  [
    /(?<!\p{L})(?:é a |é sua |sua |a )?[uú]ltima (?:chance|oportunidade) (?:de|para)(?!\p{L})/giu,
    "ainda dá para",
  ],
  [/(?<!\p{L})(?:é a |é sua |sua |a )?[uú]ltima (?:chance|oportunidade)(?!\p{L})/giu, "termina em breve"],
  [/(?<!\p{L})[uú]ltimas (?=unidades|pe[çc]as|vagas)/giu, "restam poucas "],
  [/(?<!\p{L})[uú]ltimos (?=lugares|dias|ingressos)/giu, "restam poucos "],
  [/(?<!\p{L})(?:s[oó]|somente|apenas) hoje(?!\p{L})/giu, "válido hoje"],
  [/(?<!\p{L})n[aã]o perca(?: tempo)?(?= *(?:[.!,]|$))[ ,]*/giu, ""],
  [/(?<!\p{L})n[aã]o perca /giu, "conheça "],
  [/(?<!\p{L})(?:aproveite|corra|apresse-se)(?: (?:j[aá]|agora|hoje mesmo))?(?= *(?:[.!,]|$))[ ,]*/giu, ""],
  [/(?<!\p{L})aproveite (?=[\uE000-\uF8FF])/giu, "temos "],
  [/(?<!\p{L})aproveite(?: j[aá])? /giu, "conheça "],
  [/(?<!\p{L})antes que (?:acabem?|esgotem?|terminem?)(?!\p{L})/giu, "enquanto houver"],
  [/(?<!\p{L})urgente(?!\p{L})/giu, "importante"],
  [/(?<!\p{L})(?:voc[eê] )?ganhou(?!\p{L})/giu, "temos para você"],
  [/(?<!\p{L})ganhe(?!\p{L})/giu, "receba"],
  [/(?<!\p{L})(?:voc[eê] )?foi selecionad[oa](?: para)?(?!\p{L})/giu, "pensamos em você para"],
  [/(?<!\p{L})resgate (?=seu|sua|o |a )/giu, "peça "],
  [/(?<!\p{L})(?:pr[eê]mio|brinde)(s?)(?!\p{L})/giu, "presente$1"],
  [/(?<!\p{L})parab[eé]ns(?!\p{L})/giu, "boas notícias"],
  [/(?<!\p{L})(?:totalmente |completamente |é )?gr[aá]tis(?!\p{L})/giu, "sem custo"],
  [/(?<!\p{L})garantid[oa]s?(?!\p{L})/giu, "com respaldo"],
  [/(?<!\p{L})exclusiv[oa](s?)(?!\p{L})/giu, (_, s: string) => (s ? "especiais" : "especial")],
  [/(?<=[\uE000-\uF8FF]) de desconto(?!\p{L})/giu, " a menos"],
  [/(?<!\p{L})(?:super |grandes? |incr[ií]ve(?:l|is) )?desconto(s?)(?!\p{L})/giu, "abatimento$1"],
  [/(?<!\p{L})(?:super |grandes? |incr[ií]vel )?(?:oferta|promo[çc][aã]o|promo)(?!\p{L})/giu, "proposta"],
  [
    /(?<!\p{L})(?:super |grandes? |incr[ií]veis )?(?:ofertas|promo[çc][oõ]es|promos)(?!\p{L})/giu,
    "propostas",
  ],
  [/(?<=(?:^|[.!\n] ?))(\p{L}{4,}) (?:j[aá]|agora)(?! que| n[aã]o)(?!\p{L})/giu, "$1"],
];
