package main

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bind is a case's value as Go's.
func bind(v *[2]string) (any, error) {
	if v == nil {
		return nil, nil
	}
	kind, text := v[0], spread(v)
	switch kind {
	case "int":
		return strconv.ParseInt(text, 10, 64)
	case "bool":
		return text == "1", nil
	case "double":
		return strconv.ParseFloat(text, 64)
	case "bytes":
		return hex.DecodeString(text)
	case "date":
		return time.Parse("2006-01-02", text)
	case "datetime":
		return time.Parse("2006-01-02 15:04:05.999999", text)
	}
	return text, nil
}

// spread writes out a value that is given as a repetition.
func spread(v *[2]string) string {
	if n, ok := strings.CutPrefix(v[1], "repeat:"); ok {
		count, err := strconv.Atoi(n)
		if err != nil {
			panic(err) // of cases.json
		}
		return strings.Repeat(map[bool]string{false: "x", true: "ab"}[v[0] == "bytes"], count)
	}
	return v[1]
}

// shown is what came out, as the cases write it.
func shown(v any, column *sql.ColumnType) *string {
	var s string
	switch v := v.(type) {
	case nil:
		return nil
	case []byte:
		s = string(v)
		name := column.DatabaseTypeName()
		if strings.HasSuffix(name, "BINARY") || strings.HasSuffix(name, "BLOB") || name == "BIT" {
			s = hex.EncodeToString(v)
		}
	case float32:
		s = strconv.FormatFloat(float64(v), 'f', -1, 32)
	case float64:
		s = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		s = fmt.Sprint(v)
	}
	if slices.Contains([]string{"DATETIME", "TIMESTAMP", "TIME"}, column.DatabaseTypeName()) && strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return &s
}
