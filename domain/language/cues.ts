/**
 * Signs of what a reply is about, in English, Spanish and Portuguese at once: patterns over the plain text of
 * tokens.ts. Training decides what each is worth; urgency.ts reads some of them by name.
 */
const NO = "(?:no|nao|n|not|dont|do not|never|nunca|jamas|ya no|wont|cant|sin|sem)";
const THING_BOOKED =
  "(?:appointments?|appts?|booking|reservation|visit|table|session|slot|viewing|consultation|citas?|turnos?|reserva(?:cion|s)?|reservas?|visitas?|mesa|consultas?|horarios?|agendamento|clase|aula)";
const THING_HELD =
  "(?:orders?|pedidos?|plan|plano|planes|subscription|suscripcion|assinatura|contract|contrato|account|cuenta|conta|policy|poliza|seguro|membership|membresia|mensalidade|linea|linha|internet|address|direccion|endereco|envio|entrega|delivery|compra|card|tarjeta|cartao|payment|pago|pagamento|debito|line|lease|gym|gimnasio|academia|invoice|factura|fatura|boleto)";
const MESSAGE =
  "(?:messages?|texts?|sms|promos?|promotions?|ads|emails?|mensajes?|mensagens?|mensagem|promociones|promocoes|publicidad|propagandas?|ofertas|spam|msjs?|msgs?|notifications?|notificacoes|notificaciones)";

