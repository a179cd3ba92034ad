package state

import (
	"strings"

	"github.com/lxdb/lxdb/storage/kivi"
)

// savepoints are those of a transaction, oldest first. To set one and to find one by its name takes
// as long with many of them as with one: programs set them in loops.
type savepoints struct {
	list  []savepoint
	at    map[string]int // by name in lower case
	ended int            // of the list
}

type savepoint struct {
	name  string
	mark  kivi.Mark
	ended bool // a newer one has its name
}

// live is how many there are.
func (p *savepoints) live() int { return len(p.list) - p.ended }

// add sets a savepoint; none has its name.
func (p *savepoints) add(name string, mark kivi.Mark) {
	name = strings.ToLower(name)
	if p.at == nil {
		p.at = map[string]int{}
	}
	p.at[name] = len(p.list)
	p.list = append(p.list, savepoint{name: name, mark: mark})
}

// end forgets the one of that name, if there is one.
func (p *savepoints) end(name string) bool {
	name = strings.ToLower(name)
	i, there := p.at[name]
	switch {
	case !there:
		return false
	case i == len(p.list)-1:
		p.cut(i)
		return true
	}
	delete(p.at, name)
	p.list[i] = savepoint{ended: true}
	if p.ended++; p.ended > len(p.list)/2 {
		p.close()
	}
	return true
}

// close takes those that have ended out of the list.
func (p *savepoints) close() {
	kept := p.list[:0]
	for _, s := range p.list {
		if !s.ended {
			p.at[s.name] = len(kept)
			kept = append(kept, s)
		}
	}
	clear(p.list[len(kept):])
	p.list, p.ended = kept, 0
}

func (p *savepoints) find(name string) (int, bool) {
	i, ok := p.at[strings.ToLower(name)]
	return i, ok
}

// cut forgets all but the first n of the list.
func (p *savepoints) cut(n int) {
	for _, s := range p.list[n:] {
		if s.ended {
			p.ended--
		} else {
			delete(p.at, s.name)
		}
	}
	clear(p.list[n:]) // their marks hold memory
	p.list = p.list[:n]
}
