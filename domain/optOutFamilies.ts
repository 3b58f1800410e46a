/**
 * Whole families of asking to be left out: verbs of taking away times what is taken (number, name, data, place
 * in a list), ways of getting rid of somebody, and announcements that one leaves. In three languages, over the
 * plain form of replyText.ts (where Portuguese `meu`, `mais`, `contato` are written as in Spanish). Unlike
 * optOutEnglish.ts and optOutSpanish.ts, which go by what people are used to say, these go by what can be said.
 */

const END = "(?= *(?:\\||$))";
/** Nobody is asked for what is denied: `don't ever remove me`, `no me vayan a borrar`. */
const NOT_DENIED =
  "(?<!\\b(?:dont|never|not|cant|didnt|wont|no need to)(?: (?:you|ever|please|dare|even)){0,2} )";
const NO_DENIAL =
  "(?<!\\b(?:no|ni|nem|nunca|jamas)(?: (?:me|nos|vayan a|vao|se les ocurra|pensem em|fueron a|quiero que|pueden)){0,2} )";

const OUT =
  "(?:remove|delete|erase|wipe|purge|drop|scratch|strike|scrub|cross|strip|expunge|clear|unlist|unenroll|un enroll|deregister|unregister|exclude|destroy|shred)";
const WHOSE =
  "(?:my|our|this|that|his|her|the|mine|(?:my|our) (?:late )?(?:moms?|mothers?|dads?|fathers?|husbands?|wifes?|wife|sons?|daughters?|kids?|brothers?|sisters?|grandmas?|grandpas?|grandmothers?|grandfathers?|parents?))";
const MARK =
  "(?:number|num|digits|name|contact|contacts|cell|mobile|phone|phone number|cell number|personal data|personal info\\w*|data|info|information|details|profile|record|records|line)";
/** Not a list of guests or a booking, not an account. */
const NOT_ELSEWHERE =
  "(?![^|]{0,30}\\b(?:tonights?|\\d+[ap]m|yoga|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|tomorrows?|wait ?list|waiting|schedule|appointment|reservation|booking|order|cart|team|shift|calendar|guest|class|session|lease|autopay|slot|policy|account|bill|invoice|insurance|visit|tour|deed|will|title|photo|picture|post|car|tree|wall)\\b)";
const SENDINGS =
  "(?:texts?|texting|messages?|messaging|alerts?|blasts?|mailings?|list|chat|group|thread|chain|database|system|records|files?|roster|rotation)";

