package variable

import (
	"sort"
	"strings"
)

// Mode is a word of sql_mode. A mode that works changes statements; one that is
// kept asks for what is so anyway, and its absence would make the server laxer,
// which it does not become; one that is fixed is refused.
type Mode struct {
	Name string
	Rule Rule
	Why  string
}

var modes = map[string]Mode{
	"ANSI_QUOTES":                {"", Works, "\"x\" is a name"},
	"NO_AUTO_VALUE_ON_ZERO":      {"", Works, "0 is stored in an AUTO_INCREMENT column"},
	"ONLY_FULL_GROUP_BY":         {"", Works, "columns outside GROUP BY are refused"},
	"STRICT_TRANS_TABLES":        {"", Kept, "values that do not fit are always refused"},
	"STRICT_ALL_TABLES":          {"", Kept, "values that do not fit are always refused"},
	"TRADITIONAL":                {"", Kept, "the sum of strict modes"},
	"NO_ENGINE_SUBSTITUTION":     {"", Kept, "there is one storage engine"},
	"NO_ZERO_DATE":               {"", Kept, "in the strict modes already"},
	"NO_ZERO_IN_DATE":            {"", Kept, "in the strict modes already"},
	"ERROR_FOR_DIVISION_BY_ZERO": {"", Kept, "MySQL has announced its end; frameworks send it with the strict modes"},
	"NO_AUTO_CREATE_USER":        {"", Kept, "GRANT never creates users; dumps of older servers carry it"},
	"NO_FIELD_OPTIONS":           {"", Kept, "spelling of SHOW CREATE for older servers; dumps carry it"},
	"NO_KEY_OPTIONS":             {"", Kept, "spelling of SHOW CREATE for older servers; dumps carry it"},
	"NO_TABLE_OPTIONS":           {"", Kept, "spelling of SHOW CREATE for older servers; dumps carry it"},
	"ALLOW_INVALID_DATES":        {"", Fixed, "dates are checked against the calendar"},
	"ANSI":                       {"", Fixed, "say ANSI_QUOTES,PIPES_AS_CONCAT"},
	"HIGH_NOT_PRECEDENCE":        {"", Fixed, "NOT binds as in the standard"},
	"IGNORE_SPACE":               {"", Kept, "a bracket may stand apart from the name of its function anyway"},
	"NO_BACKSLASH_ESCAPES":       {"", Works, "a backslash in a string is itself"},
	"NO_DIR_IN_CREATE":           {"", Kept, "DATA DIRECTORY has no meaning here"},
	"NO_UNSIGNED_SUBTRACTION":    {"", Fixed, "cast to SIGNED"},
	"PAD_CHAR_TO_FULL_LENGTH":    {"", Fixed, "use RPAD"},
	"PIPES_AS_CONCAT":            {"", Works, "|| joins strings"},
	"REAL_AS_FLOAT":              {"", Fixed, "say FLOAT"},
	"TIME_TRUNCATE_FRACTIONAL":   {"", Fixed, "fractions of seconds are rounded"},
}

// Modes returns every mode by name.
func Modes() []Mode {
	out := make([]Mode, 0, len(modes))
	for name, m := range modes {
		m.Name = name
		out = append(out, m)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// RefusedMode returns the first mode of a value of sql_mode that is in after, was
// not in before, and cannot be had. A word that is no mode is left to the check of
// values.
func RefusedMode(before, after string) (Mode, bool) {
	had := words(before)
	for word := range words(after) {
		if m, known := modes[word]; known && m.Rule == Fixed && !had[word] {
			m.Name = word
			return m, true
		}
	}
	return Mode{}, false
}

func words(mode string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Split(mode, ",") {
		if w = strings.ToUpper(strings.TrimSpace(w)); w != "" {
			out[w] = true
		}
	}
	return out
}
