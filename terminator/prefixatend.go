package terminator

// PrefixAtEnd returns the length of the longest proper prefix of needle with which haystack ends,
// as asynchat's find_prefix_at_end does. A reader must hold back these bytes until more input
// comes.
//
//	PrefixAtEnd("qwerty\r", "\r\n")  is 1
//	PrefixAtEnd("qwertydkjf", "\r\n") is 0
//
// As in asynchat, haystack must not end with the whole needle. The cost is O(len(needle)).
func PrefixAtEnd(haystack, needle []byte) int {
	if len(needle) <= maxShort {
		return prefixAtEnd(haystack, string(needle))
	}
	tail := haystack[max(0, len(haystack)-len(needle)+1):]
	s := newSet([]string{string(needle)})
	node, _ := s.scan(0, tail)
	return int(s.nodes[node].depth)
}
