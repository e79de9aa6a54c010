package main

import "strconv"

// The meta commands mg, ms and mn: each flag of a command is a letter, some with a value behind it,
// and asks for something to be done, or to be in the answer.

const errFlag = "CLIENT_ERROR invalid flag"

// metaGet answers EN, or HD with what the flags ask for, or VA with that and the value.
func (s *session) metaGet(args [][]byte) {
	if s.badKey(args[0]) {
		return
	}
	var at *int64
	value, hideMiss := false, false
	for _, flag := range args[1:] {
		switch flag[0] {
		case 'c', 'f', 'k', 's', 't', 'O':
		case 'v':
			value = true
		case 'q':
			hideMiss = true
		case 'T':
			n, ok := parseInt(flag[1:])
			if at = &n; !ok {
				s.answer(errTime)
				return
			}
		default:
			s.answer(errFlag)
			return
		}
	}
	s.counts.gets.Add(1)
	before := len(s.out)
	s.out = s.cache.read(s.out, args[0], at, func(dst []byte, it *item) []byte {
		return s.cache.appendMeta(dst, it, args[1:], value)
	})
	if len(s.out) == before && !hideMiss {
		s.answer("EN")
	}
}

// appendMeta appends an item as mg sends it. The cache is locked.
func (c *cache) appendMeta(dst []byte, it *item, flags [][]byte, value bool) []byte {
	if value {
		dst = strconv.AppendInt(append(dst, "VA "...), int64(len(it.value)), 10)
	} else {
		dst = append(dst, "HD"...)
	}
	for _, flag := range flags {
		switch flag[0] {
		case 'c':
			dst = strconv.AppendUint(append(dst, " c"...), it.cas, 10)
		case 'f':
			dst = strconv.AppendUint(append(dst, " f"...), uint64(it.flags), 10)
		case 'k':
			dst = append(append(dst, " k"...), it.key...)
		case 's':
			dst = strconv.AppendInt(append(dst, " s"...), int64(len(it.value)), 10)
		case 't':
			left := int64(-1) // it stays
			if it.at != 0 {
				left = it.at - c.seconds()
			}
			dst = strconv.AppendInt(append(dst, " t"...), left, 10)
		case 'O':
			dst = append(append(dst, ' '), flag...)
		}
	}
	if dst = append(dst, "\r\n"...); value {
		dst = append(append(dst, it.value...), "\r\n"...)
	}
	return dst
}

var metaModes = map[string]mode{"E": add, "e": add, "A": appendTo, "a": appendTo, "P": prepend,
	"p": prepend, "R": replace, "r": replace, "S": set, "s": set}

// metaSet reads the key, the length of the data, and flags. What it refuses behind a length has
// data nevertheless, which is dropped.
func (s *session) metaSet(args [][]byte) {
	if s.badKey(args[0]) {
		return
	}
	size, ok := parseInt(args[1])
	if !ok || size < 0 || size > maxData {
		s.answer(errFormat)
		return
	}
	st := storage{meta: true, key: string(args[0]), size: int(size)}
	for _, flag := range args[2:] {
		if !st.addFlag(flag[0], flag) {
			st.refusal = errFlag
		}
	}
	s.expectStorage(st)
}

func (st *storage) addFlag(letter byte, flag []byte) (ok bool) {
	value := flag[1:]
	ok = true
	switch letter {
	case 'F':
		var n uint64
		n, ok = parseUint(value)
		st.flags = uint32(n)
	case 'T':
		st.at, ok = parseInt(value)
	case 'C':
		st.mode = cas
		st.cas, ok = parseUint(value)
	case 'M':
		st.mode, ok = metaModes[string(value)]
	case 'q':
		st.hideStored = true
	case 'k':
		st.echo += " k" + st.key
	case 'O':
		st.echo += " " + string(flag)
	default:
		return false
	}
	return ok
}

// metaAnswer says what has become of an ms.
func (s *session) metaAnswer(st *storage, o outcome) {
	if o != stored || !st.hideStored {
		s.answer([...]string{"HD", "NS", "EX", "NF"}[o] + st.echo)
	}
}