const ENGLISH: readonly string[] = [
  `${NOT_DENIED}\\b${OUT} ${WHOSE} (?:\\w+ )?${MARK}\\b${NOT_ELSEWHERE}(?:${END}| (?:off|from|out|please|now|right|asap|immediately|completely|you|on|thanks|thank|and|today|already)\\b)`,
  `${NOT_DENIED}\\b(?:exclude|omit|exempt|unenroll|un enroll|deregister|unregister|unlist|unsubscribe) (?:me|us|this number|my number)\\b${NOT_ELSEWHERE}`,
  `${NOT_DENIED}\\b(?:take|get|pull|cut|keep) ${WHOSE} (?:\\w+ )?(?:number|digits|name|cell|mobile|phone|contact|info|data)(?: number)? (?:off|out|away)\\b${NOT_ELSEWHERE}`,
  `\\b(?:lose|loose|forget|ditch|burn|shred|toss|trash|bin|destroy|unlearn)(?: you (?:ever )?(?:had|have|know))? (?:my|this|our|that) (?:\\w+ )?(?:number|digits|contact|info|name|cell)\\b`,
  `${NOT_DENIED}\\b(?:get|let|leave|count|cut|drop|keep|take) (?:me|us) (?:off|of|out|out of|off of|from)${NOT_ELSEWHERE} (?:of )?(?:this|these|your|the|those|that|all) (?:\\w+ )?${SENDINGS}\\b${NOT_ELSEWHERE}`,
  `(?:^|\\| )(?:(?:and|please|so|just|kindly|now|ok|then) )*(?:(?:remove|unenroll|delete)(?: (?:it|me|us|this))?|(?:lose|forget) (?:me|us))(?: (?:please|now|asap|immediately|thanks|thank you))*${END}`,
  `\\b(?:number|contact|info)\\b[^|]*\\| ?(?:now |please |just |so )*(?:delete|remove|lose|erase|forget|take|get) (?:it|me|this|that)(?: (?:off|out|now|please))*${END}`,
  `\\b(?:how|where|way|what)\\b[^|]{0,30}\\b(?:leave|exit|quit|escape|get (?:off|out) of|get rid of|be rid of|drop out of|be free of|get away from) (?:this|these|your|those|the|you|all)? ?(?:\\w+ )?(?:text\\w*|messages?|list|chain|thread|group|alerts?|people|guys|spam|ads|promos?|blasts?|notifications?)\\b`,
  `\\bno (?:need|reason) (?:for you )?to (?:keep |continue )?(?:text|texting|message|messaging|contact|contacting|write|writing|email|emailing) (?:me |us )?(?:any ?more|any longer|again|further)\\b`,
  `\\bno (?:need|reason) (?:for you )?to keep (?:me|us|this number|my number) on\\b`,
  "\\bdont (?:ever )?(?:hit me up|reach out(?: to me)?|follow up|hmu)(?: (?:again|anymore|ever|please)|(?= *(?:\\||$)))",
  "\\b(?:never|dont) (?:ever )?(?:text|message|contact) (?:this|my) (?:phone|number|cell)\\b",
  "\\b(?:texts|messages|alerts|notifications) (?:have to|gotta|got to|must|need to) (?:go|stop|end)\\b",
  "\\bright (?:to|of) (?:be forgotten|erasure|deletion|object)\\b",
  "\\b(?:erase|delete|remove|destroy|purge|wipe) (?:(?:all|any|every|the|my|of|personal|piece) )*(?:data|info|information|records|details)\\b[^|]{0,15}\\b(?:you|on me|about me|of mine)\\b",
  "\\b(?:request|demand|want)\\b[^|]{0,20}\\b(?:deletion|erasure|removal) of (?:all |any )?(?:my|this|our)\\b",
  `\\b(?:mute|silence|disable|deactivate|kill) (?:(?:me|the|these|my|this|all|your) )+(?:texts|alerts|notifications|messages|reminders|number)\\b`,
  `\\bwhy (?:do|are|am|dont|r|is)\\b[^|]{0,30}\\b(?:keep|still)\\b[^|]*\\| ?(?:i (?:already )?(?:said (?:no|stop)|told you|asked)|remove|stop|take me|no more)`,
  "\\bkeep (?:it up|texting|messaging|sending)(?: me)? and (?:ill|i will|see|you|we|watch)\\b",
];

const TAKE =
  "(?:quit|kit|saqu|sac|elimin|[bv]orr|remue[bv]|remo[bv]|retir|suprim|exclu[iy]?|tir|apagu?|delet|descadastr|desvincul|tach|tarj|risqu|risc|depur|desafili|desregistr|desapunt|deslist|desinscre[bv]|desuscri[bv])";
const ENDING = "(?:a|e|en|an|ad|ar|ir|er|em|i|o|as|es|am|uem|ue|ia|ie|iem|a[rs])?";
const NAMED =
  "(?:numero|num|numerito|contacto|nombre|nome|telefono|celular|linea|linha|wasap|whats\\w*|zap|chip|fono|datos|dados|registro|cadastro|ficha|perfil|info\\w*|correo|email)";
const OF_MINE = `(?:(?:a |el |o |os |los |todos |todas |ya |logo |please )*(?:(?:mi|mis|este|esse|ese|aquele|nuestro|nosso) ${NAMED}|(?:numero|contacto|telefono|celular|nombre|nome) (?:de |del |do |da |d[eo] )?(?:mi \\w+|dueno anterior|antiguo dueno|antigo dono|ele|ela|el|ella)))`;
const OFF_LIST =
  "(?:de (?:aqui|ahi|alli|esto|eso|est[ae]s?|es[ae]s?|l?a lista|(?:la |su |sus |esa |esta |todas? )*(?:lista|listas|base|contactos|registros|difusion|agenda|libreta|sistema|mensajes|promo\\w*|avisos|publicidad)(?! de (?:espera|convidados|invitados|hoy|hoje|lunes|sabado|domingo))|una vez)|del (?:grupo|sistema|listado|chat|canal)|d[aeo]s? (?:grupo|lista|base|cadastro|mensajes|avisos|promo\\w*)(?! de espera)|dess[ea] (?:lista|grupo)|diss?o|daqui|dai|dali|fora)";
const SENT_HERE =
  "(?:mensajes?|sms|publicidad|propagandas?|promo\\w*|ofertas|avisos|notificac\\w*|alertas|correos|spam|marketing|textos?|recordatorios|lembretes|envios?)";
