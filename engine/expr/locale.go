package expr

import "strings"

// numberLocale is how a country writes numbers: point, sign between groups, and how
// many digits a group has, from the right; the last one repeats.
type numberLocale struct {
	point, between string
	groups         []int
}

// The ways of writing numbers, and the names of MySQL's locales that have each.
var numberLocales = []struct {
	numberLocale
	names string
}{
	{numberLocale{".", ",", []int{3}}, "en_US en_GB en_AU en_CA en_NZ en_PH en_ZA en_ZW ar_AE ar_BH ar_DZ ar_EG ar_IN ar_IQ ar_JO ar_KW ar_LB ar_LY ar_MA ar_OM ar_QA ar_SD ar_SY ar_TN ar_YE " +
		"es_DO es_GT es_HN es_MX es_NI es_PA es_PE es_PR es_SV es_US gu_IN he_IL hi_IN ja_JP ko_KR ms_MY th_TH ur_PK zh_CN zh_HK zh_TW"},
	{numberLocale{",", ".", []int{3}}, "be_BY da_DK de_BE de_DE de_LU es_AR es_BO es_CL es_CO es_EC es_ES es_PY es_UY es_VE fo_FO hu_HU id_ID is_IS lt_LT mn_MN nb_NO no_NO ro_RO ru_UA sq_AL tr_TR uk_UA vi_VN"},
	{numberLocale{",", " ", []int{3}}, "cs_CZ es_CR et_EE fi_FI lv_LV mk_MK ru_RU sk_SK sv_FI sv_SE"},
	{numberLocale{",", "", nil}, "ca_ES de_AT el_GR eu_ES fr_BE fr_CA fr_CH fr_FR fr_LU gl_ES hr_HR it_IT nl_BE nl_NL pl_PL pt_BR pt_PT sl_SI"},
	{numberLocale{".", "", nil}, "ar_SA sr_RS sr_YU"},
	{numberLocale{".", "'", []int{3}}, "de_CH"},
	{numberLocale{",", "'", []int{3}}, "it_CH rm_CH"},
	{numberLocale{",", "\x00", []int{3}}, "bg_BG"},
	{numberLocale{".", ",", []int{3, 2}}, "en_IN ta_IN te_IN"},
}

// localeNamed finds a locale in any case.
func localeNamed(name string) (numberLocale, bool) {
	for _, l := range numberLocales {
		for n := range strings.FieldsSeq(l.names) {
			if strings.EqualFold(n, name) {
				return l.numberLocale, true
			}
		}
	}
	return numberLocales[0].numberLocale, false
}

// format groups the digits of a number as AppendText writes it.
func (l numberLocale) format(number string) string {
	sign, number := "", strings.TrimPrefix(number, "+")
	if rest, neg := strings.CutPrefix(number, "-"); neg {
		sign, number = "-", rest
	}
	whole, fraction, point := strings.Cut(number, ".")
	var parts []string
	for i := 0; len(l.groups) > 0; i++ {
		n := l.groups[min(i, len(l.groups)-1)]
		if len(whole) <= n {
			break
		}
		parts = append(parts, whole[len(whole)-n:])
		whole = whole[:len(whole)-n]
	}
	var out strings.Builder
	out.WriteString(sign + whole)
	for i := len(parts) - 1; i >= 0; i-- {
		out.WriteString(l.between + parts[i])
	}
	if point {
		out.WriteString(l.point + fraction)
	}
	return out.String()
}
