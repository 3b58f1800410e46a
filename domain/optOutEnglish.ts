/** How people ask in English not to be messaged any more. Patterns read clauses of replyText.ts, joined by " | ". */

/** Things that are sent, as one would call them when one is tired of them. */
const SENT =
  "(?:messages?|texts?|sms|e ?mails?|mails?|spam|spamming|calls|robocalls?|notifications?|alerts?|newsletters?|promos?|promotions?|promotional|ads?|advertis\\w+|marketing|offers|junk|crap|shit|bullshit|nonsense|stuff|whatsapps?)";
const ACT =
  "(?:text|message|contact|call|email|mail|write|bother|spam|disturb|harass|ping|whatsapp|bug|annoy|pester)";
const ACTING =
  "(?:texting|messaging|contacting|calling|emailing|mailing|writing|bothering|spamming|disturbing|harassing|pinging|bugging|annoying|pestering|bombarding|blasting|sending|reaching out|trying to (?:reach|contact|call))";
const ME = "(?:me|us|this (?:number|phone)|my (?:number|phone|cell)|here)";
const STOPS = " *(?:\\||$)";
const END = `(?=${STOPS})`;

/** A limit on hours or on how often is no opt-out. */
const LIMIT =
  "(?:before|after|at (?:night|\\d|this|that|work|these)|so (?:early|late|often|much|many|frequently)|too (?:early|late|often|much|many)|(?:this|that) (?:late|early)|on (?:sundays?|saturdays?|weekends?|weekdays?)|during|until|till|while|when|unless|between|every|more than|as (?:often|much|many)|in the (?:morning|evening|night|middle)|today|tonight|yet|twice|multiple times|\\d+ times)";
const UNLIMITED = `(?![^|]{0,40}\\b${LIMIT}\\b)`;
const NOT = "(?:dont|never|not to|no longer|quit|cease|must not|should not|shouldnt|refrain from)";
const NOT_WANT =
  "(?:dont|no longer|doesnt|not|never|didnt|rather not|wouldnt) (?:really |even |ever |actually |longer )?(?:want|wish|wanted|need|care|desire|like)";
const OTHERS = "(?! (?:you|him|her|them|my|his|their|everyone|everybody|people|each|it)\\b)";

