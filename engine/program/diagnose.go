package program

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lxdb/lxdb/engine/sqlerr"
	"github.com/lxdb/lxdb/engine/value"
)

// raisedError is an error that SIGNAL made.
type raisedError struct {
	cond Condition
	err  *sqlerr.Error
}

func (e *raisedError) Error() string { return e.err.Error() }
func (e *raisedError) Unwrap() error { return e.err }

// Signalled says that an error is what a SIGNAL, or a RESIGNAL with words of its own, says:
// its author has chosen the text.
func Signalled(err error) bool {
	var raised *raisedError
	return errors.As(err, &raised) && raised.cond.Said
}

// raise runs SIGNAL and RESIGNAL. A condition that is raised again stays what it was, a
// warning or an error, unless it gets another SQLSTATE; then it stands beside the old one.
func (f *Frame) raise(s *Signal) error {
	c := Condition{Said: true}
	var area []Condition
	if s.again {
		if len(f.caught) == 0 {
			return sqlerr.ResignalWithoutActiveHandler.Errorf("RESIGNAL when handler not active")
		}
		on := &f.caught[len(f.caught)-1]
		c, area = on.cond, on.area
		if s.state == "" {
			area = without(area, &c)
		}
	}
	if s.state != "" {
		c.State, c.Level = s.state, Error
		if c.class() == classWarning {
			c.Level = Warning
		}
		number, message := unhandled(&c)
		if c.Number = number; c.Message == "" {
			c.Message = message
		}
	}
	items := map[string]string{}
	maps.Copy(items, c.Items)
	c.Items = items
	f.host.Clear()
	for _, old := range area {
		f.host.Add(old)
	}
	for i := range s.items {
		if err := f.signalItem(&c, &s.items[i]); err != nil {
			return err
		}
	}
	if c.Level != Error {
		f.passed = f.passed || s.again
		c.Err = nil
		f.old = len(area)
		f.host.Add(c)
		return nil
	}
	if c.Err != nil && len(s.items) == 0 && s.state == "" {
		return c.Err // as it was: what may be shown of it is decided
	}
	return &raisedError{c, &sqlerr.Error{Number: sqlerr.Code(c.Number), State: c.State, Message: c.Message}}
}

// without is an area before a condition came to its end.
func without(area []Condition, c *Condition) []Condition {
	if n := len(area); n > 0 && area[n-1].same(c) {
		return area[:n-1]
	}
	return area
}

// unhandled is what a condition says by itself.
func unhandled(c *Condition) (uint16, string) {
	switch c.class() {
	case classWarning:
		return uint16(sqlerr.SignalWarn), "Unhandled user-defined warning condition"
	case classNotFound:
		return uint16(sqlerr.SignalNotFound), "Unhandled user-defined not found condition"
	}
	return uint16(sqlerr.SignalException), "Unhandled user-defined exception condition"
}

// Bounds of what SIGNAL may say, in characters.
const (
	maxMessage = 128
	maxItem    = 64
)

// progressNumber is no error for clients of MariaDB, which would wait for what follows.
const progressNumber = 0xFFFF

func (f *Frame) signalItem(c *Condition, item *signalItem) error {
	v, t, err := f.host.Eval(f, item.value)
	if err != nil {
		return err
	}
	if v.IsNull() {
		return sqlerr.WrongValueForVar.Errorf("Variable '%s' can't be set to the value of 'NULL'", item.name)
	}
	text := string(value.AppendText(nil, v, t))
	switch item.name {
	case "MYSQL_ERRNO":
		n, err := f.host.Number(v, t)
		if err != nil || n <= 0 || n > math.MaxUint16 || n == progressNumber {
			return sqlerr.WrongValueForVar.Errorf("Variable '%s' can't be set to the value of '%s'", item.name, text)
		}
		c.Number = uint16(n)
		return nil
	case "MESSAGE_TEXT":
		if text, err = f.shorten(text, maxMessage, item.name); err == nil {
			c.Message, c.Said = text, true
		}
		return err
	}
	if text, err = f.shorten(text, maxItem, item.name); err == nil {
		c.Items[item.name] = text
	}
	return err
}

