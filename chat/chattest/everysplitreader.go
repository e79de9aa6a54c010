package chattest

import (
	"bufio"
	"fmt"
	"io"
	"reflect"
	"runtime/debug"
	"testing"
)

// EverySplitReader checks a parser of an io.Reader. parse is called for each split of [Splits] with
// a reader whose Read returns one piece of stream at a time, and then io.EOF. In half of the splits
// with more than three pieces io.EOF comes together with the last piece, as io.Reader allows. The
// results of parse must be the same for all splits: values are compared by reflect.DeepEqual,
// errors by their text. Otherwise EverySplitReader fails the test, with the split, both results and
// a command that plays this split again. A panic fails the test too.
//
//	chattest.EverySplitReader(t, func(r io.Reader) (textproto.MIMEHeader, error) {
//		return textproto.NewReader(bufio.NewReader(r)).ReadMIMEHeader()
//	}, "From: me\r\nTo: you,\r\n and you\r\n\r\n")
//
// If parse returns a slice, the message shows only the first difference. EverySplitReader returns
// the result of parse for the whole stream.
func EverySplitReader[T any](tb testing.TB, parse func(io.Reader) (T, error), stream string) (
	T, error) {
	tb.Helper()
	var whole parsed
	everyCut(tb, stream, func(d delivery) outcome {
		r := &pieceReader{pieces: d.pieces(), early: d.rough() && d.way%2 == 1}
		var p parsed
		p.panicked = recovered(func() {
			v, err := parse(r)
			p.value, p.err = v, err
		})
		p.describe(whole)
		if d.way == 0 {
			whole = p
		}
		o := outcome{lines: p.lines, fault: p.panicked}
		if r.early {
			o.how = ", the last one together with io.EOF,"
		}
		return o
	})
	v, _ := whole.value.(T)
	return v, whole.err
}

// EverySplitFunc checks a bufio.SplitFunc in a bufio.Scanner: its tokens and its error must be the
// same for all ways to split stream. If the function has state, which must be new each time, use
// [EverySplitReader], with a parse that makes a Scanner.
//
// EverySplitFunc returns the tokens of the whole stream.
func EverySplitFunc(tb testing.TB, split bufio.SplitFunc, stream string) []string {
	tb.Helper()
	tokens, _ := EverySplitReader(tb, func(r io.Reader) (tokens []string, err error) {
		s := bufio.NewScanner(r)
		s.Buffer(make([]byte, len(stream)+1), len(stream)+2)
		s.Split(split)
		for s.Scan() {
			tokens = append(tokens, s.Text())
		}
		return tokens, s.Err()
	}, stream)
	return tokens
}

// A pieceReader returns a piece for each Read.
type pieceReader struct {
	pieces [][]byte
	early  bool // io.EOF comes with the last piece
}

func (r *pieceReader) Read(b []byte) (int, error) {
	switch {
	case len(r.pieces) == 0:
		return 0, io.EOF
	case len(b) == 0:
		return 0, nil
	}
	n := copy(b, r.pieces[0])
	if r.pieces[0] = r.pieces[0][n:]; len(r.pieces[0]) == 0 {
		r.pieces = r.pieces[1:]
	}
	if r.early && len(r.pieces) == 0 {
		return n, io.EOF
	}
	return n, nil
}

// recovered calls f and returns the panic of it with its stack, or "".
func recovered(f func()) (panicked string) {
	defer func() {
		if r := recover(); r != nil {
			panicked = fmt.Sprintf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	f()
	return ""
}

// parsed is what a parser returned.
type parsed struct {
	value    any
	err      error
	panicked string
	lines    []string // one for each element of value, and the error
}

// describe makes the lines of p, the same as in whole for what is equal there. Texts alone would
// not do: they show where pointers point to.
func (p *parsed) describe(whole parsed) {
	others := elements(whole.value)
	for i, v := range elements(p.value) {
		if i < len(others) && i < len(whole.lines) && reflect.DeepEqual(v, others[i]) {
			p.lines = append(p.lines, whole.lines[i])
			continue
		}
		line := show(v)
		if i < len(whole.lines) && line == whole.lines[i] {
			line += " (which looks the same, and is not equal)"
		}
		p.lines = append(p.lines, line)
	}
	if p.err != nil {
		p.lines = append(p.lines, "error "+p.err.Error())
	}
}

// elements returns those of a slice that is not a string of bytes, or else v alone.
func elements(v any) []any {
	r := reflect.ValueOf(v)
	if _, text := v.([]byte); text || r.Kind() != reflect.Slice {
		return []any{v}
	}
	all := make([]any, r.Len())
	for i := range all {
		all[i] = r.Index(i).Interface()
	}
	return all
}

func show(v any) string {
	switch v := v.(type) {
	case string, []byte, []string, [][]byte:
		return fmt.Sprintf("%q", v)
	case error:
		return v.Error()
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && !r.IsNil() {
		return fmt.Sprintf("&%+v", r.Elem())
	}
	return fmt.Sprintf("%+v", v)
}
