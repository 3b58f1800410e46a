/**
 * How people ask in Spanish and Portuguese not to be messaged any more. Patterns read clauses of
 * replyText.ts, joined by " | ", in which `não`, `quero`, `mais`, `receber`, `mensagem`, `meu` and their like
 * are written as in Spanish, so that one pattern serves both.
 */

const STOPS = " *(?:\\||$)";
const END = `(?=${STOPS})`;

/** Things that are sent. */
const SENT =
  "(?:mensajes?|mensajitos?|sms|correos?|e ?mails?|mails?|whats\\w*|wpp|zaps?|spam|publicidad\\w*|propagandas?|promo\\w*|ofertas|notificac\\w*|avisos|anuncios?|llamadas?|llamados|ligac\\w*|comunicac\\w*|comunicados?|marketing|cadenas|textos?|boletin\\w*|newsletters?|novidades|novedades|cobranzas?|chatarra|basura|lixo)";
const NOTHING = "(?:nada|ningun\\w*|nenhum\\w*)";

/** `escriban`, `manden`, `envíen` …: what somebody is told not to do, in both languages, with b for v. */
const DO =
  "(?:es[ck]ri[bv]a(?:n|s|is)?|escre[bv]a[m]?|mand(?:e|en|es|em|eis)|en[bv]i(?:e|en|es|em|eis)|contact(?:e|en|es|em)|contate[m]?|llam(?:e|en|es)|molest(?:e|en|es|em)|fastidi(?:e|en|es)|chingu(?:e|en|es)|insist(?:a|an|as|am)|acos(?:e|en|es)|hostigu(?:e|en|es)|mensaje(?:e|en|es)|spame(?:e|en|es)|incomode[m]?|perturbe[m]?|importune[m]?|ligue[m]?|entre[m]? (?:mas )?em contacto)";
/** The same for verbs that mean something else without an object. */
const DO_ME =
  "(?:habl(?:e|en|es)|busqu(?:e|en|es)|marqu(?:e|en|es)|chame[m]?|encha[m]?|hinch(?:e|en|es)|jod(?:a|an|as)|fod(?:a|am)|amole[m]?|procure[m]?)";
const TO_DO =
  "(?:es[ck]ri[bv]ir|escre[bv]er|mandar|en[bv]iar|contactar|contatar|llamar|ligar|molestar|fastidiar|joder|chingar|insistir|acosar|hostigar|perturbar|incomodar|encher|amolar|importunar|spamear|chamar|entrar em contacto|bombardear|mensajear|estar (?:mand|es[ck]ri|llam|molest|en[bv]i|jod)\\w+)";
const DOING =
  "(?:es[ck]ri[bv]iendo|escre[bv]endo|mandando|en[bv]iando|contactando|llamando|ligando|molestando|fastidiando|jodiendo|chingando|insistiendo|insistindo|acosando|hostigando|perturbando|incomodando|enchendo|mandandome)";
const TO_ME = "(?:me(?:l[oa]s?)?|nos)?\\b";

/** A limit on hours or on how often is no opt-out. */
const LIMIT =
  "(?:tan|tanto|tantos|tantas|tantos|tao|antes|despues|depois|a esta|a estas|a essa|est[ae]s? horas?|ess[ae]s? horas?|de noche|a noite|de madrugada|(?:por|en|a|de) la (?:noche|tarde|manana|madrugada)|los (?:domingos|sabados|fines|lunes)|a?os? (?:domingos?|sabados?|fins)|no domingo|el domingo|domingos|hasta|ate|mientras|enquanto|ahorita|agora|ahora no|hoy|hoje|todavia|aun|ainda|temprano|tarde|cedo|(?:en|em) horario|fuera de|fora d\\w|a las|as \\d+|\\d+ ?(?:am|pm|h|horas)|cada|toda hora|todos l?os dias|todo (?:el|o) dia|dos veces|varias veces|seguido|salvo|excepto|a menos|cuando|quando|entre semana)";
