package value

import "strings"

// Language has the names of months and days that lc_time_names chooses.
type Language struct {
	Locale                   string
	Months, MonthsShort      []string // January first
	Days, DaysShort          []string // Monday first
	LongestMonth, LongestDay int      // in characters
	LongestShort             int
	ASCII                    bool
}

// English is the language of sessions that choose none.
var English = LanguageOf("")

// LanguageOf is the one of a locale; "" and a locale without names here is en_US.
func LanguageOf(locale string) *Language {
	if l := languages[strings.ToLower(locale)]; l != nil {
		return l
	}
	return languages["en_us"]
}

// Locale spells the name of a locale as MySQL does. named says that the names of its days and
// months are here; known, that MySQL has it.
func Locale(name string) (spelled string, named, known bool) {
	if l := languages[strings.ToLower(name)]; l != nil {
		return l.Locale, true, true
	}
	for other := range strings.FieldsSeq(otherLocales) {
		if strings.EqualFold(other, name) {
			return other, false, true
		}
	}
	return name, false, false
}

// otherLocales are those of MySQL whose names of days and months are not here.
const otherLocales = `ar_AE ar_BH ar_DZ ar_EG ar_IN ar_IQ ar_JO ar_KW ar_LB ar_LY ar_MA ar_OM ar_QA ar_SA ar_SD ar_SY ar_TN ar_YE be_BY
	eu_ES fo_FO gl_ES gu_IN he_IL hi_IN mk_MK mn_MN ms_MY rm_CH sq_AL sr_RS sr_YU ta_IN te_IN th_TH ur_PK vi_VN zh_HK zh_TW`

// LocaleNumbered is the name of the locale of that number, which lc_time_names takes, too.
func LocaleNumbered(n int64) (name string, known bool) {
	for name := range strings.FieldsSeq(localesInOrder) {
		if n == 0 {
			return name, true
		}
		n--
	}
	return "", false
}

// localesInOrder are MySQL's, from 0 on.
const localesInOrder = `en_US en_GB ja_JP sv_SE de_DE fr_FR ar_AE ar_BH ar_JO ar_SA ar_SY be_BY bg_BG ca_ES cs_CZ da_DK de_AT
	es_ES et_EE eu_ES fi_FI fo_FO gl_ES gu_IN he_IL hi_IN hr_HR hu_HU id_ID is_IS it_CH ko_KR lt_LT lv_LV
	mk_MK mn_MN ms_MY nb_NO nl_NL pl_PL pt_BR pt_PT ro_RO ru_RU ru_UA sk_SK sl_SI sq_AL sr_RS ta_IN te_IN
	th_TH tr_TR uk_UA ur_PK vi_VN zh_CN zh_TW ar_DZ ar_EG ar_IN ar_IQ ar_KW ar_LB ar_LY ar_MA ar_OM ar_QA
	ar_SD ar_TN ar_YE de_BE de_CH de_LU en_AU en_CA en_IN en_NZ en_PH en_ZA en_ZW es_AR es_BO es_CL es_CO
	es_CR es_DO es_EC es_GT es_HN es_MX es_NI es_PA es_PE es_PR es_PY es_SV es_US es_UY es_VE fr_BE fr_CA
	fr_CH fr_LU it_IT nl_BE no_NO sv_FI zh_HK el_GR rm_CH`

// languages are by their names in lower case.
var languages = func() map[string]*Language {
	out := map[string]*Language{}
	for _, row := range languageNames {
		for locale := range strings.FieldsSeq(row[0]) {
			l := &Language{Locale: locale, ASCII: true}
			for i, list := range []*[]string{&l.Months, &l.MonthsShort, &l.Days, &l.DaysShort} {
				*list = strings.Split(row[i+1], "|")
				for _, c := range row[i+1] {
					l.ASCII = l.ASCII && c < 0x80
				}
			}
			l.LongestMonth, l.LongestDay = longest(l.Months), longest(l.Days)
			l.LongestShort = max(longest(l.MonthsShort), longest(l.DaysShort))
			out[strings.ToLower(locale)] = l
		}
	}
	return out
}()

func longest(names []string) (n int) {
	for _, name := range names {
		n = max(n, len([]rune(name)))
	}
	return n
}

