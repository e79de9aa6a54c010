package main

import (
	"fmt"
	"net"
	"strings"
	"unicode/utf8"
)

const (
	maxLine   = 510 // bytes, without the end: with it they are the 512 of RFC 1459
	maxParams = 15
	maxNick   = 30
	maxUser   = 10
	maxHost   = 63
	maxReal   = 100
	maxRoom   = 50
	maxText   = 300 // of a topic, and of a reason
)

// parse takes a line apart: tags and a prefix, which clients have no business to send and which do
// not count, a verb, and at most 15 parameters, of which the last may have spaces if a colon is
// before it. They are parts of line. An empty verb is no command.
func parse(line string) (verb string, params []string) {
	line = strings.TrimLeft(line, " ")
	for _, mark := range []string{"@", ":"} {
		if strings.HasPrefix(line, mark) {
			_, line = cutWord(line)
		}
	}
	verb, line = cutWord(line)
	for line != "" {
		param := ""
		if rest, ok := strings.CutPrefix(line, ":"); ok {
			param, line = rest, ""
		} else if len(params) == maxParams-1 {
			param, line = line, ""
		} else {
			param, line = cutWord(line)
		}
		params = append(params, param)
	}
	return verb, params
}

// cutWord returns what comes before the first space, and what comes behind all the spaces there.
func cutWord(line string) (word, rest string) {
	word, rest, _ = strings.Cut(line, " ")
	return word, strings.TrimLeft(rest, " ")
}

// appendLine appends a line that is to be sent. What is over 510 bytes is cut off.
func appendLine(dst []byte, format string, args ...any) []byte {
	begin := len(dst)
	dst = fmt.Appendf(dst, format, args...)
	return append(dst[:begin+len(clip(dst[begin:], maxLine))], '\r', '\n')
}

// clip returns the beginning of text, of at most n bytes, with no character cut in two.
func clip[T string | []byte](text T, n int) T {
	if len(text) <= n {
		return text
	}
	for cut := n; cut > max(0, n-utf8.UTFMax); cut-- {
		if utf8.RuneStart(text[cut]) {
			return text[:cut]
		}
	}
	return text[:n] // it is not UTF-8
}

// isWord reports whether s can be sent as a parameter that is not the last.
func isWord(s string) bool { return s != "" && s[0] != ':' && !strings.ContainsAny(s, " \r\n\x00") }

// word returns s, for an answer that repeats what the client has said, or a star if it is no word.
func word(s string) string {
	if !isWord(s) {
		return "*"
	}
	return s
}

// fold returns the key of a nick or room. To RFC 1459, which comes from Finland, {}|^ are the lower
// case of []\~.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case r == '[' || r == ']' || r == '\\':
			return r + '{' - '['
		case r == '~':
			return '^'
		}
		return r
	}, name)
}

const special = "[]\\`_^{|}"

func isNick(s string) bool {
	for i := range len(s) {
		digit := '0' <= s[i] && s[i] <= '9' || s[i] == '-'
		if !isLetter(s[i]) && strings.IndexByte(special, s[i]) < 0 && (i == 0 || !digit) {
			return false
		}
	}
	return s != "" && len(s) <= maxNick
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// isRoom takes any UTF-8. Other bytes would be one character to this client and another to that.
func isRoom(s string) bool {
	return len(s) > 1 && len(s) <= maxRoom && s[0] == '#' && utf8.ValidString(s) &&
		!strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == ',' || r == 0x7f })
}

// userName is what is shown of the name in USER. The tilde says that nobody has checked it.
func userName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf &&
			(isLetter(byte(r)) || '0' <= r && r <= '9' || strings.ContainsRune("-._", r)) {
			return r
		}
		return -1
	}, s)
	return "~" + clip(s, maxUser-1)
}

// hostOf is the address as one word. An IPv6 address that begins with a colon would be a last
// parameter.
func hostOf(addr net.Addr) string {
	if addr == nil {
		return "localhost"
	}
	host, _, err := net.SplitHostPort(addr.String())
	if err != nil || !isWord("0"+host) {
		return "localhost"
	}
	if strings.HasPrefix(host, ":") {
		host = "0" + host
	}
	return clip(host, maxHost)
}