export const ENGLISH: readonly string[] = [
  // stop …
  "(?:^|\\| )(?:(?:ok|okay|please|hey|hi|no|so|just|yo) )*stop (?:please|now|already)\\b(?! (?:by|at|in|sending (?:the|a) ))",
  `(?<!\\b(?:dont|cant|wont|never|didnt|couldnt|not|ill|will|i|we|they|he|she|ever|going to) )stop ${ACTING}\\b${OTHERS}${UNLIMITED}`,
  `(?<!\\b(?:dont|cant|wont|never|didnt|not|non|bus|full|train) )stop (?:(?:with|the|these|this|those|your|all|any|of|sending|me|to|stupid|damn|fucking|freaking|annoying|automated) ){0,4}${SENT}\\b${UNLIMITED}`,
  `\\bstop (?:receiving|getting)\\b(?! (?:the|my|a) (?!${SENT}))${UNLIMITED}`,
  `(?<!\\b(?:does|did|do|when|where|doesnt|didnt|wont|i have|have|need|going) )\\b(?:please|kindly|but|just|to|you|it|this|now|said|these|them) stop(?: (?:it|this|that|now|please|already|immediately|everything|right now|messaging|for good))*${END}`,
  `\\bstop (?:it|this|that|now|this now|already)(?: (?:please|now|already))*${END}`,
  "\\bcease and desist\\b|\\bdesist from\\b|\\bcease (?:(?:all|any|further|your) )*(?:\\w+ )?(?:communications?|contact|messages|texts)\\b",
  // do not …
  `\\b${NOT} (?:you |ever |even |try to |keep |fucking |dare |please )*(?:${ACT} (?:or|and|nor) )?(?:${ACT}|${ACTING}) ${ME}(?=${STOPS}| (?:again|anymore|ever|please|no more|from|with|about|regarding|or|and|for|thank|thanks|this|these|those|any|your|stop|to sell|at all|like this|unsolicited|ok|period|i (?:dont|am not|never)|im not|its the|you have|not)\\b)(?! (?:from|with|about|for|and|or|any|please|again)? ?(?:now|right now)\\b)${UNLIMITED}`,
  `(?<!\\bi )\\b${NOT} (?:ever |please )*${ACT}(?: (?:again|anymore|ever|please|ever again))*${END}`,
  `\\b${NOT} (?:ever |keep |please )*(?:send|sending|forward)(?: (?:me|us|to me|out))?(?:${END}| (?:anything|nothing|any|anymore|more|again|stuff|your|these|those|such|no more|unsolicited|this (?:stuff|shit|crap|spam|kind|sort|type|junk|anymore|again|to me|message|text)|${SENT}|to (?:this|my) (?:number|phone)))(?! (?:more )?(?:orders?|packages?|invoices?|money|food|food)\\b)${UNLIMITED}`,
  // not want …
  `\\b${NOT_WANT} (?:you |u |anyone )?(?:to )?(?:\\w+ ){0,3}?(?:receive|receiving|get|getting|any|anymore|more|your|these|those|further|such) (?:\\w+ ){0,3}?${SENT}\\b${UNLIMITED}`,
  `\\b${NOT_WANT} (?:${SENT}(?: from| anymore|${END})|(?:these|this) anymore\\b)${UNLIMITED}`,
  `\\b${NOT_WANT} (?:to )?(?:ever )?(?:hear|hearing) (?:anything |any more |more |back )?(?:from|anymore)`,
  `\\b${NOT_WANT} (?:to )?be (?:contacted|messaged|texted|called|emailed|bothered|spammed|disturbed|subscribed|on (?:this|your|the|any))\\b${UNLIMITED}`,
  `\\b${NOT_WANT} (?:you|anyone|u|y all|yall|this company) (?:to )?(?:${ACT}|${ACTING})\\b${UNLIMITED}`,
  `\\b(?:not interested in (?:receiving|getting|hearing)|(?:rather|prefer) not (?:to )?(?:receive|get|be (?:contacted|messaged|texted)))\\b${UNLIMITED}`,
  // take me off …
  "(?<!\\b(?:dont|never|not) (?:ever |please )?)\\b(?:take|get) (?:me|us|my (?:number|name|info|phone|details|email|contact)(?: \\w+)?|this number|mine) (?:the (?:hell|fuck) )?off\\b(?! (?:hold|speaker|mute|(?:(?:the|my|this|your|that|at|from) )?(?:\\w+ ){0,2}(?:waitlist|waiting|schedule|appointment|reservation|booking|order|team|shift|calendar|guest|class|session|lease|autopay|slot|viewing|visit|line|bot|policy)\\b))",
  `(?<!\\b(?:dont|never|not) (?:ever |please )?)\\b(?:remove|delete|erase|wipe|purge|drop|scratch|strike) (?:me|us|myself|my (?:number|no|num|name|info|information|data|contact|contacts|phone|details|email|cell|mobile)(?: (?:number|info|details|address|data))?|(?:this|the|that) (?:number|phone|contact)|mine)(?:${END}| (?:off|from|out|please|now|immediately|asap|permanently|completely|already|today|thanks|thank|and|right|at once|i)\\b)(?! (?:off |from |out of )?(?:the |my |this |your |that )?(?:\\w+ )?(?:waitlist|waiting|schedule|appointment|reservation|booking|order|cart|team|shift|calendar|guest|class|session|lease|autopay|roster)\\b)`,
  "(?<!\\b(?:dont|never|not) (?:ever |please )?)\\b(?:remove|take off|delete|get off|off|on|out of|from) (?:\\w+ ){0,3}?(?:this|your|the|ur|that|all|any) (?:\\w+ ){0,2}?(?:mailing|marketing|contact|text|texting|sms|broadcast|distribution|spam|call|calling) lists?\\b(?<!\\b(?:am i on|put me on|am on) [^|]{0,30})",
  "(?<!\\b(?:dont|never|not) (?:ever |please )?)\\b(?:remove|delete|take) (?:it|this|that|them) (?:off|from) (?:of )?(?:your|the|this|ur) (?:\\w+ )?(?:lists?|database|system|records)\\b",
  "(?<!\\b(?:dont|never|not) [^|]{0,20})\\b(?:remove|take off|get off|get me off|off of|off) (?:from )?(?:this|your|the|ur|that|all|any) (?:\\w+ )?(?:lists?|database|system|records)\\b",
  "\\b(?:lose|loose|forget|blacklist|block) (?:my|this) (?:number|contact)\\b|\\bblock me\\b",
  "\\b(?:put|add|place) (?:me|my number|this number|us) [^|]{0,15}\\b(?:dont call|dont contact|dnc|no call)\\b",
  `\\b(?:to be|be|get|getting|im|i am) (?:removed|taken off|deleted|unsubscribed)(?: (?:from|off) (?:your|this|the|ur|these|all|any)\\b(?! (?:waitlist|waiting|schedule|team|guest|reservation|order))|${END})`,
  `\\bget (?:me|us) out of (?:this|your|the) (?:list|group|chat)\\b`,
  // unsubscribe …
  "(?<!\\b(?:dont|didnt|never|not|wont|are|were|been|is)(?: want to| mean to| wish to| going to| now| successfully)? )\\b(?:unsub(?:s?cri\\w+)?|unsus?cri\\w+|unsubcri\\w+|usubscri\\w+|optout)\\b(?! (?:by (?:mistake|accident)|accident|mistake|link is))",
  "\\b(?:cancel|end|discontinue) (?:my |the |this |these |those |all |your )*(?:text|sms|message|messages|texts|email|marketing|notification)s? ?(?:subscription|alerts|messages|notifications|list)?\\b",
  `^(?:please )?cancel (?:my )?subscription(?: please)?$`,
  "\\b(?:turn|switch|shut) (?:off (?:the |these |your |my |all )?(?:messages|texts|notifications|alerts|marketing)|(?:these|this|the|your) (?:\\w+ )?(?:messages |texts |notifications |alerts )?off)\\b",
  // leave me alone, go away …
  "\\bleave (?:me|us|my \\w+) (?:\\w+ ){0,3}?alone\\b",
  `(?<!\\b(?:can|might|we|i|they|will|to|you|dont|didnt|go|not) )\\b(?:go away|get lost|(?:buzz|piss|fuck|f|bugger|back|screw) off)(?: (?:please|and|you|already|now|spammer|scammer|with)\\b|${END})`,
  // consent …
  "\\b(?:withdraw|revoke|rescind|retract|take back)(?:ing|ed|s|n)? (?:\\w+ ){0,3}?(?:consent|permission|authoriz\\w+|authoris\\w+|opt ?in)\\b",
  "\\b(?:dont|no longer|doesnt) (?:\\w+ ){0,2}?(?:consent|authori[sz]e)\\b|\\b(?:dont|no longer|doesnt) (?:give|have|grant) (?:\\w+ ){0,3}?(?:consent|permission)\\b|\\bconsent (?:is |has been |was )?(?:hereby )?(?:revoked|withdrawn)\\b",
  // no more …
  `\\bno (?:more|further) (?:\\w+ ){0,2}?(?:${SENT}|contact)\\b${UNLIMITED}`,
  `(?:^|\\| )(?:please |ok |okay |hey |hi )?no more(?: (?:please|thanks|thank you|of this|of these))*${END}`,
  `(?:^|\\| )(?:please )?no (?:texts|messages|spam|marketing|promos|promotions|ads|advertising)(?: please)?${END}`,
  "\\bdone with (?:all )?(?:the|these|your) (?:\\w+ )?(?:texts|messages|spam)\\b|^i want out$",
  `\\benough (?:with |of )?(?:the |these |your |this )?(?:already |spam |${SENT})`,
  // how to …
  `\\b(?:how|where|way)\\b[^|]{0,25}\\b(?:stop|end|quit|turn off|block|get rid of|disable|cancel) (?:\\w+ ){0,3}?(?:${SENT}|receiving|getting)\\b`,
  `\\bhow\\b[^|]{0,20}\\b(?:stop (?:this|these|it|them|you)|make (?:\\w+ ){1,3}stop|get (?:you|u|this|these|them|it) to stop|get off(?= (?:this|your|the|ur|that|these) |${STOPS})|get out of (?:this|these)|remove my(?:self| number| name))\\b(?! (?:from (?:leaking|running)|bus|train|plane))`,
];

