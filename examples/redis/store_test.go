package main

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// A clock is turned by the test.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

func newTestStore() (*store, *clock) {
	c := &clock{time.Unix(1_000_000, 0)}
	return newStore(c.now), c
}

// put sets a key, which lives so long; 0 is for ever.
func put(st *store, key, value string, life time.Duration) {
	at := int64(0)
	if life != 0 {
		at = st.now().Add(life).UnixMilli()
	}
	st.expire([]byte(key), st.set([]byte(key), []byte(value)), at)
}

func value(st *store, key string) string {
	if it := st.find([]byte(key)); it != nil {
		return string(it.value)
	}
	return "nothing"
}

// Who asks for what has expired does not get it, to the millisecond, and it is gone.
func TestExpiresWhenAsked(t *testing.T) {
	st, clock := newTestStore()
	put(st, "a", "1", 10*time.Millisecond)
	put(st, "b", "2", 0)
	clock.Time = clock.Add(9 * time.Millisecond)
	if got := value(st, "a"); got != "1" {
		t.Errorf("a millisecond before, it is %s", got)
	}
	clock.Time = clock.Add(time.Millisecond)
	keys := 0
	for i := range shards {
		st.each(i, func(key string) { keys++ })
	}
	if keys != 1 {
		t.Errorf("%d keys are shown, want 1", keys)
	}
	if got := value(st, "a"); got != "nothing" {
		t.Errorf("when it has expired, it is %s", got)
	}
	if keys, volatile := st.counts(); keys != 1 || volatile != 0 {
		t.Errorf("%d keys and %d that expire, want 1 and 0", keys, volatile)
	}
}

// What nobody asks for is removed too, but for a quarter at the most, and what has not expired
// stays.
func TestExpiresUnasked(t *testing.T) {
	st, clock := newTestStore()
	for i := range 20_000 {
		put(st, fmt.Sprint("short", i), "x", time.Second)
		put(st, fmt.Sprint("long", i), "x", time.Hour)
	}
	put(st, "ever", "x", 0)
	clock.Time = clock.Add(time.Minute)
	for range 20 { // two seconds
		st.expireSome()
	}
	keys, volatile := st.counts()
	if keys != volatile+1 || volatile < 20_000 || volatile > 28_000 {
		t.Errorf("%d keys are left, %d that expire; want about 20,000", keys, volatile)
	}
	if value(st, "ever") != "x" || value(st, "long7") != "x" {
		t.Error("what has not expired is gone")
	}
}

// Who takes the expiry away keeps the value, and who sets it anew loses the expiry.
func TestExpiryIsForgotten(t *testing.T) {
	st, clock := newTestStore()
	for _, key := range []string{"a", "b", "c"} {
		put(st, key, "1", time.Second)
	}
	st.expire([]byte("a"), st.find([]byte("a")), 0)
	st.remove([]byte("b"))
	put(st, "b", "2", 0)
	put(st, "c", "3", time.Minute)
	clock.Time = clock.Add(2 * time.Second)
	st.expireSome()
	if got := value(st, "a") + value(st, "b") + value(st, "c"); got != "123" {
		t.Errorf("values are %s, want 123", got)
	}
	if _, volatile := st.counts(); volatile != 1 {
		t.Errorf("%d expire, want 1", volatile)
	}
}

