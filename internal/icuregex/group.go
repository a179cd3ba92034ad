package regex

import "strconv"

// openGroup translates what follows a "(".
func (t *translator) openGroup() error {
	if len(t.open) >= maxNesting {
		return invalid("groups are nested too deeply")
	}
	if !t.in.accept('?') {
		t.capture()
		return nil
	}
	for _, plain := range []string{":", "=", "!", ">", "<=", "<!"} {
		if t.in.looking(plain) {
			t.in.pos += len(plain)
			t.push("(?" + plain)
			return nil
		}
	}
	switch {
	case t.in.accept('#'):
		if _, ok := t.in.until(')'); !ok {
			return invalid("a comment is not closed")
		}
		return nil
	case t.in.accept('<'):
		return t.namedGroup()
	}
	return t.inlineFlags()
}

// push opens a group and remembers the flags that its end restores.
func (t *translator) push(open string) {
	t.open = append(t.open, frame{start: t.out.Len(), mode: t.mode})
	t.out.WriteString(open)
	t.atom = -1
}

func (t *translator) capture() {
	t.groups++
	t.push("(?<" + strconv.Itoa(t.groups) + ">")
}

func (t *translator) namedGroup() error {
	name, err := t.groupName()
	if err != nil {
		return err
	}
	if _, twice := t.names[name]; twice {
		return invalid("a group name is used twice")
	}
	t.capture()
	t.names[name] = t.groups
	return nil
}

// groupName reads a name up to and including its ">".
func (t *translator) groupName() (string, error) {
	name, ok := t.in.until('>')
	if !ok || name == "" {
		return "", invalid("a group name is not closed")
	}
	for i, r := range name {
		if !isNameRune(r, i == 0) {
			return "", invalid("a group name has letters and digits only")
		}
	}
	return name, nil
}

// inlineFlags translates (?flags-flags) and (?flags-flags:…).
func (t *translator) inlineFlags() error {
	m, on := t.mode, true
	for !t.in.eof() {
		switch t.in.next() {
		case '-':
			if !on {
				return invalid("flags have a second minus sign")
			}
			on = false
		case 'i':
			m.ignoreCase = on
		case 'm':
			m.multiline = on
		case 's':
			m.dotAll = on
		case 'd':
			m.unixLines = on
		case 'x':
			m.comments = on
		case 'w': // Unicode word boundaries: \b is close enough
		case ')':
			t.mode, t.atom = m, -1
			return nil
		case ':':
			t.push("(?:")
			t.mode = m
			return nil
		default:
			return invalid("unknown group or flag")
		}
	}
	return invalid("a parenthesis is not closed")
}

func (t *translator) closeGroup() error {
	n := len(t.open)
	if n == 0 {
		return invalid("a parenthesis is not opened")
	}
	f := t.open[n-1]
	t.open = t.open[:n-1]
	t.out.WriteByte(')')
	t.mode, t.atom = f.mode, f.start
	return nil
}
