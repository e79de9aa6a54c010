package main

import (
	"strconv"
	"strings"
)

// A reply is the answers to one request, or a message, in one of the two versions of the protocol.
// Those of version 3 say more about what they are: a program need not know what it has asked.
type reply struct {
	out      []byte
	protocol int  // 2 or 3
	maxReply int  // bytes
	overflow bool // it would have been more
}

// The types of a reply. They are appended, one after the other, and sent together.

func (r *reply) status(s string) { r.line('+', s) }
func (r *reply) integer(n int64) { r.number(':', n) }
func (r *reply) array(n int)     { r.number('*', int64(n)) }

// null is no value, and nullArray no list of them.
func (r *reply) null()      { r.since3("_\r\n", "$-1\r\n") }
func (r *reply) nullArray() { r.since3("_\r\n", "*-1\r\n") }

func (r *reply) since3(now, before string) {
	if r.protocol == 3 {
		r.out = append(r.out, now...)
	} else {
		r.out = append(r.out, before...)
	}
}

// pairs begins n names with their values, unordered n values in no order, and push what was not
// asked for.
func (r *reply) pairs(n int)     { r.aggregate('%', n, 2*n) }
func (r *reply) unordered(n int) { r.aggregate('~', n, n) }
func (r *reply) push(n int)      { r.aggregate('>', n, n) }

func (r *reply) aggregate(kind byte, n, before int) {
	if r.protocol == 3 {
		r.number(kind, int64(n))
	} else {
		r.array(before)
	}
}

func (r *reply) bulk(p []byte)       { appendBulk(r, '$', "", p) }
func (r *reply) bulkString(s string) { appendBulk(r, '$', "", s) }

// text is a bulk for people to read.
func (r *reply) text(s string) {
	if r.protocol == 3 {
		appendBulk(r, '=', "txt:", s)
	} else {
		r.bulkString(s)
	}
}

func appendBulk[T string | []byte](r *reply, kind byte, before string, p T) {
	if len(p) > r.maxReply-len(r.out) {
		r.overflow = true
		return
	}
	r.number(kind, int64(len(before)+len(p)))
	r.out = append(append(append(r.out, before...), p...), '\r', '\n')
}

func (r *reply) boolean(b bool) {
	if b {
		r.integer(1)
	} else {
		r.integer(0)
	}
}

func (r *reply) number(kind byte, n int64) {
	r.out = append(strconv.AppendInt(append(r.out, kind), n, 10), '\r', '\n')
}

func (r *reply) line(kind byte, s string) {
	r.out = append(append(append(r.out, kind), s...), '\r', '\n')
}

var oneLine = strings.NewReplacer("\r", " ", "\n", " ")

// fail answers with an error, its code in front. What a client has said may be in it, so it must
// not end the line.
func (r *reply) fail(message string) {
	r.line('-', oneLine.Replace(strings.TrimRight(message, "\r\n")))
}
