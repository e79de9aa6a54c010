package main

import (
	"bytes"
	"math"
)

// A storage is a command that waits for its data.
type storage struct {
	mode  mode
	key   string
	flags uint32
	at    int64 // when it expires, as the client has said
	size  int
	cas   uint64

	refusal    string // why the data is dropped; "": it is not
	meta       bool   // of ms: it is answered in another way
	hideStored bool
	echo       string // what ms wants to have in the answer
}

const (
	maxData     = math.MaxInt32 - 2
	errTooLarge = "SERVER_ERROR object too large for cache"
)

func storeAs(m mode) func(*session, [][]byte) {
	return func(s *session, args [][]byte) { s.store(m, args) }
}

// store reads: key, flags, when it expires, the length of the data, and for cas the number of the
// item that is to be replaced. What is refused here has no data: it is taken for commands.
func (s *session) store(m mode, args [][]byte) {
	s.hush(args)
	if s.badKey(args[0]) {
		return
	}
	flags, ok1 := parseUint(args[1])
	at, ok2 := parseInt(args[2])
	size, ok3 := parseInt(args[3])
	st := storage{mode: m, key: string(args[0]), flags: uint32(flags), at: at}
	ok4 := true
	if m == cas {
		st.cas, ok4 = parseUint(args[4])
	}
	if !ok1 || !ok2 || !ok3 || !ok4 || size < 0 || size > maxData {
		s.answer(errFormat)
		return
	}
	st.size = int(size)
	s.expectStorage(st)
}

func (s *session) expectStorage(st storage) {
	if st.refusal == "" && cost(len(st.key), st.size) > maxItem {
		st.refusal = errTooLarge
		if st.mode == set {
			s.cache.delete([]byte(st.key)) // or the client would get what it believes to have replaced
		}
	}
	if st.refusal == "" {
		s.expectData(st, inData)
	} else {
		s.expectData(st, inWaste)
	}
}

func (s *session) foundData(data []byte) {
	st := &s.pending
	value, ok := bytes.CutSuffix(data, []byte("\r\n"))
	if !ok {
		s.answer("CLIENT_ERROR bad data chunk")
		return
	}
	s.counts.sets.Add(1)
	if o := s.cache.store(st, value); st.meta {
		s.metaAnswer(st, o)
	} else {
		s.answer(o.String())
	}
}
