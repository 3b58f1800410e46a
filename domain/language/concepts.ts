/**
 * Words of the three languages that stand for one thing, so that what is learnt of a word in one language or
 * spelling serves for its neighbours: `quítenme`, `take off` and `me tira` all hold `remove`. A star ends a stem.
 */
const SOURCES: Readonly<Record<string, string>> = {
  send: "send* sent text texts texting texted message* messaging messag* msg* write writing contact* reach* ping bother* bug bugging spamming email* notify* mand* manden envi* envio* escrib* escriv* escrev* avis* notific* contat* llegu* mensaj* perturb* incomod* molest* fastidi* insist* hostig* bombard* harass* pester* nag nagging annoy* encher encha* enche* chingar* joder jodan hinch* blast* spame* remind reminding pinging dm dming buzz* flood* swamp* pelt* push* forward* deliver nudg* chase chasing hound* poke poking solicit* communicat* comunic* dirij* hagan llegar llegue lleguen llega llegan llego chegar chega chegam chegue cheguem mandad mandeis escribais envieis molesteis bombarde* invad* inund* lotan lotar lotando entup* pesad* pesam acos* persig* persegu* asedi* atosig* agobi* importun* aporrin* torra torrar torrem torrando atorm* remit* recib* receb* recev* reciv* receiv* get getting gets got reciba reciban cae caen cayendo entra entran entrando aparec* show shows hear hearing",
  sent: "messages mensajes mensajitos mensagens mensagem mensaje msgs texts sms promo promos promotion* promocion* promoco* promocao ads ad advert* anuncio* publicidad* propaganda* marketing spam ofert* offer* coupon* cupon* cupom cupons newsletter* notification* notificacion* notificaco* avisos reminders recordatorios lembretes blasts whatsapps novidades novedades boletin* comunicad* cadenas textos surveys encuestas campana* campanha* deals junk basura lixo garbage crap mensajito mensagenzinha mensagenzinhas torpedo torpedos recado recados recadinho aviso recordatorio lembrete notificacoes alert alerts alerta alertas email emails mail mails correo correos mailing mailings boletines boletins informativo informativos circular circulares survey encuesta enquete enquetes pesquisa pesquisas update updates actualizaciones atualizacoes novedad post posts stuff things cosas coisas tonterias bobagem bobagens pavadas zoncera zonceras thing reminder notice notices announcements anuncio chain chains cadena correntes memes stickers audio audios invites invitaciones convites convite catalogo catalogos flyer flyers panfletos whats wasap wasaps whatsapp zapzap communications comunicaciones comunicacoes contenido conteudo pitch pitches solicitations mailers broadcast* pings disparos disparo",
  remove:
    "remov* delet* eras* unlist* unsub* unsus* unenroll purge* scrub* scratch wipe drop dropp* exclu* quit quiten quite quitar quita quitame quiteme quitenme quitenlo quitarme saqu* sacar* saca sacame saco borr* elimin* retir* suprim* tira tirar tirem tire tirenme tira* apag* descadastr* desinscr* desuscr* dessuscr* desvincul* descart* olvid* esquec* forget lose optout desapunt* desafili* desligar desliga* opt discard rmv rmove tach* risca risque* risquem strike cross unenrol* depur* deslist* exclui* cancelem baja baixa bloque* block* blacklist strip omit exempt cull retire retiren pull pulled take takes taken taking off suspend* deactivat* desactiv* desativ* cancel* desligu* retirad* retirada elimini* elimine eliminad* sacad* sacas sacaran quitad* quitas quitar* borrad* depurar clear cleared expung* tacha* anul* desafect* desincorpor* desincluir desincluy* desmatricul* desenrol* dessincroniz* desmarc* despeg* descuelg* apartenme tirad* tirou tirassem tirarem retirem retirasse* excluso exclusao excluid* remocao removid* removal deletion erasure bajas bajenme baixem",
  stop: "stop stops stopp* stopping stopped quit quits quitting cease* ceas* end ends ending ended halt discontinu* enough finish* terminat* parar parei parada pare paren parem para dejen deje deja dejar deixa deixar deixem basta chega alto fin fim cese* cesen deten* suspend* interrump* interromp* termin* encerr* corten cortar corta cancel* anul* pause* paus* desactiv* desativ* exit leave salir salgo salirme sair saio saida desmarc* cut cuts knock lay abstain refrain refrein* desist* desista* abst* absten* evit* avoid cessar cessem cessa parou pararem pararon frene* frena frenar freno acab* acaba acaben acabe acabou suficiente sufficient zero cero nunca never jamas jamais ultimo ultima final last silenc* mute muted muting unfollow off turn apag* apaga apaguen deslig* desligu* kill shut cortala cortenla parala parenla pare* dejad parad cesad bastaa chegaa bast* stahp",
  list: "list lists lista listas database base system sistema records registro registros cadastro cadastros roster rotation contacts contactos contatos directorio agenda file group grupo mailing distribution difusion transmissao rolls registry directory thread threads chain groups grupos chats chat canal channel channels padron listado listados nomina padrones fichero archivo mailing-list rolodex contact contacto contato cadena lote censo broadcast difusiones crm arquivo disparo carteira malling maillist circulation",
  me: "me my mine us our myself mi mis mio meu minha meus nos conmigo comigo nuestro nosso",
  you: "you u your ur yall ya'll ustedes uds usted ud voce voces vcs vc su sus seu suas tu tus vos ti guys people gente",
  i: "i im ive id ill we were weve yo eu nosotros nos soy sou estoy estou ando tengo tenho quiero quero",
  number:
    "number num # phone cell mobile line digits numero nr nro cel celular telefono telefone tel whatsapp zap whats chip sim wpp fono celu cels fone aparelho telemovel telemóvel handset inbox buzon bandeja caixa correo email address landline chipe numerito numerinho whatsap wsp wsap wapp",
  no: "no not dont nope nah never nunca jamas nao n ni nem sin sem without none cant wont isnt doesnt didnt wasnt arent aint ningun* nenhum* nadie ninguem nobody nothing nada tampoco neither ningún cero zero ninguna ningunos nunquinha jamais dnt wouldnt shouldnt couldnt havent hasnt never_ever neh na naah nones nel nanai nen non",
  more: "more anymore further again mas mais another otra otro outra outro novamente nuevamente vuelv* volv* volt* longer additional extra forward onwards henceforth siguiente* seguinte* proxim* next sigan siga sigue siguen seguir sigais continu* keep keeps kept keeping adelante adiante futuro future futuras de_nuevo nuevas nova novas novo novos nuevo nuevos torn* vuelta",
  already: "already ya ja still todavia aun ainda yet",
  want: "want wants wanna need needs like love wish would quiero quisiera queremos quiere necesito ocupo deseo gustaria quero queria queremos preciso desejo gostaria prefer* prefier* prefir* interes* interess* pref* rather quisiese desearia deseamos desejamos querria quisieramos apetec* autoriz* permit* allow allowed agree agreed accept* acept* aceito aceita consient* consinto bother dispens* dispenso pido peco pedi pedimos exijo exig* demand request* solicit* rog* ruego",
  please:
    "please pls porfa por_favor porfavor favor kindly gentileza amable amables agradec* apreciar* appreciate",
  consent:
    "consent* permission* permiso permissao authoriz* autoriz* revok* revoc* revog* lgpd arco habeas tcpa privacy privacidad privacidade gdpr dnc registry agreed opted opt-in signed registered dncr robinson lista_robinson no_llame donotcall opt opt_in habeas_data supresion oposicion oposicao erasure ccpa aepd arcopol titular",
  legal:
    "sue suing sued lawyer* attorney* legal* court judge police cops ftc fcc bbb report* denunci* demand* abogad* advogad* profeco procon condusef anatel superintendencia sic tutela juicio juzgado justic* process* tribunal* policia lawsuit litigation charges indecopi sernac anpd inai delegacia boletim defensoria fiscal* aepd idec senacom agencia regulator regulador ombudsman claims fiscalia complaint formal harassment hostigamiento acoso assedio importunacao multa fine fined fines cnpd sanction* trial juizado pequenas attorney_general",
  dead: "died dead death deceased passed fallec* falec* muri* muert* morto morta mortos morreu difunt* finad* buried funeral heaven partio partiu late widow widowed widower viuda viudo viuva viuvo descans* descanso gone rip qepd epd funerals entierro enterr* enterro velamos sepult* perdi perdimos perdemos lost passing memorial obituary grave tumba tumulo ceniz* cinzas ashes murieron cremad* partida",
  away_with:
    "suma sumam some somem vaza vazem larga larguem largue erra erre desaparez* desaparec* pierdan pierda pierdanse perca percam begone scram shoo rid livrar librar librarme librarse deshacerme deshago deshacer vayanse larguense lost buzz bug piss knock",
  grief:
    "hurts hurting miss extrano extranamos saudade saudades llor* chor* cry cried crying tears lagrimas heartbroken luto duelo velorio velatorio condolences pesame",
  delight:
    "excited emocion* ilusion* alegr* thrilled yay wow uy eba oba uhul yess yesss finally finalmente gorgeous stunning dream soniaba sonaba sonhava enamore apaixon* divin* bacan* bakan* padre brutal delicia maravilla delighted glad obsessed",
  wrong: "wrong incorrect mistaken mistake equivoc* errad* engan* errou confund* confusion mixed erro*",
  person:
    "person someone somebody anyone anybody human persona alguien pessoa alguem humano guy gal lady man woman senor senora senhor senhora",
  staff:
    "agent rep representative operator manager supervisor advisor asesor* ejecutiv* gerente encargad* atendente* consultor* vendedor* boss owner dueno dono secretari* receptionist* recepcionist* salesman agente operador* soporte suporte support specialist especialista corretor* realtor licenciad* ingenier* engenheir* director* diretor* principal staff equipo equipe team",
  role: "doctor* doctora dr dra nurse* enfermer* teacher* maestr* profesor* professor* driver* conductor repartidor* entregador* motorista waiter* meser* mozo garcom tech tecnic* plumber plomer* encanador* trainer* entrenador* personal coach cleaner* dentist* cajer* cashier landlord caser* vecin* vizinh* neighbor* chofer",
  talk: "talk* speak* chat hablar platicar conversar falar comunic* transfer* connect* pasame paseme passa",
  call: "call calls calling called phone phoned ring rang dial llam* marcame marcarme marcan marque* marqu* ligar ligue liguem liga ligo ligou ligacao ligacoes ligando ligada telefon* timbr* voz voice",
  book: "book* schedul* reschedul* appointment* appt* reserv* agend* reagend* cita citas turno* consulta* visita visitas mesa horario* aula* clase* class classes session* sesion* sessao slot* opening* booking table tour showing viewing encaix* remarc* reprogram* vaga* cupo* lugar espacio haircut checkup massage cleaning marcar haircut unas corte limpieza limpeza vistoria",
  come: "come coming came swing visit* pasar paso passar passo venir vir ir voy vou llego llegar chegar chego see conocer conhecer arrive attend asist* comparec* stop_by walk drive",
  late: "late running delay* tarde atras* temprano cedo early retras* demor*",
  day: "today tonight tomorrow tmrw tmr yesterday monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thurs fri sat sun weekend week month lunes martes miercoles jueves viernes sabado domingo hoy manana ayer semana mes segunda terca quarta quinta sexta hoje amanha ontem noon morning afternoon evening night noche tarde noite manha dia day days january february march april may june july august october december enero febrero marzo abril mayo junio julio agosto octubre diciembre janeiro fevereiro marco abril maio junho julho setembro dezembro _time year ano hour hours hora horas minute* minuto* min mins",
  price:
    "price* pric* cost* fee fees rate rates quote* cuanto cuesta cuestan vale valor valores quanto custa custo preco* precio* tarifa* cotiz* presupuesto orcamento cobra* cobran cobram tuition rent mensualidad* mensalidade* how_much bucks dollars pesos reais plata lana money dinero dinheiro grana _money copay apr interest interes juros tasa taxa multa penalidad penalty",
  cheap:
    "cheap* discount* descuent* desconto* rebaj* barat* coupon cupon cupom deal deals economico bajar bajale baje abaix* lower lowest afford* pronto promo",
  pay: "pay paying pays paid payment* pagar pago pagos pagu* pagam* pagando pagado deposit* deposito* enganche entrada installment* cuota* parcel* financ* credit* loan* prestamo* emprestimo* refund* reembols* devuelv* devol* transfer* transferencia charge* charged cobr* bill* billed factur* fatur* boleto autopay debit* debito",
  held: "order* pedido* plan plans plano planos contract* contrat* subscription* suscripcion assinatura account* cuenta* conta contas membership* membresia* policy poliza seguro insurance lease arriend* aluguel delivery entrega envio compra purchase card tarjeta cartao internet gym gimnasio academia address direccion endereco linea linha package* paquete* encomenda magazine revista check cheque warranty garantia autorenewal trial matricula inscripcion convenio consorcio subscription abono abonos recurring recurrente automatica mensual mensalidad monthly donation donacion donativo doacao cuota pledge gift dizimo ofrenda tithe cobertura coverage seguros",
  change:
    "change* chang* switch* updat* move push cambi* mudar muda mudanca troc* actualiz* atualiz* alter* modific* corrig* correct replace swap return* exchange devolver add agreg* inclu* adicion* upgrade downgrade",
  ask: "what whats when where wheres which who whos why how que cual cuales cuando donde quien como porque qual quais quando onde aonde quem oque cade does do is are can could puedo puede pueden posso pode podem tienen tiene tem hay is did has have aceptan aceita aceitam venden",
  info: "info* informac* informes details detalles detalhes brochure catalog* folleto folder photos fotos pics pictures link menu flyer cardapio ubicacion location",
  take: "buy buying purchase* order get take comprar compro llevo levar levo quiero inscribir* inscrev* matricul* enroll* join* sign signed signing signup apunt* anota anotame anoteme anotenme firm* assin* adquir* contratar participar entro topo bora fecho dibs reserve apartame aparteme apartar apartenme guard* separ*",
  good: "good great nice awesome amazing excellent wonderful perfect* best beautiful lovely fantastic delicious bueno* buena* bien bom boa bem excelente* genial increible* incrivel hermos* lind* bonit* padrisimo chid* chever* rico rica delici* maravill* maravilh* otim* top show mejor* melhor* encanta* encanto encante* amei adorei ador* amo love loved loves loving fascin* precios* impec* fab cool fofo* atencios* amabl* kind sweet rock rocks happy feliz content* glad blast spotless superb stellar brilliant marvelous terrific pleasant grateful helpful caring gentle friendly professional comfy cozy yummy tasty gorgeous adorable precioso preciosa preciosos preciosidad bello bella magnific* estupend* fenomen* espectacular* maravilla divino divina agradable agradables simpatic* cuidados* impecable joya bacano bacan chulo guay mola molan buenisim* riquisim* lindisim* hermosisim* sensacional* fantastic* espetacul* gostos* carinhos* atenci* legal massa bacana dez nota10 perfeit* deliciosa deliciosas eficiente competente querid* fofas fofos gentil gentis caprichad*",
  bad: "bad terribl* horribl* awful worst poor gross disgust* useless ridiculous unacceptable disappoint* rude broken damaged dirty cold filthy raw burnt mal mala malo malisim* pesim* peor asco porqueria feo fea groser* sucio sucia roto rota frio fria duro verguenza ruim pior horrivel terrivel nojento nojo vergonha quebrad* estrag* grosso grossa decepc* absurdo desastre mess joke piada burla lousy mold* roach* cucarach* sujo imund* letdown sucks crap* shame lento lerd* incumplid* falta nightmare pesadilla pesadelo trash* waste rubbish garbage sloppy careless unprofessional shady sketchy appalling abysmal dreadful mediocre nefast* fatal lamentabl* deplorabl* penos* indignant* inaceptabl* inaceitavel descuidad* desorganiz* descaso negligen* maltrat* mau maus defectuos* incomodo incomoda tosco cutre chafa trucho trucha bodrio vergonzos* vergonhos* lastima droga bagunca zona palhacada esculhamb* porcaria horroroso horrorosa pessim* tort* chueco manchad* quebro rasg* stale soggy leaking",
  insult:
    "idiot* thief thieves scam* liar* ladron* ladrao ladroes rater* estaf* mentir* incompetent* inutil* golpe* palhac* pendej* cabron* imbecil* estupid* stupid moron* asshole* bullshit fuck* fuk* damn hell puta puto pinche* mierda merda carajo caralho porra boludo* otario babaca* wtf sinverg* fraud* robo roub* robaron robar robando robada ripoff creep* clown* loser* tf ffs dumb ratas bando chato* chatice inferno ferrar",
  upset:
    "angry mad furious pissed annoy* tired sick fed upset frustrat* hart* enojad* furios* cansad* cansei encabron* indignad* decepcionad* chatead* irritad* revoltad* saco farto farta livid disgusted hate hates odio odeio detest* molesta molesto aguant* aguento unbelievable seriously irate insulted hurt fuming indignada indignado indignante molestia enfadad* cabread* podrid* rayad* repugn* hinchad* repodrid* hartando hartaron colmo pasada putada enfurec* injuri* magoad* arrasad* decepcao nervos* nervosa nervioso triste sad sadness disappoint* ofendid* offend* humill* humilh* trat*",
  wait: "wait* esper* aguard* hold llevo sigo faz weeks semanas meses months hours",
  come_not: "plantad* bolo noshow ghosted stood",
  broke:
    "broke* break* fix* repair* leak* fuga vazament* crash* error fail* stopped_working sirve funciona* prende presta repar* arregl* consert* trav* cae cai danad* descompu* defect* defeit* missing lost perd* falt* leaking leaks flood flooded goteo goter* humedad mofo mold noise ruido luz agua water power heat heater calefaccion aire ac ar_condicionado internet wifi senal outage apagon",
  place:
    "house home apartment apt depa departamento casa apto ap condo unit lot terreno lote property propiedad imovel room cuarto* quarto* recamar* bath* bano* banheir* kitchen cocina cozinha pool alberca piscina parking estacionamiento estacionamento elevator ascensor elevador office oficina escritorio store tienda loja clinic* clinica hospital school escuela colegio escola restaurant* branch sucursal agencia filial gate puerta porta portao",
  item: "shoes zapatos sapatos dress vestido shirt camisa blusa car carro auto truck camioneta phone laptop tv couch sofa lamp bike bici bicicleta cake pastel torta pizza food comida tacos coffee cafe meal size talla tamanho color* cor red rojo vermelho blue azul black negro preto green verde white blanco branco purple pink rosa large small grande chico pequeno pequena stripes",
  health:
    "tooth teeth muela diente dente pain dolor dor duele doi bleed* sangr* allerg* alerg* infect* infecc* burn* quem* queim* hurt* lastim* machuc* fever fiebre febre pill pills pastilla remedio medicine medicina surgery cirugia cirurgia hospital emergency urgenc* emergenc* sick enferm* doente smile sonrisa sorriso gas smoke humo fire incend* injur* intoxic* poison* bleeding swollen hinchad* inchad* inchou dolores dores vomit* mareo maread* tontur* desmay* desmai* faint* breath* respir* heart corazon coracao pressure presion pressao diabet* insulin* receta receita prescription dosis dose comprimid* antibiotic* puntos pontos stitches wound herida ferida chest pecho peito",
  family:
    "mom mum mother dad father wife husband son daughter kid kids boys brother sister grandma grandpa uncle aunt babe baby honey mama papa madre padre esposo esposa marido mujer hijo hija hijos hermano hermana abuel* tio tia primo prima suegr* amor mi_amor mae pai filho filha irmao irma avo vovo mulher bebe novio novia ex wey dude bro mano friend amigo amiga wife's nieto nieta nietos neto neta netos grandson granddaughter grandchildren hermanita sobrin* nephew niece cousin cunad* cunhad* suegra sogra sogro ninos ninas nino nina nene nena nenes crianca criancas guri guria filhote esposas viejo vieja veia coroa pareja partner",
  chat: "milk leche leite bread pao bus parada ponto home dinner cena janta lunch almuerzo almoco store game partido jogo movie pelicula filme party fiesta festa work trabajo trampo school picked pick bring compra trae traz beer oven school",
  laugh: "lol lmao jaja haha kkk hehe jeje rofl xd rs",
  hi: "hi hello hey hiya howdy yo hola ola buenas buenos oi oie opa bom salve saludos alo morning greetings eae wenas holi sup",
  thanks:
    "thanks thank thx ty tysm gracias grax obrigad* valeu vlw agradec* grat* grateful cheers bendic* bless* brigad* thankful appreciat* appreciated gratitude agradecid* agradecer* reconocid* grata gratos gratidao obg valew dios_le_pague mil_gracias",
  yes: "yes yeah yep yup ya ok okay si sim claro dale va vale listo sure fine perfecto perfeito beleza combinado confirm* correct* exact* alright deal done acuerdo orale simon isso certo fechado entend* enterado got roger agreed sounds affirmative aye obvio obviously definitely absolutely certainly agree count estare estaremos estarei there alli ahi llegare confirmad* confirmo confirma agendado anotado noted copy 10-4 oks okis okok perfeitamente asi efectivamente afirmativo afirmo positivo tranquilo tranqui genial va_que_va sale pos_si claroo uhum aham aja ajam yessir sip sipi seh fechou bele tmj jaja_si",
  maybe:
    "maybe perhaps might possibly talvez quizas quiza tal_vez puede depende depends think thinking pensar pienso penso consider* quem_sabe decid* decide later adelante later sleep",
  away: "vacation* vacacion* ferias leave licencia licenca office oficina escritorio automatic* automatica auto reply respuesta resposta meeting reunion reuniao junta driving manejando dirigindo traveling travel viaje viajando busy ocupad* closed cerrad* fechad* unavailable disponible disponivel monitored monitor* ttyl brb luego despues depois flight signal senal sinal class clase delayed respond* contestare responderei retorno regreso return returning back volvere volverei until hasta ate desde maternity maternidad maternidade paternity sabbatical retreat conference congreso congresso automatically automaticamente monitorea monitorizada buzon bandeja inbox",
  spam: "_url winner won win prize premio* ganast* ganh* bitcoin crypto cripto* forex invest* inviert* invist* earn gana casino followers seguidor* vendo vendemos compro ofrezco ofrecemos oferecemos sorte* sortead* forward reenvia* repass* encaminh* cadena corrente click clic clique clica verify verif* suspended bloquead* claim reclam* resgat* free gratis rifa amarre* tarot dm direct inbox t.me guaranteed garantiz* garantid* wholesale",
  know: "know knows known conozco conoce conheco conhece sabe sei se understand entiendo entendo heard",
  name: "name named called llamo chamo nombre nome apellido sobrenome",
  only: "only just solo solamente nomas unicamente so somente apenas except excepto menos once",
  when_not:
    "early temprano cedo madrugada midnight medianoche meia weekends weekdays sundays domingos noches nights sleeping dormir duerm* dormindo despert* woke acord* laboral comercial business",
  often:
    "often many much tantos tantas tanto tanta demasiad* muchos muchas muitas muita demais daily diario everyday constantly rato seguido times veces vezes cada toda",
  need_not:
    "necesari* necessari* falta hace precisa precisan precisam need necessity necesaria necessary required require* hace_falta bastante longer requier* ocup*",
  sorry: "sorry perdon disculp* desculp* lo_siento sry oops ups typo",
  bought:
    "bought compre comprei sold vendi vendimos vendemos moved mude mudei mudamos rented rente aluguei found consegui consegui graduad* graduated retired jubilad* aposentad* changed cambie troquei encontr* enrolled went",
  hearts: "❤ 😍 🥰 😘 💕 💖 😊 🤗 🎉 🔥 💪 👏 💯 🙌 😁 😃 😄 🤩 🌸 🙏 ☀",
  anger: "😡 🤬 😠 👎 💩 🖕 😤 😒 🙄 🙃 😑 😢 😭 💔 😞 😔 😩 😫",
};

