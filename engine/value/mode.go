package value

import "strings"

var modeWords = map[string]Mode{
	"STRICT_TRANS_TABLES": ModeStrict, "STRICT_ALL_TABLES": ModeStrict, "NO_ZERO_DATE": ModeNoZeroDate,
	"NO_ZERO_IN_DATE": ModeNoZeroInDate, "ERROR_FOR_DIVISION_BY_ZERO": ModeErrorForDivisionByZero,
	"ALLOW_INVALID_DATES": ModeAllowInvalidDates, "NO_UNSIGNED_SUBTRACTION": ModeNoUnsignedSubtraction,
	"PAD_CHAR_TO_FULL_LENGTH": ModePadCharToFullLength, "TIME_TRUNCATE_FRACTIONAL": ModeTimeTruncateFractional,
	"NO_BACKSLASH_ESCAPES": ModeNoBackslashEscapes, "PIPES_AS_CONCAT": ModePipesAsConcat,
	"ANSI":        ModePipesAsConcat,
	"TRADITIONAL": ModeStrict | ModeNoZeroDate | ModeNoZeroInDate | ModeErrorForDivisionByZero,
}

// ModeOf reads a value of sql_mode.
func ModeOf(words string) (m Mode) {
	for word := range strings.SplitSeq(words, ",") {
		m |= modeWords[strings.ToUpper(strings.TrimSpace(word))]
	}
	return m
}