const UNLIMITED = `(?![^|]{0,40}\\b${LIMIT}\\b)`;
/** `no me manden la factura`, `não me envie o boleto` are about that thing. */
const NO_THING = `(?! (?:(?:el|la|los|las|un|una|mi|mis|ese|esa|esse|essa|os|as|um|uma|su|sus) (?!(?:\\w+ )?${SENT}|nada)|[oa] (?:boleto|fatura|conta|pedido|codigo|link|foto|localiz|endereco|comprovante|nota|produto|encomenda)|(?:audios?|fotos?|videos?|imagen\\w*|documentos?|facturas?|links?|stickers?|a la puerta)\\b))`;
const NO = "(?:no|ni|nunca|jamas|jamais|n)";
const WANT =
  "(?:quiero|quisiera|queria|deseo|desejo|necesito|preciso|acepto|aceito|permito|autorizo|consiento|consinto|queremos|deseamos|gustaria|gostaria de|gostaria|me interesa|tengo interes en|estoy interesad[oa] en|tenho interesse em)";

/** Verbs of taking somebody out of a list. */
const TAKE =
  "(?:quit|saqu|sac|elimin|[bv]orr|remue[bv]|remo[bv]|retir|suprim|exclu[iy]?|desuscri[bv]|desinscri[bv]|tir|apagu?|delet|descadastr|bloque|desvincul)";
const MINE =
  "(?:(?:a |el |o |os |todos |todas |ya |logo )*(?:mi|mis|este|esse|ese) (?:numero|contacto|contactos|nombre|nome|telefono|celular|datos|dados|correo|email|e mail|info\\w*|registro|cadastro|whatsapp))";
const NOT_A_THING =
  "(?! (?:el|la(?! lista)|los|las|un|una|unos|um|uma|ese|esa|este(?! (?:grupo|chat|numero))|esta(?! lista)|eso|de (?:una |la |esta |mi )?dudas?|d[ae]s? duvidas?|mi(?! (?:numero|contacto|nombre|telefono|celular|datos|correo))|su(?! lista))\\b)";
const OUT_OF =
  "(?:de (?:aqui|ahi|esto|eso|est[ae]|es[ae]|la lista|su lista|sus? (?:base|lista|contactos|registros|difusion)|la base|las listas?|el grupo|todo)|d[aeo]s? (?:grupo|lista|base|cadastro)|dess[ae]s?|dest[ae]s?|diss?o|daqui)";

/** Giving up a plan or a service is no opt-out, and low things are no list. */
const NOT_A_PLAN =
  "(?! (?:calidad|resolucion|temporada|presion|tension|velocidad|temperatura|estatura|gama)\\b)(?!(?: \\w+){0,3} (?:plan|linea|servicio(?! de (?:mensaj|sms|whats|notif))|contrato|cuenta|poliza|tarjeta|internet|membresia|seguro|gimnasio|matricula|curso|precio)\\b)";