const WRITE =
  "(?:es[ck]ri[bv]\\w+|escre[bv]\\w+|mand\\w+|en[bv]i\\w+|contact\\w+|contat\\w+|a[bv]is\\w+|notific\\w+|insist\\w+)";

const SPANISH: readonly string[] = [
  `${NO_DENIAL}\\b${TAKE}${ENDING} ${OF_MINE}\\b(?![^|]{0,25}\\b(?:reunion|reuniao|lista de (?!difus|trans|mensaj|promo|env|contact)\\w+|cita|consulta|agenda de|factura|pedido|cuenta|conta|plan|plano|poliza|seguro|clase|aula|tour|reserva|turno|reclame|serasa|buro|viejo|antiguo por|velho)\\b)`,
  `${NO_DENIAL}\\b(?:tach|kit|tarj|depur|desafili|desregistr|desapunt|deslist|risqu)${ENDING}(?:me|nos)\\b`,
  `${NO_DENIAL}\\bme (?:[bv]orr(?:an|e|en|a)|sac(?:a|an)|saqu(?:e|en)|quit(?:a|an|en|e)|tir(?:a|e|em|am)|remo[bv](?:a|am|e)|exclu(?:i|a|am)|elimin(?:a|an|e|en|em)|apagu?(?:a|e|em)|delet(?:a|e|em)|tach(?:a|an|en)|risc(?:a|am)) (?:(?:ya|logo|please|ahora|agora|mas|mesmo) )*(?:${OFF_LIST}|${END})(?<!\\bque (?:ya )?me \\w+ *)`,
  `\\b(?:olviden|olviden?se de|olvidate de|olvide|olvida|esque[cs]a[m]?|esque[cs]e|pierda[n]?|perca[m]?|perde) ${OF_MINE}\\b`,
  `\\b(?:olviden?se(?: de)?|esque[cs]a[m]?|esque[cs]e) que (?:yo |eu )?existo\\b|\\bolviden?se de (?:mi|nosotros)${END}`,
  `\\b(?:como|donde|onde|aonde)\\b[^|]{0,25}\\b(?:(?:me )?(?:li[bv]r[oe]|deshago|desago)|librarme|librar me|deshacerme|me li[bv]rar) d(?:e|as|os|iss?o|ess\\w+|est\\w+)\\b(?! (?:la|las) (?:deuda|mancha|multa))`,
  `\\b(?:como|donde|onde|aonde) (?:(?:que|eu|yo|le|hago|para|faco|pra|fazer|se|es que|puedo|posso|podria|q) )*(?:me )?(?:salgo|salirme|salir|saio|sair|sai|[bv]orro|[bv]orrarme|quito|quitarme|tiro|desinscre[bv]o|desuscri[bv]o|desuscri[bv]irme|descadastro|doy de baja)(?: ${OFF_LIST}|${END})`,
  `\\b(?:onde|donde|aonde|como) (?:\\w+ )?(?:cancel[oa]|desacti[bv]o|desati[bv]o|apago|silencio|desligo|paro|corto|quito) (?:isso|isto|esto|eso|(?:est[ao]s|ess[ae]s|esos|esas|los|las|os|as|sus) ${SENT_HERE})\\b`,
  `\\b(?:ya no|no(?=[^|]*\\bmas\\b)) (?:me )?(?:(?:hace falta|es necesario|precisa[m]?|necesitan?|tienen? que|tem que) )(?:mas )?(?:que )?(?:(?:me|nos) )?(?:mas )?(?:(?:estar|seguir|ficar|continuar|sigan) )?${WRITE}(?!.*\\b(?:ja|ya) (?:me |lo )?(?:receb|recib|cheg|lleg|vi\\b|tengo|tenho|compr|llam))`,
  `\\b(?:prefiero|prefiro|preferi[ar]ia|quisiera|gostaria de|quiero) (?:ya )?no (?:mas )?(?:estar|seguir|continuar|figurar|aparecer) [^|]{0,20}\\b(?:listas?(?! de espera)|base|grupo)\\b`,
  `\\bdispenso (?:(?:as|os|los|las|sus|suas|seus|mas|essas|esses) )*${SENT_HERE}\\b`,
  `${NO_DENIAL}\\b(?:corten?|corta|chega de|basta (?:de|con|com)|pausen|acaben con|acaba com|saquen|tirem|quiten) (?:(?:ya|con|com|los|las|os|as|esos|esas|esses|essas|sus|seus|suas|su|tant[oa]s|todos?) )*${SENT_HERE}\\b(?! (?:de (?:voz|error))\\b)`,
  `\\b(?:sigan|sigue|continua|continuem|continuen) (?:${WRITE}|insist\\w+) (?:y|e|pra|para|que) (?:(?:ja|ya|yo|eu|los|les) )*(?:ver|vean|veran|veras|voy|vou|denunci\\w+|proces\\w+|demand\\w+)`,
  `\\b(?:por ?que|pq|xq)\\b[^|]{0,12}\\b(?:siguen|sigue|continuam?|continuan|seguem)\\b[^|]*\\b(?:dije|disse|pedi|falei|ja sai|di de baja|me sali)\\b`,
  `\\b(?:favor|please) (?:de )?(?:no|nao) (?:volver a |voltar a |mas )?(?:mas )?(?:en[bv]iar|mandar|es[ck]ri[bv]ir|escre[bv]er|contactar|contatar|molestar|insistir)\\b(?![^|]{0,30}\\b(?:tan|tanto|tao|hora|domingos?|sabados?|noche|noite|tarde|madrugada|antes|despues|depois|temprano|cedo|hasta|ate)\\b)`,
  "\\b(?:ejer\\w+|exer\\w+|solicit\\w+|pido|peco|exijo|requiero|con base|com base|conforme)\\b[^|]{0,45}\\b(?:habeas data|arco|lgpd|rgpd|supresion|eliminacion|exclusao|remocao|descadastro|apagamento|borrado|oposicion|oposicao)\\b(?!(?: \\w+){0,3} (?:cuenta|conta|pedido|cobr\\w+|multa|mancha|tatua\\w+|deuda|divida|cita|boleto)\\b)",
  `\\b(?:vaza|suma[m]?|some|larguense|desaparezcan|desaparece) (?:d[ao] mi (?:vida|celular|zap|telefono|whats\\w*)|daqui|de mi (?:vida|celular|telefono|cel))\\b`,
  `\\b(?:ve se )?me (?:erra[m]?|larga|larguem?)${END}|\\bsai(?:am)? do mi (?:pe|celular|zap|whats\\w*)\\b|\\blarg\\w+ d[eo] mi pe\\b`,
  `\\b(?:de )?baja (?:a |al |a este |a mi |mi |de mi |de este )(?:numero|celular|telefono|contacto|cel|nombre)\\b|\\bbaixa (?:no|do|em|a|de) (?:mi|esse|este) (?:numero|celular|telefono|contacto|nome|cadastro)\\b`,
  `\\b(?:me )?(?:retiro|salgo|saio) (?:ya )?d(?:el|e este|e esta|este|esse|o|a) (?:grupo|lista|chat|canal)\\b(?! de espera)`,
];