// A short value does not keep the memory of a long one.
func TestMemoryOfValues(t *testing.T) {
	st, _ := newTestStore()
	st.set([]byte("a"), make([]byte, 1<<20))
	if n := cap(st.set([]byte("a"), []byte("x")).value); n > 1000 {
		t.Errorf("one byte has %d bytes of memory", n)
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct{ pattern, yes, no string }{
		{"", "", "a"},
		{"*", ",a,abc", ""},
		{"a*c", "ac,abc,abcc", "a,c,acb,bac"},
		{"*a*b*", "ab,xaxbx,bab", "ba,,b"},
		{"h?llo", "hello,hallo", "hllo,heello"},
		{"h[ae]llo", "hello,hallo", "hillo,hllo"},
		{"h[^e]llo", "hallo,h^llo", "hello,hllo"},
		{"[a-c]*[c-a]", "ab,cxxb", "d,a,xa"},
		{`\*`, "*", `a,\*`},
		{`[\]]x`, "]x", "x"},
		{"[ab", "a,b", "c,[ab"},
		{`a\`, `a\`, "a"},
		{"a**********b", "ab,axb", "a,b"},
	} {
		for _, s := range strings.Split(tt.yes, ",") {
			if !match([]byte(tt.pattern), s) {
				t.Errorf("%q does not fit %q", s, tt.pattern)
			}
		}
		for _, s := range strings.Split(tt.no, ",") {
			if tt.no != "" && match([]byte(tt.pattern), s) {
				t.Errorf("%q fits %q", s, tt.pattern)
			}
		}
	}
}

// A pattern of many stars costs no more than their number times the length.
func TestMatchIsNotExponential(t *testing.T) {
	if match([]byte(strings.Repeat("a*", 500)+"b"), strings.Repeat("a", 100_000)) {
		t.Error("it fits")
	}
}

func TestSplitLine(t *testing.T) {
	for line, want := range map[string][]string{
		"":                      nil,
		" \t ":                  nil,
		"get a":                 {"get", "a"},
		`  a  "b c"	'd e' `:     {"a", "b c", "d e"},
		`"" ''`:                 {"", ""},
		`a"b c"`:                {"ab c"},
		`"\x41\n\"\\\q" '\'\n'`: {"A\n\"\\q", `'\n`},
		`a"b`:                   {"fault"},
		`"a"b`:                  {"fault"},
		`'a`:                    {"fault"},
		`"\`:                    {"fault"},
	} {
		args, ok := splitLine([]byte(line))
		var got []string
		for _, arg := range args {
			got = append(got, string(arg))
		}
		if !ok {
			got = []string{"fault"}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

func TestParseInt(t *testing.T) {
	for s, want := range map[string]int64{"0": 0, "7": 7, "-1": -1, "9223372036854775807": 1<<63 - 1,
		"-9223372036854775808": -1 << 63} {
		if n, ok := parseInt([]byte(s)); n != want || !ok {
			t.Errorf("%q is %d, %v", s, n, ok)
		}
	}
	for _, s := range []string{"", "-", "+1", " 1", "1 ", "01", "-0", "00", "1a", "a",
		"9223372036854775808", "-9223372036854775809", "99999999999999999999"} {
		if n, ok := parseInt([]byte(s)); ok {
			t.Errorf("%q is %d", s, n)
		}
	}
}

// Whoever has locked keys has them alone, also two of them.
func TestLocksKeepOthersOut(t *testing.T) {
	st, _ := newTestStore()
	keys := [][]byte{[]byte("a"), []byte("b"), []byte("c"), []byte("d")}
	done := make(chan string)
	for g := range 4 {
		go func() {
			fault := ""
			for n := range 3000 {
				pair := [][]byte{keys[(g+n)%4], keys[n%4]}
				set := st.shardsOf(pair, 1)
				st.lock(set)
				mine := []byte(fmt.Sprint(g, n))
				st.set(pair[0], mine)
				runtime.Gosched()
				st.set(pair[1], mine)
				runtime.Gosched()
				if value(st, string(pair[0])) != string(mine) || value(st, string(pair[1])) != string(mine) {
					fault = "another one has changed a key meanwhile"
				}
				st.unlock(set)
			}
			done <- fault
		}()
	}
	for range 4 {
		if fault := <-done; fault != "" {
			t.Error(fault)
		}
	}
}

// A command locks the shards of all its keys, and of no others.
func TestLockSet(t *testing.T) {
	s := &session{db: newDatabase(time.Now)}
	for line, keys := range map[string]string{"get a": "a", "set a b": "a",
		"mset a 1 b 2 c 3": "a b c", "mget a b": "a b", "del a b c": "a b c", "ping a": ""} {
		args := bytes.Fields([]byte(line))
		want := s.db.store.shardsOf(bytes.Fields([]byte(keys)), 1)
		if got := s.lockSet(commands[string(args[0])], args); got != want {
			t.Errorf("%s locks %b, want %b", line, got, want)
		}
	}
	if got := s.lockSet(commands["keys"], nil); got != allShards {
		t.Errorf("keys locks %b", got)
	}
}
