// Package list is a doubly linked list whose nodes are part of the linked values. Pushing and
// removing a node costs O(1), wherever it is, and allocates nothing.
package list

// A List holds nodes in the order in which they were pushed. The zero value is an empty list.
type List[T any] struct {
	first, last *Node[T]
	len         int
}

// A Node is a place in a List, and part of the Value that it stands for. It is in one list at most.
type Node[T any] struct {
	Value      T
	prev, next *Node[T]
	list       *List[T] // nil: none
}

// Listed reports whether n is in a list.
func (n *Node[T]) Listed() bool { return n.list != nil }

// Len returns the number of nodes.
func (l *List[T]) Len() int { return l.len }

// First returns the node that was pushed before all others, nil if the list is empty.
func (l *List[T]) First() *Node[T] { return l.first }

// PushBack puts n, which is in no list, behind the last node.
func (l *List[T]) PushBack(n *Node[T]) {
	n.prev, n.next, n.list = l.last, nil, l
	if l.last == nil {
		l.first = n
	} else {
		l.last.next = n
	}
	l.last = n
	l.len++
}

// Remove takes n out of the list, and reports whether it was there.
func (l *List[T]) Remove(n *Node[T]) bool {
	if n.list != l {
		return false
	}
	if n.prev == nil {
		l.first = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		l.last = n.prev
	} else {
		n.next.prev = n.prev
	}
	n.prev, n.next, n.list = nil, nil, nil
	l.len--
	return true
}