const WORDS = new Map<string, string[]>();
const STEMS = new Map<string, string[]>();
for (const [concept, source] of Object.entries(SOURCES)) {
  for (const word of source.split(" ")) {
    const stem = word.endsWith("*");
    const table = stem ? STEMS : WORDS;
    const key = stem ? word.slice(0, -1) : word;
    const known = table.get(key);
    if (!known) table.set(key, [concept]);
    else if (!known.includes(concept)) known.push(concept);
  }
}
const LONGEST_STEM = Math.max(...[...STEMS.keys()].map((stem) => stem.length));
const SHORTEST_STEM = Math.min(...[...STEMS.keys()].map((stem) => stem.length));

/** What a word in the plain form of tokens.ts stands for; several things where it has several meanings. */
export function conceptsOf(word: string): readonly string[] {
  const known = WORDS.get(word);
  if (known) return known;
  for (let length = Math.min(word.length, LONGEST_STEM); length >= SHORTEST_STEM; length--) {
    const stem = STEMS.get(word.slice(0, length));
    if (stem) return stem;
  }
  return NONE;
}
const NONE: readonly string[] = [];

/** What a request to be left alone is made of, and what else one may ask to stop. */
export const ASKING: ReadonlySet<string> = new Set(
  "send sent remove stop list me you number no more want already consent legal dead away_with call please need_not often when_not only day book held change price pay wrong person staff ask info take come broke health thanks again".split(
    " ",
  ),
);
/** What turns the meaning of what follows. */
export const DENIES: ReadonlySet<string> = new Set(["no", "stop"]);
