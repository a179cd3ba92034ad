package variable

import (
	"sort"
	"strings"
)

// Mode is a word of sql_mode. A mode that works changes statements; one that is
// kept asks for what is so anyway, and its absence would make the server laxer,
// which it does not become; one that is fixed is refused; one that is left out is
// taken from dumps of older servers, and nothing keeps it, as MySQL 8.0 has it no more.
type Mode struct {
	Name string
	Rule Rule
	Why  string
}

var modes = map[string]Mode{
	"ANSI_QUOTES":                {"", Works, "\"x\" is a name"},
	"NO_AUTO_VALUE_ON_ZERO":      {"", Works, "0 is stored in an AUTO_INCREMENT column"},
	"ONLY_FULL_GROUP_BY":         {"", Works, "columns outside GROUP BY are refused"},
	"STRICT_TRANS_TABLES":        {"", Works, "values that do not fit are refused, without it changed with a warning"},
	"STRICT_ALL_TABLES":          {"", Works, "the same as STRICT_TRANS_TABLES"},
	"TRADITIONAL":                {"", Works, "the sum of strict modes"},
	"NO_ENGINE_SUBSTITUTION":     {"", Kept, "there is one storage engine"},
	"NO_ZERO_DATE":               {"", Works, "0000-00-00 is no date"},
	"NO_ZERO_IN_DATE":            {"", Works, "dates without a month or a day are none"},
	"ERROR_FOR_DIVISION_BY_ZERO": {"", Works, "a division by 0 warns; in a strict mode it is an error where rows are written"},
	"NO_AUTO_CREATE_USER":        {"", LeftOut, "MySQL 8.0 has it no more: GRANT never creates users; dumps of older servers carry it"},
	"NO_FIELD_OPTIONS":           {"", LeftOut, "MySQL 8.0 has it no more: spelling of SHOW CREATE for older servers; dumps carry it"},
	"NO_KEY_OPTIONS":             {"", LeftOut, "MySQL 8.0 has it no more: spelling of SHOW CREATE for older servers; dumps carry it"},
	"NO_TABLE_OPTIONS":           {"", LeftOut, "MySQL 8.0 has it no more: spelling of SHOW CREATE for older servers; dumps carry it"},
	"ALLOW_INVALID_DATES":        {"", Works, "a month has 31 days"},
	"ANSI":                       {"", Works, "the sum of REAL_AS_FLOAT, PIPES_AS_CONCAT, ANSI_QUOTES, IGNORE_SPACE and ONLY_FULL_GROUP_BY"},
	"HIGH_NOT_PRECEDENCE":        {"", Works, "NOT binds as ! does"},
	"IGNORE_SPACE":               {"", Kept, "a bracket may stand apart from the name of its function anyway"},
	"NO_BACKSLASH_ESCAPES":       {"", Works, "a backslash in a string is itself"},
	"NO_DIR_IN_CREATE":           {"", Kept, "DATA DIRECTORY has no meaning here"},
	"NO_UNSIGNED_SUBTRACTION":    {"", Works, "a difference is a signed number"},
	"PAD_CHAR_TO_FULL_LENGTH":    {"", Fixed, "texts of CHAR columns come without the spaces at their end; use RPAD"},
	"PIPES_AS_CONCAT":            {"", Works, "|| joins strings"},
	"REAL_AS_FLOAT":              {"", Works, "REAL is FLOAT"},
	"TIME_TRUNCATE_FRACTIONAL":   {"", Works, "fractions of seconds are cut, not rounded"},
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

// ModeBits are the words in the order of their bits, which SET sql_mode takes as a number, too.
// The places that MySQL 8.0 does not use have the names that it gives them.
func ModeBits() []string {
	return []string{
		"REAL_AS_FLOAT", "PIPES_AS_CONCAT", "ANSI_QUOTES", "IGNORE_SPACE", "NOT_USED", "ONLY_FULL_GROUP_BY", "NO_UNSIGNED_SUBTRACTION",
		"NO_DIR_IN_CREATE", "NOT_USED_9", "NOT_USED_10", "NOT_USED_11", "NOT_USED_12", "NOT_USED_13", "NO_KEY_OPTIONS", "NO_TABLE_OPTIONS",
		"NO_FIELD_OPTIONS", "NOT_USED_17", "NOT_USED_18", "ANSI", "NO_AUTO_VALUE_ON_ZERO", "NO_BACKSLASH_ESCAPES", "STRICT_TRANS_TABLES",
		"STRICT_ALL_TABLES", "NO_ZERO_IN_DATE", "NO_ZERO_DATE", "ALLOW_INVALID_DATES", "ERROR_FOR_DIVISION_BY_ZERO", "TRADITIONAL",
		"NO_AUTO_CREATE_USER", "HIGH_NOT_PRECEDENCE", "NO_ENGINE_SUBSTITUTION", "PAD_CHAR_TO_FULL_LENGTH", "TIME_TRUNCATE_FRACTIONAL",
	}
}

// sums are the modes that stand for several; they stay beside them.
var sums = map[string][]string{
	"ANSI": {"REAL_AS_FLOAT", "PIPES_AS_CONCAT", "ANSI_QUOTES", "IGNORE_SPACE", "ONLY_FULL_GROUP_BY"},
	"TRADITIONAL": {
		"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "NO_ZERO_IN_DATE", "NO_ZERO_DATE", "ERROR_FOR_DIVISION_BY_ZERO", "NO_ENGINE_SUBSTITUTION",
	},
}

// SpellModes writes a value of sql_mode as SELECT @@sql_mode shows it: every mode once, with
// those that it is the sum of, in the order of ModeBits, without those that are left out.
// unknown is a word that is no mode.
func SpellModes(value string) (spelled, unknown string) {
	set := map[string]bool{}
	for word := range strings.SplitSeq(value, ",") {
		if word == "" {
			continue
		}
		name := strings.ToUpper(word)
		m, known := modes[name]
		if !known {
			return "", word
		}
		if m.Rule == LeftOut {
			continue
		}
		set[name] = true
		for _, part := range sums[name] {
			set[part] = true
		}
	}
	var out []string
	for _, name := range ModeBits() {
		if set[name] {
			out = append(out, name)
		}
	}
	return strings.Join(out, ","), ""
}

// LeftOutModes are the words of a value of sql_mode that SpellModes leaves out.
func LeftOutModes(value string) (out []string) {
	for word := range strings.SplitSeq(value, ",") {
		if name := strings.ToUpper(word); modes[name].Rule == LeftOut {
			out = append(out, name)
		}
	}
	return out
}

// StoredModes spells the value that stands beside a program. It may be of a server that
// had other words: what is no mode here is none of the program's.
func StoredModes(value string) string {
	var known []string
	for word := range strings.SplitSeq(value, ",") {
		if word = strings.ToUpper(strings.TrimSpace(word)); modes[word].Why != "" {
			known = append(known, word)
		}
	}
	spelled, _ := SpellModes(strings.Join(known, ","))
	return spelled
}

// RefusedMode returns the first mode of a spelled value of sql_mode that is in after, was not in
// before, and cannot be had.
func RefusedMode(before, after string) (Mode, bool) {
	had := words(before)
	for _, word := range strings.Split(after, ",") {
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
		out[w] = true
	}
	return out
}
