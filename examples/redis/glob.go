package main

import "math"

// match reports whether s fits a pattern of Redis: ? is any byte, * any number of them, [a-z] one
// of a class, [^a-z] one that is not in it, and a backslash takes away what is special. It costs
// O(len(pattern) * len(s)) however many stars there are: only the last one is tried again.
func match[T string | []byte](pattern []byte, s T) bool {
	unlimited := math.MaxInt
	return matchWithin(pattern, s, &unlimited)
}

// matchWithin is match that takes at most so many steps, which it takes off. If they do not
// suffice, they are less than 0 afterwards.
func matchWithin[T string | []byte](pattern []byte, s T, steps *int) bool {
	p, i := 0, 0
	star, resume := -1, 0 // behind the last star, and what of s it has not swallowed
	for i < len(s) || p < len(pattern) {
		if *steps--; *steps < 0 {
			return false
		}
		if p < len(pattern) && pattern[p] == '*' {
			p++
			star, resume = p, i
			continue
		}
		if i < len(s) && p < len(pattern) {
			ok, next := matchOne(pattern, p, s[i])
			if *steps -= next - p; ok {
				p, i = next, i+1
				continue
			}
		}
		if star < 0 || resume >= len(s) {
			return false
		}
		resume++
		p, i = star, resume
	}
	return true
}

// matchOne reports whether c fits what is at p, and returns where the pattern goes on.
func matchOne(pattern []byte, p int, c byte) (ok bool, next int) {
	switch pattern[p] {
	case '?':
		return true, p + 1
	case '[':
		return matchClass(pattern, p+1, c)
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return pattern[p] == c, p + 1
}

// matchClass is matchOne behind a bracket. A class that is not closed ends with the pattern.
func matchClass(pattern []byte, p int, c byte) (ok bool, next int) {
	not := p < len(pattern) && pattern[p] == '^'
	if not {
		p++
	}
	for ; p < len(pattern) && pattern[p] != ']'; p++ {
		switch {
		case pattern[p] == '\\' && p+1 < len(pattern):
			p++
			ok = ok || pattern[p] == c
		case p+2 < len(pattern) && pattern[p+1] == '-':
			low, high := pattern[p], pattern[p+2]
			if low > high {
				low, high = high, low
			}
			ok = ok || low <= c && c <= high
			p += 2
		default:
			ok = ok || pattern[p] == c
		}
	}
	return ok != not, min(p+1, len(pattern))
}
