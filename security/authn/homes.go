package authn

import "container/list"

// maxHomes bounds the pairs that are remembered; the longest unused go first.
const maxHomes = 20_000

// homes remembers from which addresses accounts have logged in. It is part of
// failures and under its lock.
type homes struct {
	max   int
	pairs map[failureKey]*list.Element
	order *list.List // of failureKey, most recently used first
}

func newHomes(limit int) *homes {
	return &homes{max: limit, pairs: map[failureKey]*list.Element{}, order: list.New()}
}

func (h *homes) has(pair failureKey) bool { return h.pairs[pair] != nil }

func (h *homes) add(pair failureKey) {
	if el := h.pairs[pair]; el != nil {
		h.order.MoveToFront(el)
		return
	}
	h.pairs[pair] = h.order.PushFront(pair)
	if h.order.Len() > h.max {
		last := h.order.Back()
		h.order.Remove(last)
		delete(h.pairs, last.Value.(failureKey))
	}
}