export const FAMILIES: readonly string[] = [...ENGLISH, ...SPANISH];

/** Lists that are none of messages. */
export const OTHER_LIST =
  /\b(?:listas? de (?:invitad|convidad|espera|asisten|presen|regalo|compra)|(?:guest|waiting|wait|attendance|shopping|tonights|tomorrows) ?list|waitlist)/;

/** Asks to stay: in a clause that holds one of these no rule sees an opt-out, nor does the model in the reply. */
export const KEEP = new RegExp(
  [
    "\\b(?:dont|never)(?: (?:you|ever|please|dare|even)){0,3} (?:remove|delete|drop|take|unsubscribe|forget|erase) (?:me|us|my)\\b",
    "\\b(?:dont|never)(?: (?:you|ever|please|dare|even)){0,3} stop (?:send|text|messag|shar|post|the|these)",
    "(?<!\\b(?:si|se) )\\b(?:no|nunca|jamas|ni|nem) (?:me |nos )(?:vayan a |vao |vayas a )?(?:quit|saqu|sac|[bv]orr|elimin|den de baja|tir|exclu|remo[bv]|descadastr|apagu|retir|olvid|esque)",
    "\\b(?:no|nunca) (?:(?:vayan a|vao) )?(?:dejen|dejes|deje|deixem|deixe|paren|pares|parem|pare) (?:nunca )?de (?:me )?(?:es[ck]ri|escre|mand|en[bv]i|a[bv]is|part|contact|notific)",
    "\\b(?:no|nunca) (?:vayan a|vai|vao|vayas a) (?:parar|dejar|deixar) de\\b|\\bno me l[ao]s (?:quit|saqu)",
    "\\b(?:no|nunca) (?:me )?(?:descadastrem|excluam|eliminen|[bv]orren|den de baja)\\b",
  ].join("|"),
);