export const SPANISH: readonly string[] = [
  // no me escriban más …
  `\\b${NO} (?:mas )?(?:(?:me|nos|le|les) )?(?:mas )?${DO}\\b${NO_THING}${UNLIMITED}`,
  `\\b${NO} (?:mas )?(?:me|nos) (?:mas )?${DO_ME}\\b${NO_THING}${UNLIMITED}`,
  `\\b${NO} (?:mas )?(?:(?:me|nos) )?(?:(?:vuel[bv]a[ns]?|vuelba[ns]?|volte[m]?|torne[m]?) a|sig(?:a|an|as)|continue[m]?|ande[ns]?|este[ns]?|fique[m]?) (?:me )?(?:${TO_DO}|${DOING}|a llamar|hablar)${TO_ME}${NO_THING}${UNLIMITED}`,
  `\\b${NO} (?:me |nos )(?:manda|en[bv]ia|escre[bv]e|escribe|liga|chama|perturba|incomoda|enche|llama|procura)\\b[^|]{0,25}\\bmas\\b${UNLIMITED}`,
  `(?:^|\\| )no (?:manda|en[bv]ia|liga|escre[bv]e) mas(?: nada)?${END}`,
  `\\b(?:pedi|pedido|dije|dicho|falei|disse|avisei)\\b[^|]{0,20}\\b(?:pra|para|que|de) (?:parar|parem|paren|pararan|dejaran de|no (?:mas )?(?:me )?${TO_DO})\\b`,
  `\\bno (?:jod(?:an|as?)|fod(?:a|am)) mas\\b`,
  `\\bno (?:enche|perturba|incomoda|chinga|fode)${END}`,
  `(?<!\\b(?:para|pra|por|puedo|pude|podia) )\\bno (?:(?:mas|me|nos|volver a|voltar a|seguir|continuar) )*${TO_DO}${TO_ME}(?:${END}| (?:mas|nada|please|a este|este|para|gracias|nunca|numero|${SENT}))${UNLIMITED}`,
  // dejen de …, para de …
  `(?<!\\b(?:no|nunca|ni|voy a|vou|puedo|sin) )\\b(?:dejen|deje|dejes|deja|dejad|dejar|dejaran|dejarian|paren|pare|parem|para|parar|paran|eviten?|evitar|basta|cesen|cese|deixe[m]?|deixa|deixar|chega|dejense|dejate) (?:ya )?de (?:me |nos )?${TO_DO}${TO_ME}${UNLIMITED}`,
  `\\b(?:eviten?|evitar|favor de no|abst(?:eng|en)\\w+ de) (?:me )?${TO_DO}${TO_ME}${UNLIMITED}`,
  `(?<!\\bno )\\b(?:dejar|deixar|dejo|deixo|parar|paro) de recibir\\b(?! (?:el|la|mi|o|a) (?!${SENT}))`,
  `(?<!\\bno )\\b(?:basta|chega|para|paren|parem|pare) (?:ya )?(?:de|com|con) (?:tant[oa]s? |ess?[ae]s? |est[ae]s? |l?[oa]s )?(?:${SENT}|esto|isso|eso)\\b`,
  // ya no quiero recibir …
  `\\b${NO} (?:me )?${WANT} (?:\\w+ ){0,3}?(?:recibir|seguir recibiendo|continuar recebendo|recibiendo)\\b(?! (?:el|los|las|mi|o|os|um|uma|su|este|esta) (?!(?:\\w+ )?${SENT})| la (?!publicidad|info)| [oa] (?:pedido|produto|boleto|encomenda))${UNLIMITED}`,
  `\\b${NO} (?:me )?${WANT} (?:mas )?(?:de )?(?:(?:sus|seus|suas|esos|estos|esses|estes|essas|estas|tus|tuas|que haya|ver|tener|ter|recibir|ningun|nenhum|nenhuma) )*(?:mas )?(?:mensajes?|sms|spam|publicidad|propagandas?|promo\\w*|ofertas|correos|e ?mails?|llamadas|ligac\\w+|notificac\\w+|avisos|whats\\w*|marketing|contacto)\\b(?! (?:de voz|de audio))${UNLIMITED}`,
  `\\b${NO} (?:me )?${WANT} (?:mas )?que (?:(?:me|nos|ustedes|voces|uds|voce|usted|mas|no) )*(?:(?:vuelvan a|sigan|continuem) )?(?:${DO}|${DO_ME}|${TO_DO}|${DOING})${TO_ME}${UNLIMITED}`,
  `\\b${NO} (?:me )?${WANT} (?:mas )?(?:saber|nada) (?:mas )?(?:nada )?(?:mas )?(?:de|con|com) (?:ustedes|uds|voces|voce|usted|ti|vos|esta empresa|su empresa)`,
  `\\b${NO} ${WANT} (?:mas )?(?:ser|estar|seguir|continuar|pertenecer|participar|hacer parte|fazer parte|figurar) (?:contactad\\w|molestad\\w|incomodad\\w|contatad\\w|llamad\\w|[^|]{0,15}\\b(?:listas?|base|grupo)\\b)`,
  `\\b${NO} autorizo (?:\\w+ ){0,2}?(?:uso|tratamiento|tratamento|manejo|envio|contacto|que me)\\b|\\bno autorizo(?: nada| please)?${END}`,
  // quítenme de la lista …
  `\\b(?<!\\b(?:no|nunca|jamas|ni|nem) (?:me |nos |vayan a |vao )?)${TAKE}(?:a|e|en|an|ad|ar|ir|er|em|i|as|es)?(?:me|nos)\\b${NOT_A_THING}`,
  `(?<!\\b(?:no|nunca|jamas|ni|nem) )\\bme (?:(?:pueden?|puedes|podrian?|podrias|pode[m]?|poderia[m]?|hacen el favor de|quieren?) )?(?:ya )?(?!\\w+(?:aron|ieron|aram|ou|aste|aba|ado|ando)\\b)(?:${TAKE}\\w{0,4}|salgo|salir) (?:(?:ya|logo|please|ahora|agora|mas|mesmo) )*${OUT_OF}`,
  `(?<!\\b(?:no|nunca|jamas|ni|nem) )\\bme (?:descadastr\\w+|desuscri[bv]\\w+|desinscre[bv]\\w+|exclu[ia]\\w*|remo[bv]a[nm]?|tire[m]?|saquen?|borren?|eliminen?|quiten?|bloqueie[m]?|bloqueen?)${END}`,
  `\\b(?:${TAKE}(?:a|e|en|an|ad|ar|ir|er|em|i|as|es|am|uem|ue|ia|ie|iem)?|olviden|olvidense de|esque[cs]a[m]?|pierdan|perca[m]?|descart\\w+) ${MINE}\\b`,
  `(?<!\\b(?:no|nunca|jamas|ni|nem) (?:me |nos )?(?:vayan a |vao )?)\\b(?:${TAKE}\\w*|salir\\w*|sair|sal[gi]\\w*|fuera|fora) [^|]{0,25}\\b(?:listas?(?! de espera)|base de da[td]os)\\b`,
  `\\b(?:quiero|deseo|quisiera|necesito|como)\\b[^|]{0,25}\\b(?:salir|salirme|salgo|sair|saio|salir) (?:ya )?${OUT_OF}`,
  `\\b(?:quiero|deseo|quisiera|prefiero) (?:me )?(?:salir(?:me)?|sair|parar)${END}`,
  // darse de baja …
  `(?<!\\b(?:no|nunca|jamas|ni|nem) (?:me |nos )?(?:vayan a |vao )?(?:den? |dan |dar |des )?)\\b(?:(?:dar(?:me|nos|se)?|den(?:me|nos)?|deme|dame|dan|doy|da) (?:\\w+ )?(?:de )?|(?:quiero|solicito|solicitud de|pido|deseo) (?:la |mi |de )*|mi |de )(?:[bv]aja|baixa)\\b${NOT_A_PLAN}`,
  "(?:^|\\| )[bv]aja (?:de|del|a) (?:la |el |los |su |sus |mi )*(?:lista|mensajes?|sms|servicio de (?:mensaj|sms|whats|notif)\\w*|base|publicidad|notificac\\w*)\\b",
  "(?<!\\b(?:no|nunca|nem) (?:me )?)\\b(?:de[sz]{1,2}u[bn]?s?cri[bv]\\w*|desinscri[bvp]\\w*|desinscre[bv]\\w*|descadastr\\w*)\\b",
  `\\b(?:cancel\\w+|deteng\\w+|detener|suspend\\w+|paren|parem|pare|parar|desacti[bv]\\w+|interromp\\w+|eliminar|eliminen|quiten) (?:(?:de|el|o|la|los|las|as|os|todos|todas|estos|essas|esses|sus|suas|tus|mis|mi|envio de|suscripcion a|recibir|ya) ){0,4}(?:mensajes?|sms|notificac\\w+|publicidad|spam|propagandas?|recebimento|boletin\\w*|newsletter)\\b${UNLIMITED}`,
  `^(?:please )?cancel(?:ar|en|o|a|e) (?:(?:la|mi|a|minha) )?(?:suscripcion|inscripcion|inscricao|cadastro)(?: please)?$`,
  // déjenme en paz …
  "\\b(?:detener|detengan|parar|parem|paren|suspender|suspendan) (?:(?:las|los|as|sus|tus|de) ){0,2}(?:promociones|promocoes|ofertas|promos)\\b",
  `(?:^|\\| )(?:ya )?no (?:mas )?recibir(?: mas)?(?: ${SENT})?${END}`,
  `\\balto (?:a|con|de) (?:los |las |esos |estos |sus |tantos )?${SENT}\\b`,
  `\\b(?:gostaria|quisiera|quiero|prefiero|prefiro|agradeceria) (?:de |que )?no (?:mas )?(?:recibir|me (?:${DO}|${DO_ME}))\\b${UNLIMITED}`,
  `\\bno (?:les?|los|os|lhes?) (?:he |hemos )?autoriz\\w+ (?:a )?(?:es[ck]ri|mand|en[bv]i|contact|llam)`,
  "\\bdej[ae](?:n|d)?(?:me|nos) (?:ya )?(?:en paz|tranquil\\w+|quiet\\w+)|\\bme (?:deixa|deixe|deixem|dejan|dejen|deja|deje) (?:em|en) paz\\b|\\bdeixa (?:eu|a gente) em paz\\b|\\bme (?:deixa|deixe|deixem) (?:quiet\\w|tranquil\\w)",
  // consentimiento …
  "\\b(?:supresion|eliminacion|borrado|exclusao) de (?:todos )?(?:l?os )?mis da[td]os\\b",
  "\\b(?:revoc\\w+|retir(?:o|ar|amos)|revog\\w+|anul(?:o|ar)|cancel(?:o|ar)) (?:\\w+ ){0,3}?(?:consentim\\w+|autorizac\\w+|permiso|permissao)\\b",
  "\\bno (?:les |le |os |lhes? )?(?:doy|dou|otorgo|tienen?|tem|teem|cuentan con) (?:\\w+ ){0,2}?(?:consentim\\w+|autorizac\\w+|permiso|permissao)\\b",
  // no más mensajes …
  `\\b(?:${NO}|nada de|cero|sin|sem) (?:un |otro |uma? )?mas (?:de )?(?:\\w+ )?(?:${SENT}|contacto)\\b${UNLIMITED}`,
  `(?:^|\\| )(?:please |favor |hola )?(?:no|nada de|cero|sin|sem|chega de) (?:mas )?(?:publicidad|spam|propagandas?|promos|promociones|promocoes|marketing|mensajes)(?: please| gracias)?${END}`,
  `(?:^|\\| )(?:ya |please )*no mas(?: (?:please|gracias|ya|obrigad\\w|nada))*${END}`,
  `(?:^|\\| )(?:ya basta|basta ya|ya paren|paren ya|para ya|ya para|parem ja|para con eso|para com isso)(?: (?:please|gracias|ya))*${END}`,
  `\\b(?:ni|nem) (?:un|uma?|mas) (?:\\w+ ){0,2}?(?:${SENT})\\b`,
  `\\b${NO} ${WANT} (?:\\w+ )?mas ${NOTHING}? ?(?:de (?:ustedes|voces|esto))`,
  // cómo …
  `\\bcomo (?:tiro|quito|[bv]orro|elimino|saco|retiro|removo|apago|excluo) ${MINE}`,
  "\\bme (?:esquece|esquecam?|olviden|olvidan)(?= *(?:\\||$))|\\bolvid(?:enme|ense de mi)\\b",
  "\\b(?:[bv]orr|elimin)(?:ar|en|e) (?:el|este|ese|o) (?:numero|contacto)\\b",
  `\\bcomo me (?:borro|salgo|quito|elimino|retiro|saio|tiro|removo|descadastro)${END}`,
  `\\bcomo\\b[^|]{0,30}\\b(?:cancel\\w+|deteng\\w+|detener|deja?r? de|dejo de|deixar? de|deixo de|par[oae]r? de|par[oa]r?|desacti[bv]\\w+|quit\\w+|elimin\\w+|bloque\\w+|evit\\w+|tir\\w+) (?:\\w+ ){0,3}?(?:recibir|mensajes?|sms|notificac\\w+|publicidad|spam|propagandas?|promo\\w*)\\b`,
  `\\bcomo\\b[^|]{0,25}\\b(?:para que|pra|para|que) (?:ya )?(?:no me|dejen de|parem? de|no) (?:${DO}|${TO_DO}|${DO_ME}|recibir)`,
];

