package main

import "strings"

// A node is a level of topics, and of the filters of topics: who has subscribed to exactly this
// one, and the message that is retained under it.
type node struct {
	children    map[string]*node
	subscribers map[*client]byte // and their QoS
	retained    *message
}

// at returns the node of a topic or filter, which is made if there is none.
func (n *node) at(topic string) *node {
	for more := true; more; {
		var level string
		level, topic, more = strings.Cut(topic, "/")
		next := n.children[level]
		if next == nil {
			if n.children == nil {
				n.children = map[string]*node{}
			}
			next = &node{}
			n.children[level] = next
		}
		n = next
	}
	return n
}

// change calls f with the node of a topic or filter, if there is one, and drops what is empty then.
func (n *node) change(topic string, f func(*node)) {
	level, rest, more := strings.Cut(topic, "/")
	next := n.children[level]
	if next == nil {
		return
	}
	if more {
		next.change(rest, f)
	} else {
		f(next)
	}
	if len(next.children) == 0 && len(next.subscribers) == 0 && next.retained == nil {
		delete(n.children, level)
	}
}

// isHidden reports whether a first level is none that a wildcard stands for.
func isHidden(level string) bool { return strings.HasPrefix(level, "$") }

// subscribersOf calls f for each subscription that a topic matches. A client with several of them
// comes several times.
func (n *node) subscribersOf(topic string, f func(c *client, qos byte)) {
	n.match(topic, isHidden(topic), f)
}

func (n *node) match(topic string, hidden bool, f func(*client, byte)) {
	level, rest, more := strings.Cut(topic, "/")
	if !hidden {
		n.children["#"].each(f)
		n.children["+"].descend(rest, more, f)
	}
	n.children[level].descend(rest, more, f)
}

// descend goes on with what is left of a topic. At its end, the parent of # counts too.
func (n *node) descend(rest string, more bool, f func(*client, byte)) {
	switch {
	case n == nil:
	case more:
		n.match(rest, false, f)
	default:
		n.each(f)
		n.children["#"].each(f)
	}
}

func (n *node) each(f func(*client, byte)) {
	if n != nil {
		for c, qos := range n.subscribers {
			f(c, qos)
		}
	}
}

// retainedFor calls f for each retained message whose topic a filter matches.
func (n *node) retainedFor(filter string, f func(*message)) { n.find(filter, true, f) }

func (n *node) find(filter string, first bool, f func(*message)) {
	level, rest, more := strings.Cut(filter, "/")
	switch level {
	case "#":
		n.all(first, f)
	case "+":
		for name, next := range n.children {
			if !first || !isHidden(name) {
				next.found(rest, more, f)
			}
		}
	default:
		if next := n.children[level]; next != nil {
			next.found(rest, more, f)
		}
	}
}

func (n *node) found(rest string, more bool, f func(*message)) {
	if more {
		n.find(rest, false, f)
	} else if n.retained != nil {
		f(n.retained)
	}
}

// all calls f for the messages here and below.
func (n *node) all(first bool, f func(*message)) {
	if n.retained != nil {
		f(n.retained)
	}
	for name, next := range n.children {
		if !first || !isHidden(name) {
			next.all(false, f)
		}
	}
}