const SOURCES: Readonly<Record<string, string>> = {
  // what it is about
  price:
    "\\b(?:price|prices|pricing|cost|costs|how ?much|fee|fees|rates?|quote|estimate|precios?|costos?|cuesta|vale|valor|valores|cuanto (?:es|sale|cuesta|vale|esta|cobran|seria|queda)|tarifas?|cotiza\\w*|presupuesto|precos?|custa|custo|quanto|orcamento|cotacao|a como|cobran|cobram|vlr)\\b|\\$\\?",
  cheaper:
    "\\b(?:discounts?|coupon|promo code|cheaper|cheapest|lowest|best price|descuentos?|rebaja|barat\\w+|descontos?|cupom|menor preco|ultimo precio|lo menos|baja(?:le|me|n|s)? (?:el|un poco|algo|tantito)|abaixa|baixa o|menos por)\\b",
  instalments:
    "\\b(?:instal+ments?|payment plans?|financ\\w+|monthly|down payment|deposit|cuotas?|meses sin|abonos|credito|enganche|mensualidad\\w*|anticipo|parcel\\w+|entrada|prestaciones|juros|interest rate|refund(?:ed)? (?:how|amount)|reembols\\w+ quanto)\\b",
  money: "_money",
  expensive: "\\b(?:expensive|pricey|overpriced|caro|cara|carisim\\w|carero|salgado|carissim\\w)\\b",
  appointment: `\\b${THING_BOOKED}\\b`,
  book: "\\b(?:book|schedule|reschedule|reserve|agend\\w+|reagend\\w+|reserv(?:ar|e|o|a|ame|eme)|apart(?:ar|ame)|marcar|remarcar|marca pra|desmarc\\w+|reprogram\\w+|encaix\\w+|availability|availab\\w+|disponibilidad\\w*|disponibilidade|cupo|vaga|openings?)\\b",
  come: "\\b(?:(?:stop|come|swing|drop|pass) (?:by|in|over)|pasar|paso|passar|passo|ir a ver\\w*|visit\\w*|conocer|conhecer|puedo ir|posso ir|voy|vou|ir ver|caigo|pasarme|dar uma passada|go see|be there)\\b",
  day: "\\b(?:tomorrow|tonight|today|mon|tues?|wed|thurs?|fri|sat|sun|(?:mon|tues|wednes|thurs|fri|satur|sun)day|manana|hoy|lunes|martes|miercoles|jueves|viernes|sabado|domingo|amanha|hoje|segunda|terca|quarta|quinta|sexta|next week|weekend|semana que (?:viene|vem)|proxima semana)\\b",
  hour: "_time|\\b(?:a las|las|as|at|around|tipo|pelas) \\d{1,2}\\b|\\b(?:noon|mediodia|meio dia|morning|afternoon|evening|por la manana|de manha|a tarde|en la tarde)\\b",
  cancelBooked: `\\b(?:cancel\\w*|move|change|postpone|resched\\w+|cambiar|mover|anular|correr|desmarcar|mudar|adiar|remarcar|trocar|reagendar)\\b[^.?!]{0,20}\\b${THING_BOOKED}\\b`,
  cancelHeld: `\\b(?:cancel\\w*|change|return|stop|end|update|cambiar|cambien|devolver|anular|terminar|dar de baja|suspender|modific\\w+|mudar|trocar|alterar|encerrar|paren|parar|close|upgrade|downgrade|pausar|pause)\\b[^.?!]{0,20}\\b${THING_HELD}\\b`,
  held: `\\b${THING_HELD}\\b`,
  human:
    "\\b(?:human|agent|representative|real person|operator|manager|supervisor|asesor\\w*|agente|humano|persona real|ejecutivo|gerente|encargado|atendente|consultor|vendedor|pessoa de verdade|advisor|sac|rep|someone real|dueno|dono)\\b",
  talk: "\\b(?:(?:talk|speak|chat) (?:to|with)|(?:hablar|falar|comuni\\w+) con|falar com|me pas[ae]s? (?:con|pra)|pasame con|transfer|connect me|put me through|comuniq\\w+)\\b",
  callMe:
    "\\b(?:call me|give me a (?:call|ring)|ring me|phone me|llam(?:ame|eme|enme|en)|me llam\\w+|marqu?[ce]\\w*me|marcame|me marc\\w+|me lig(?:a|ue|uem|am)|liga(?:r)? (?:pra|para|p) mim|liguem|telefon\\w+me|call back|callback|una llamada|uma ligacao|llamada)\\b",
  wrongNumber:
    "\\b(?:(?:wrong|incorrect) (?:number|num|person|no|guy|phone|contact)|(?:numero|num|nro|telefono|telefone) (?:equivocad|errad|incorrect|mal|trocad)\\w*|equivocad[oa]|se equivoc\\w+|te equivoc\\w+|engano|se enganou|enganaram|me confund\\w+|outra pessoa|otra persona|someone else|somebody else)\\b",
  notMe:
    "\\b(?:(?:not|isnt|no soy|nao sou|no es el (?:numero|telefono|celular) de|no es de|aqui no|aqui nao|no me llamo|nao me chamo|my name is not|no conozco a|nao conheco|theres no|no hay ningun|dont know any)\\b(?! (?:interes|sure|segur|cert|now|today|ahora))) [a-z]+",
  away: "\\b(?:out of (?:the )?office|on vacation|on leave|auto(?:matic|mated)?[ -]?(?:reply|response|message)|vacaciones|ferias|fuera de (?:la )?oficina|fora do escritorio|respuesta automatica|resposta automatica|mensaje automatico|mensagem automatica|away (?:from|until)|driving|manejando|conduciendo|dirigindo|in a meeting|reunion|reuniao|en (?:una )?junta|do not disturb|horario de aten\\w+|get back to you|responderemos|retornaremos|en breve|em breve|limited access|licencia|licenca|voicemail|leave a message|deje su mensaje|deixe sua mensagem|virtual|cerrado por|fechado p)\\b",
  spam: "_url|\\b(?:congratulations|winner|you won|claim|prize|bitcoin|crypto|forex|invest\\w*|earn|work from home|casino|loan|followers|ganaste|premio|felicidades ganaste|invierte|criptomonedas|prestamos|seguidores|vendo|vendemos|ofrezco|ofrecemos|oferecemos|gana dinero|ganhe|sorteio|sorteado|emprestimo|renda extra|reenvia|cadena|corrente|repasse|encaminhe|forward this|onlyfans|agency|agencia|rifa|amarres|horoscop\\w+|verif(?:y|ique)|suspended|suspendida|bloqueada|clic|click|clique)\\b",
  away2:
    "\\b(?:(?:gracias|obrigad[oa]|thank you|thanks) (?:por|pelo|pela|for) (?:comunicar\\w+|contact\\w*|contatar|contato|escribir\\w*|su mensaje|tu mensaje|mensagem|your message|reaching|entrar em))\\b",
  info: "\\b(?:more info\\w*|info|informacion|informes|informac(?:ao|oes)|details|detalles|detalhes|brochure|catalog\\w*|folleto|cardapio|fotos|photos|pictures|pics|tell me more|cuentame mas|me conta mais|saber mas|saber mais|know more)\\b",
  want: "\\b(?:i want|i need|id like|i would like|id love|quiero|quisiera|queremos|necesito|me gustaria|quero|queria|gostaria|preciso|ill take|me lo llevo|vou (?:levar|querer)|sign me up|count me in|im in|apunt\\w+|anotame|me interesa|interested|interesad[oa]s?|interessad[oa]s?|tenho interesse|me encanta(?:ria)?|adoraria|le entro|topo|bora)\\b",
  buy: "\\b(?:buy|purchase|order one|get one|comprar|compro|adquirir|encargar|encomendar|contratar|rentar|alquilar|alugar|inscribirme|matricul\\w+|pix|transferir|where do i pay|donde pago|onde pago)\\b",
  hedge:
    "\\b(?:maybe|perhaps|might|not sure|think about|let me|later on|tal ?vez|quizas?|puede ser|depende|lo pienso|pensarlo|pensar|talvez|quem sabe|pode ser|vou ver|aviso|mas adelante|mais pra frente|consider\\w*|lo consulto|next month|depends|de pronto|a lo mejor)\\b",
  decline: `\\b(?:not interested|no (?:me|nos) interesa|no estoy interesad\\w|nao tenho interesse|sem interesse|nao me interessa|no (?:thanks?|thank you|gracias)|nao obrigad\\w|ill pass|no need|im good|all set|dispenso|nao quero|no quiero|no lo necesito|nao preciso|dont need|no longer need|ya tengo|ja tenho|already have|already got|paso|por ahora no|ahora no|agora nao|not now|otra ocasion|pra proxima|nevermind|never mind|nvm|olvidalo|esquece|deixa pra la|changed my mind|cambie de opinion|desisti|no thx|cant afford|no me alcanza)\\b`,
  negated: `\\b${NO}\\b`,
  // how it is said
  ask: "\\b(?:what|when|where|which|who|whos|why|how|can (?:i|you|we)|do (?:you|i|we)|does|is (?:it|there|this|that)|are (?:you|there)|que|cual|cuales|cuando|donde|quien|como|por ?que|puedo|tienen|tiene|hay|hacen|qual|quais|quando|onde|aonde|quem|oque|posso|tem|voces tem|fazem|cade|aceita[mn]?|venden|vende)\\b",
  asks: "\\?",
  bang: "!",
  bangs: "!!",
  hello:
    "^(?:hi+|hello|hey|hiya|howdy|yo|hola|ola|buen[oa]s?|oi+|oie|opa|bom dia|boa (?:tarde|noite)|good (?:morning|afternoon|evening)|que (?:tal|onda|hubo)|quiubo|saludos|e ai|eai|fala|salve|alo)\\b",
  howAreYou:
    "\\b(?:how are (?:you|u)|como (?:estas?|estan|te va|le va|andas?|vai|voce esta)|tudo (?:bem|bom|certo)|todo bien|whats up|hope (?:you|all)|espero que)\\b",
  thanks:
    "\\b(?:thanks?|thank you|thx|appreciat\\w+|grateful|gracias|agradec\\w+|agradezco|obrigad[oa]|valeu|grat[oa]|gratidao|cheers)\\b|🙏",
  yes: "^(?:yes|yeah|yep|si|sim|ok|claro|dale|va|vale|listo|sure|fine|perfect|perfecto|perfeito|beleza|combinado|confirm\\w*|correct\\w*|exact\\w*|de acuerdo|orale|simon|isso|ta bom|ta|pode|certo|fechado|entend\\w+|recibido|recebido|got it|alright|deal|done)\\b|👍|👌|✅|🆗|✔",
  laugh: "\\b(?:jaja|haha|lol|lmao|kkk|hehe|jeje|rofl|xd)\\b|😂|🤣|😅|😆|😹",
  // how it feels
  love: "\\b(?:love[ds]?|loving|amazing|awesome|great|excellent|wonderful|perfect|best|beautiful|fantastic|happy|excited|delicious|nice|encant\\w+|excelente|genial|buenisim\\w|increible|hermos\\w|lind[oa]|divin[oa]|chever\\w|padr(?:e|isimo)|chid[oa]|bacan[oa]|feliz|mejor(?:es)?|amei|adorei|otim[oa]|maravilh\\w+|perfeit[oa]|melhor(?:es)?|top|incrivel|show|contenta?|content[oe])\\b",
  hearts: "😍|❤|🥰|😘|💕|💖|😊|🤗|🎉|🔥|💪|👏|💯|🙌|😁|😃|😄|☺|🤩",
  bad: "\\b(?:bad|terrible|horrible|awful|worst|poor|disgusting|useless|ridiculous|unacceptable|disappoint\\w*|rude|broken|damaged|late|dirty|cold|slow|pathetic|mal|mala|malo|malisim\\w|pesim\\w|peor|horribl\\w|asco|porqueria|feo|fea|grosero|grosera|sucio|tarde|dana\\w+|rot[oa]|verguenza|ruim|pior|horrivel|terrivel|lixo|vergonha|quebrad\\w|atrasad\\w|estrag\\w+|groso|grosso|decepc\\w+|absurdo|desastre|colmo|cumulo|crap|sucks?|shit|merda|mierda)\\b",
  insult:
    "\\b(?:idiots?|thieves|scam(?:mers?)?|liars?|ladr(?:on|ones|ao|oes)|ratas?|rateros|estaf\\w+|mentiros[oa]s?|incompetentes?|inutiles|inuteis|golpistas?|palhac\\w+|hpt?as?|hdp|pendejos?|cabron\\w*|imbecil\\w*|estupid\\w*|stupid|morons?|assholes?|bullshit|fuck\\w*|damn|hell|puta|putos?|pinches?|gonorreas?|malparid\\w*|boludos?|chantas?|otarios?|burros?|babacas?|trouxas?|caralho|porra|carajo|wtf|sinverguenzas?|abusiv\\w+|fraude|robo|roubo|sacanagem|rip ?off|joke|piada|chiste)\\b",
  angry: "😡|🤬|😠|👎|💩|🖕|😤|😒|🙄|🙃|😑",
  sad: "😢|😭|💔|😞|😔|😩|😫|🤒|🤢|🤮",
  upset:
    "\\b(?:angry|mad|furious|pissed|annoy\\w+|tired of|sick of|fed up|upset|frustrat\\w+|hart[oa]s?|molest[oa]|enojad\\w|furios\\w|cansad[oa] de|encabron\\w+|indignad\\w|decepcionad\\w|inconforme|chatead\\w|irritad\\w|revoltad\\w|saco cheio|brav[oa]|put[oa] com|disgustad\\w|arrepent\\w+|arrepient\\w+|regret)\\b",
  waiting:
    "\\b(?:waiting|still (?:no|not|nothing|hasnt)|esperando|llevo|sigo (?:sin|esper)|nadie|nobody|no one|ninguem|never (?:came|arrived|called|received|got)|nunca (?:lleg|me|vin|cheg|contest)|no (?:ha )?lleg\\w+|nao cheg\\w+|sin respuesta|sem resposta|no me (?:responden|contestan|llego|han)|ignor\\w+|weeks?|semanas|plantad\\w)\\b",
  broken:
    "\\b(?:doesnt work|not working|stopped working|broke|no (?:sirve|funciona|prende)|se (?:dano|rompio|descompuso)|nao (?:funciona|presta|liga)|quebrou|estragou|parou de|defect\\w*|defeito|wrong (?:item|size|order|color|one)|no es lo que|nao e o que|not what i)\\b",
  charged:
    "\\b(?:charged|overcharged|billed|charging|cobrar(?:on|am)|cobrando|cobraram|descontar\\w+|factur(?:aron|ando)|money back|refund|mi (?:dinero|plata|lana)|meu dinheiro|reembolso|devuelv\\w+|devolv(?:am|er)|roba\\w+|roubaram|me tumbaron)\\b",
  irony:
    "\\b(?:(?:thanks?|gracias|obrigad[oa]|valeu) (?:for|por) (?:nothing|nada|ruining|wasting|arruin|hacerme|estragar|me fazer|waking|despert|acordar|(?:the|el|o) (?:broken|celular))|(?:gran|lindo|buen|bonito|belo|great|nice|otimo|excelente) (?:servicio|servico|atendimento|atencion|service|job) *(?:,|\\.|no|nadie|eh|jaja|only)|another (?:delay|text|bill)|otra (?:vez|demora)|otro (?:cobro|mensaje)|de novo|once again|only took|so que nao|as always|como siempre|como sempre|yeah right|si claro|aja si|aham sei|como no|felicit\\w+ perd|perdi(?:eron|eram|ste)|perderam|lost a customer|you lost)\\b",
  // about messages
  aboutMessages: `\\b${MESSAGE}\\b`,
  tooLate:
    "\\b(?:so late|too late|this late|at night|so early|too early|at this hour|this hour|tan tarde|de noche|a esta hora|a estas horas|tan temprano|de madrugada|tao tarde|tao cedo|essa hora|after \\d+|before \\d+|antes de las|despues de las|antes das|depois das|durmiendo|dormindo|sleeping|woke|despert\\w+|acordaram|\\d ?am|de la manana|da manha|midnight|weekends|domingos?|sundays?|horario laboral|during work)\\b",
  tooMany:
    "\\b(?:so (?:much|many|often)|too (?:many|much|often)|every day|less often|fewer|all day|tant[oa]s|demasiad[oa]s|much[oa]s mensajes|todos los dias|a cada rato|cada hora|menos|muitas mensagens|todo dia|toda hora|seguido|once a week|a la semana|por semana|times a day|veces al dia|vezes por dia)\\b",
  dont: "\\b(?:dont|do not|stop|quit|no me|nao me|dejen|deja|deje|paren|parem|para de|pare|no (?:escrib|mand|envi|llam|insist|molest)\\w*|nao (?:mand|envi|escrev|lig|perturb)\\w*)\\b",
  keepOn:
    "\\b(?:dont stop|never stop|keep (?:sending|texting|me)|no (?:dejen|dejes|deje|paren|pares) de|nao (?:parem|para|pare) de|sigan|continuem|podem continuar|pueden seguir)\\b",
  removeMe:
    "\\b(?:remove|unsubscribe|opt ?out|take me off|delete my|desuscri\\w+|descadastr\\w+|saquen\\w*|sacar\\w*|quiten\\w*|borr\\w+|elimin\\w+|me tir\\w+|remov\\w+|exclu\\w+|apagu?e?\\w*)\\b",
  // what happened
  death:
    "\\b(?:died|passed away|deceased|dead|fallecio|murio|muert[oa]|faleceu|morreu|fallecid[oa]|falecid[oa])\\b",
  legal:
    "\\b(?:sue|suing|lawyer|attorney|police|court|report you|legal|ftc|bbb|fcc|demand(?:ar|are|o|a)\\w*|denunci\\w+|abogad\\w+|advogad\\w+|profeco|procon|condusef|superintendencia|policia|tutela|process(?:ar|o)|justica|reclame aqui|queja|fiscalia|indecopi|sernac|defensa (?:del|al) consumidor)\\b",
  harm: "\\b(?:allerg\\w+|alergia|alergic\\w|burn(?:ed|t|ing|s)?|queim\\w+|quem(?:aron|o|adura|aduras|e)|hospital|emergency room|er|urgencias|emergencias?|emergency|bleed\\w*|sangr\\w+|ambulan\\w+|accident\\w*|acident\\w*|infect\\w+|infecc\\w+|poison\\w*|intoxic\\w+|suicid\\w*|kill myself|matarme|me matar|hurt(?:s|ing)? (?:so|a lot|bad)|fire|incendio|gas leak|fuga de gas|vazamento de gas|electrocut\\w*|desmay\\w+|desmai\\w+|dolor (?:fuerte|insoportable|terrible)|muito inchad\\w|swollen|hinchad\\w)\\b",
  now: "\\b(?:asap|urgent\\w*|right (?:now|away)|immediately|(?:right|real) quick|in (?:an|one|\\d+) (?:hour|hours|min\\w*)|today|tonight|hoy|esta (?:tarde|noche)|ahora mismo|ahorita mismo|ya mismo|inmediat\\w+|en (?:una|\\d+) (?:hora|horas|min\\w*)|hoje|agora mesmo|imediat\\w+|em (?:uma|\\d+) (?:hora|horas|min\\w*)|daqui a pouco|emergency|emergencia|locked out|stranded|varad[oa])\\b",
  family:
    "\\b(?:babe|honey|mom|dad|dude|bro|son|amor|mami|mama|papi|papa|mijo|mija|parce|wey|hermano|mae|pai|filho|mano|mozao|vida|love you|te amo|te quiero|grandma|abuela|vovo)\\b",
  fragment:
    "^\\W*$|^\\w+ ?(?:\\.\\.\\.)$|^(?:and|but|y|pero|e|mas|so|um+|eh+|mmm*|hm+|este|entao|entonces|pues|tipo|well)\\b\\W*$",
  nothingLeft: "\\[[a-z ]+\\]",
};

const CUES = Object.entries(SOURCES).map(([name, source]) => ({ name, pattern: new RegExp(source) }));

/** The names of the cues that a plain text holds. */
export function cuesOf(plain: string): string[] {
  const found: string[] = [];
  for (const { name, pattern } of CUES) if (pattern.test(plain)) found.push(name);
  return found;
}