/** A threat about the next message: one of these must hold, and a word of THREAT somewhere. */
export const SPANISH_NEXT: readonly string[] = [
  `\\bsi (?:(?:me|nos|te|les?|ustedes|usted|uds) )*(?:vuel[bv]e[ns]?|vuelben) (?:a )`,
  `\\bsi (?:(?:me|nos|ustedes|usted|uds) )*(?:sig(?:ue|uen|ues)|continu\\w+|insist\\w+|mandan?|escriben?|llaman?|en[bv]ian?|molestan?)\\b`,
  `\\bsi (?:me llega|recibo|me vuelve a llegar)\\b[^|]{0,20}(?:otro|otra|mas|uno)`,
  "\\bse (?:\\w+ ){0,3}?(?:mandar\\w*|en[bv]iar\\w*|ligar\\w*|insistir\\w*|escre[bv]er\\w*|continuar\\w*|perturbar\\w*|recibir)\\b",
  "\\ba la proxima\\b|\\b(?:la )?(?:proxima|otra|prox) (?:vez|ves) que (?:me|nos)\\b|\\bda proxima vez\\b",
  `\\b(?:un|otro|otra|proximo|proxima|mas um|mas uma|outra|outro) (?:\\w+ )?${SENT}\\b`,
];

/** Somebody asks for a person who has died. */
export const SPANISH_DEATH =
  "\\b(?:fallecio|ha fallecido|fallecid[oa]|murio|ha muerto|esta muert[oa]|difunt[oa]|finad[oa]|ya no (?:esta con nosotros|vive entre)|faleceu|morreu|falecid[oa]|ja e falecid\\w)\\b";
