package terminator

// PrefixAtEnd is asynchat's find_prefix_at_end: the length of the longest proper prefix of needle
// that ends haystack, which is what a reader must hold back until it has seen more.
//
//	PrefixAtEnd("qwerty\r", "\r\n")  is 1
//	PrefixAtEnd("qwertydkjf", "\r\n") is 0
//
// A haystack that ends with the whole needle is outside its contract, as it was there. The cost is
// O(len(needle)).
func PrefixAtEnd(haystack, needle []byte) int {
	if len(needle) <= maxShort {
		return prefixAtEnd(haystack, string(needle))
	}
	tail := haystack[max(0, len(haystack)-len(needle)+1):]
	s := newSet([]string{string(needle)})
	node, _ := s.scan(0, tail)
	return int(s.nodes[node].depth)
}