/** A threat about the next message: the first must hold, and a word of THREAT somewhere. */
export const ENGLISH_NEXT: readonly string[] = [
  `\\bif (?:you|u|i|yall|this number|anyone|one of you)\\b[^|]{0,30}\\b(?:text|message|contact|call|email|send|spam|bother|write|harass)\\w*\\b[^|]{0,30}\\b(?:again|another|once more|one more|any more|anymore|more)\\b`,
  `\\bif (?:i|we) (?:get|receive|see|hear)\\b[^|]{0,20}\\b(?:another|one more|any more|more|again)\\b[^|]{0,15}(?:${SENT}|from you)`,
  `\\bif (?:you|u|this|these|yall)\\b[^|]{0,15}\\b(?:keep|continue|dont stop|doesnt stop|persist)`,
  `\\b(?:one more|another|next|any further|anymore) (?:\\w+ )?(?:messages?|texts?|sms|calls?|emails?|one)\\b`,
  `\\bkeep ${ACTING} (?:me|us)\\b`,
  `\\b(?:${ACT}) me (?:again|one more time)\\b`,
];

/** Somebody asks for a person who has died. */
const KIN =
  "(?:husband|wife|father|mother|mom|mum|dad|son|daughter|brother|sister|grand\\w+|uncle|aunt|partner|fiancee?)";
export const ENGLISH_DEATH = `\\b(?:he|she|my (?:late )?${KIN}|this (?:person|customer|patient|client)|the (?:person|owner)[^|]{0,30}|mrs?) (?:\\w+ ){0,3}?(?:passed away|passed on|died|is dead|deceased|no longer (?:with us|alive|living))\\b|\\b(?:is|has been|now) deceased\\b|(?:^|\\| )(?:\\w+ ){1,2}(?:has |have )?passed away\\b`;