// languageNames has locales with months, short months, days and short days.
var languageNames = [][5]string{
	{
		"en_US en_GB en_AU en_CA en_IN en_NZ en_PH en_ZA en_ZW",
		"January|February|March|April|May|June|July|August|September|October|November|December",
		"Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec",
		"Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
		"Mon|Tue|Wed|Thu|Fri|Sat|Sun",
	},
	{
		"de_DE de_BE de_CH de_LU",
		"Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember",
		"Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez",
		"Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag",
		"Mo|Di|Mi|Do|Fr|Sa|So",
	},
	{
		"de_AT",
		"Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember",
		"Jän|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez",
		"Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonntag",
		"Mon|Die|Mit|Don|Fre|Sam|Son",
	},
	{
		"fr_FR fr_BE fr_CA fr_CH fr_LU",
		"janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre",
		"jan|fév|mar|avr|mai|jun|jui|aoû|sep|oct|nov|déc",
		"lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
		"lun|mar|mer|jeu|ven|sam|dim",
	},
	{
		"es_ES es_AR es_BO es_CL es_CO es_CR es_DO es_EC es_GT es_HN es_MX es_NI es_PA es_PE es_PR es_PY es_SV es_US es_UY es_VE",
		"enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre",
		"ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic",
		"lunes|martes|miércoles|jueves|viernes|sábado|domingo",
		"lun|mar|mié|jue|vie|sáb|dom",
	},
	{
		"it_IT it_CH",
		"gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre",
		"gen|feb|mar|apr|mag|giu|lug|ago|set|ott|nov|dic",
		"lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica",
		"lun|mar|mer|gio|ven|sab|dom",
	},
	{
		"pt_BR",
		"janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro",
		"Jan|Fev|Mar|Abr|Mai|Jun|Jul|Ago|Set|Out|Nov|Dez",
		"segunda|terça|quarta|quinta|sexta|sábado|domingo",
		"Seg|Ter|Qua|Qui|Sex|Sáb|Dom",
	},
	{
		"pt_PT",
		"Janeiro|Fevereiro|Março|Abril|Maio|Junho|Julho|Agosto|Setembro|Outubro|Novembro|Dezembro",
		"Jan|Fev|Mar|Abr|Mai|Jun|Jul|Ago|Set|Out|Nov|Dez",
		"Segunda|Terça|Quarta|Quinta|Sexta|Sábado|Domingo",
		"Seg|Ter|Qua|Qui|Sex|Sáb|Dom",
	},
	{
		"nl_NL nl_BE",
		"januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december",
		"jan|feb|mrt|apr|mei|jun|jul|aug|sep|okt|nov|dec",
		"maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag",
		"ma|di|wo|do|vr|za|zo",
	},
	{
		"sv_SE sv_FI",
		"januari|februari|mars|april|maj|juni|juli|augusti|september|oktober|november|december",
		"jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec",
		"måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag",
		"mån|tis|ons|tor|fre|lör|sön",
	},
	{
		"da_DK",
		"januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december",
		"jan|feb|mar|apr|maj|jun|jul|aug|sep|okt|nov|dec",
		"mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag",
		"man|tir|ons|tor|fre|lør|søn",
	},
	{
		"nb_NO no_NO",
		"januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember",
		"jan|feb|mar|apr|mai|jun|jul|aug|sep|okt|nov|des",
		"mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag",
		"man|tir|ons|tor|fre|lør|søn",
	},
	{
		"is_IS",
		"janúar|febrúar|mars|apríl|maí|júní|júlí|ágúst|september|október|nóvember|desember",
		"jan|feb|mar|apr|maí|jún|júl|ágú|sep|okt|nóv|des",
		"mánudagur|þriðjudagur|miðvikudagur|fimmtudagur|föstudagur|laugardagur|sunnudagur",
		"mán|þri|mið|fim|fös|lau|sun",
	},
	{
		"fi_FI",
		"tammikuu|helmikuu|maaliskuu|huhtikuu|toukokuu|kesäkuu|heinäkuu|elokuu|syyskuu|lokakuu|marraskuu|joulukuu",
		"tammi |helmi |maalis|huhti |touko |kesä  |heinä |elo   |syys  |loka  |marras|joulu ",
		"maanantai|tiistai|keskiviikko|torstai|perjantai|lauantai|sunnuntai",
		"ma|ti|ke|to|pe|la|su",
	},
	{
		"et_EE",
		"jaanuar|veebruar|märts|aprill|mai|juuni|juuli|august|september|oktoober|november|detsember",
		"jaan |veebr|märts|apr  |mai  |juuni|juuli|aug  |sept |okt  |nov  |dets ",
		"esmaspäev|teisipäev|kolmapäev|neljapäev|reede|laupäev|pühapäev",
		"E|T|K|N|R|L|P",
	},
	{
		"lt_LT",
		"sausio|vasario|kovo|balandžio|gegužės|birželio|liepos|rugpjūčio|rugsėjo|spalio|lapkričio|gruodžio",
		"Sau|Vas|Kov|Bal|Geg|Bir|Lie|Rgp|Rgs|Spa|Lap|Grd",
		"Pirmadienis|Antradienis|Trečiadienis|Ketvirtadienis|Penktadienis|Šeštadienis|Sekmadienis",
		"Pr|An|Tr|Kt|Pn|Št|Sk",
	},
	{
		"lv_LV",
		"janvāris|februāris|marts|aprīlis|maijs|jūnijs|jūlijs|augusts|septembris|oktobris|novembris|decembris",
		"jan|feb|mar|apr|mai|jūn|jūl|aug|sep|okt|nov|dec",
		"pirmdiena|otrdiena|trešdiena|ceturtdiena|piektdiena|sestdiena|svētdiena",
		"P |O |T |C |Pk|S |Sv",
	},
	{
		"pl_PL",
		"styczeń|luty|marzec|kwiecień|maj|czerwiec|lipiec|sierpień|wrzesień|październik|listopad|grudzień",
		"sty|lut|mar|kwi|maj|cze|lip|sie|wrz|paź|lis|gru",
		"poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela",
		"pon|wto|śro|czw|pią|sob|nie",
	},
	{
		"cs_CZ",
		"leden|únor|březen|duben|květen|červen|červenec|srpen|září|říjen|listopad|prosinec",
		"led|úno|bře|dub|kvě|čen|čec|srp|zář|říj|lis|pro",
		"Pondělí|Úterý|Středa|Čtvrtek|Pátek|Sobota|Neděle",
		"Po|Út|St|Čt|Pá|So|Ne",
	},
	{
		"sk_SK",
		"január|február|marec|apríl|máj|jún|júl|august|september|október|november|december",
		"jan|feb|mar|apr|máj|jún|júl|aug|sep|okt|nov|dec",
		"Pondelok|Utorok|Streda|Štvrtok|Piatok|Sobota|Nedeľa",
		"Po|Ut|St|Št|Pi|So|Ne",
	},
	{
		"sl_SI",
		"januar|februar|marec|april|maj|junij|julij|avgust|september|oktober|november|december",
		"jan|feb|mar|apr|maj|jun|jul|avg|sep|okt|nov|dec",
		"ponedeljek|torek|sreda|četrtek|petek|sobota|nedelja",
		"pon|tor|sre|čet|pet|sob|ned",
	},
	{
		"hr_HR",
		"Siječanj|Veljača|Ožujak|Travanj|Svibanj|Lipanj|Srpanj|Kolovoz|Rujan|Listopad|Studeni|Prosinac",
		"Sij|Vel|Ožu|Tra|Svi|Lip|Srp|Kol|Ruj|Lis|Stu|Pro",
		"Ponedjeljak|Utorak|Srijeda|Četvrtak|Petak|Subota|Nedjelja",
		"Pon|Uto|Sri|Čet|Pet|Sub|Ned",
	},
	{
		"hu_HU",
		"január|február|március|április|május|június|július|augusztus|szeptember|október|november|december",
		"jan|feb|már|ápr|máj|jún|júl|aug|sze|okt|nov|dec",
		"hétfő|kedd|szerda|csütörtök|péntek|szombat|vasárnap",
		"h|k|sze|cs|p|szo|v",
	},
	{
		"ru_RU ru_UA",
		"Января|Февраля|Марта|Апреля|Мая|Июня|Июля|Августа|Сентября|Октября|Ноября|Декабря",
		"Янв|Фев|Мар|Апр|Май|Июн|Июл|Авг|Сен|Окт|Ноя|Дек",
		"Понедельник|Вторник|Среда|Четверг|Пятница|Суббота|Воскресенье",
		"Пнд|Втр|Срд|Чтв|Птн|Сбт|Вск",
	},
	{
		"uk_UA",
		"Січень|Лютий|Березень|Квітень|Травень|Червень|Липень|Серпень|Вересень|Жовтень|Листопад|Грудень",
		"Січ|Лют|Бер|Кві|Тра|Чер|Лип|Сер|Вер|Жов|Лис|Гру",
		"Понеділок|Вівторок|Середа|Четвер|П'ятниця|Субота|Неділя",
		"Пнд|Втр|Срд|Чтв|Птн|Сбт|Ндл",
	},
	{
		"bg_BG",
		"януари|февруари|март|април|май|юни|юли|август|септември|октомври|ноември|декември",
		"яну|фев|мар|апр|май|юни|юли|авг|сеп|окт|ное|дек",
		"понеделник|вторник|сряда|четвъртък|петък|събота|неделя",
		"пн|вт|ср|чт|пт|сб|нд",
	},
	{
		"el_GR",
		"Ιανουάριος|Φεβρουάριος|Μάρτιος|Απρίλιος|Μάιος|Ιούνιος|Ιούλιος|Αύγουστος|Σεπτέμβριος|Οκτώβριος|Νοέμβριος|Δεκέμβριος",
		"Ιαν|Φεβ|Μάρ|Απρ|Μάι|Ιούν|Ιούλ|Αύγ|Σεπ|Οκτ|Νοέ|Δεκ",
		"Δευτέρα|Τρίτη|Τετάρτη|Πέμπτη|Παρασκευή|Σάββατο|Κυριακή",
		"Δευ|Τρί|Τετ|Πέμ|Παρ|Σάβ|Κυρ",
	},
	{
		"tr_TR",
		"Ocak|Şubat|Mart|Nisan|Mayıs|Haziran|Temmuz|Ağustos|Eylül|Ekim|Kasım|Aralık",
		"Oca|Şub|Mar|Nis|May|Haz|Tem|Ağu|Eyl|Eki|Kas|Ara",
		"Pazartesi|Salı|Çarşamba|Perşembe|Cuma|Cumartesi|Pazar",
		"Pzt|Sal|Çrş|Prş|Cum|Cts|Paz",
	},
	{
		"ro_RO",
		"Ianuarie|Februarie|Martie|Aprilie|Mai|Iunie|Iulie|August|Septembrie|Octombrie|Noiembrie|Decembrie",
		"ian|feb|mar|apr|mai|iun|iul|aug|sep|oct|nov|dec",
		"Luni|Marţi|Miercuri|Joi|Vineri|Sâmbătă|Duminică",
		"Lu|Ma|Mi|Jo|Vi|Sâ|Du",
	},
	{
		"ca_ES",
		"gener|febrer|març|abril|maig|juny|juliol|agost|setembre|octubre|novembre|desembre",
		"gen|feb|mar|abr|mai|jun|jul|ago|set|oct|nov|des",
		"dilluns|dimarts|dimecres|dijous|divendres|dissabte|diumenge",
		"dl|dt|dc|dj|dv|ds|dg",
	},
	{
		"id_ID",
		"Januari|Februari|Maret|April|Mei|Juni|Juli|Agustus|September|Oktober|November|Desember",
		"Jan|Feb|Mar|Apr|Mei|Jun|Jul|Agu|Sep|Okt|Nov|Des",
		"Senin|Selasa|Rabu|Kamis|Jumat|Sabtu|Minggu",
		"Sen|Sel|Rab|Kam|Jum|Sab|Min",
	},
	{
		"ja_JP",
		"1月|2月|3月|4月|5月|6月|7月|8月|9月|10月|11月|12月",
		" 1月| 2月| 3月| 4月| 5月| 6月| 7月| 8月| 9月|10月|11月|12月",
		"月曜日|火曜日|水曜日|木曜日|金曜日|土曜日|日曜日",
		"月|火|水|木|金|土|日",
	},
	{
		"zh_CN",
		"一月|二月|三月|四月|五月|六月|七月|八月|九月|十月|十一月|十二月",
		" 1月| 2月| 3月| 4月| 5月| 6月| 7月| 8月| 9月|10月|11月|12月",
		"星期一|星期二|星期三|星期四|星期五|星期六|星期日",
		"一|二|三|四|五|六|日",
	},
	{
		"ko_KR",
		"일월|이월|삼월|사월|오월|유월|칠월|팔월|구월|시월|십일월|십이월",
		" 1월| 2월| 3월| 4월| 5월| 6월| 7월| 8월| 9월|10월|11월|12월",
		"월요일|화요일|수요일|목요일|금요일|토요일|일요일",
		"월|화|수|목|금|토|일",
	},
}