func (f *Frame) shorten(text string, most int, item string) (string, error) {
	runes := []rune(text)
	if len(runes) <= most {
		return text, nil
	}
	if f.host.Strict() {
		return "", sqlerr.CondItemTooLong.Errorf("Data too long for condition item '%s'", item)
	}
	f.host.Add(Condition{Level: Warning, Number: uint16(sqlerr.CondItemTruncated), State: sqlerr.CondItemTruncated.State(),
		Message: "Data truncated for condition item '" + item + "'"})
	return string(runes[:most]), nil
}

// diagnose runs GET DIAGNOSTICS. What is wrong with it, a condition that is not there for
// one, stands in the area behind what it looked at; the statement itself does not fail.
func (f *Frame) diagnose(s *Diagnostics) error {
	area := f.area
	if s.stacked {
		if len(f.caught) == 0 {
			return sqlerr.GetStackedDAWithoutActiveHandler.Errorf("GET STACKED DIAGNOSTICS when handler not active")
		}
		area = f.caught[len(f.caught)-1].area
	}
	err := f.diagnosed(s, area)
	if err == nil {
		return nil
	}
	c, may := f.host.Condition(err)
	if !may {
		return err
	}
	c.Level, c.Err = Error, nil
	if s.stacked {
		on := &f.caught[len(f.caught)-1]
		on.area = append(slices.Clone(on.area), c)
		return nil
	}
	f.host.Add(c)
	return nil
}

func (f *Frame) diagnosed(s *Diagnostics, area []Condition) error {
	if s.number == nil {
		for _, item := range s.items {
			n := int64(len(area))
			if item.name == "ROW_COUNT" {
				n = f.host.RowCount()
			}
			if err := f.assign(item.into, value.Int(n), &value.BigInt); err != nil {
				return err
			}
		}
		return nil
	}
	v, t, err := f.host.Eval(f, s.number)
	if err != nil {
		return err
	}
	n, err := f.host.Number(v, t)
	if err != nil || v.IsNull() || n < 1 || n > int64(len(area)) {
		return sqlerr.DAInvalidConditionNumber.Errorf("Invalid condition number")
	}
	for _, item := range s.items {
		v, t := area[n-1].item(item.name)
		if err := f.assign(item.into, v, &t); err != nil {
			return err
		}
	}
	return nil
}

// item is one of a condition's items.
func (c *Condition) item(name string) (value.Value, value.Type) {
	text := c.Items[name]
	switch name {
	case "MYSQL_ERRNO":
		return value.Int(int64(c.Number)), value.BigInt
	case "RETURNED_SQLSTATE":
		text = c.State
	case "MESSAGE_TEXT":
		text = c.Message
	case "CLASS_ORIGIN":
		if text == "" {
			text = origin(c.State[0])
		}
	case "SUBCLASS_ORIGIN":
		if text == "" {
			text = origin(c.State[2])
		}
	}
	text = basicPlane(text)
	return value.String(text), value.Text(itemCollation, utf8.RuneCountInString(text))
}

// itemCollation is that of the texts of a condition, as in MySQL and MariaDB.
var itemCollation = value.CollationNamed("utf8mb3_general_ci")

// basicPlane is a text in that character set, which has no characters of four bytes.
func basicPlane(text string) string {
	return strings.Map(func(r rune) rune {
		if r > 0xFFFF {
			return '?'
		}
		return r
	}, text)
}

// origin: the standard has the classes and subclasses that begin so.
func origin(first byte) string {
	if first >= '0' && first <= '4' || first >= 'A' && first <= 'H' {
		return "ISO 9075"
	}
	return "MySQL"
}
